"""Who waits for whom, drawn: commands in waves, each wave as soon as those before it have completed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from cloudops_tui.model.review import CommandReview
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import wording
from cloudops_tui.presentation.lines import BLANK, Line, Span, cut_line, line, pad
from cloudops_tui.presentation.queue import risk_span

_RAILS = {"first": "─┬─", "middle": " ├─", "last": " └─", "only": "───", "arrow": "▶", "before": "─"}
_ASCII_RAILS = {"first": "-+-", "middle": " |-", "last": " '-", "only": "---", "arrow": ">", "before": "-"}
_NARROW = 56  # cells; below, what follows is left out: the waves tell it, too


def waves(waits_for: Mapping[UUID, frozenset[UUID]]) -> dict[UUID, int]:
    """The wave of each command, from 1: one more than the last of those that it waits for. Never recurses."""
    left = {one: len(needs & waits_for.keys()) for one, needs in waits_for.items()}
    followers = followers_of(waits_for)
    found = {one: 1 for one, count in left.items() if not count}
    free = deque(found)
    while free:
        one = free.popleft()
        for follower in followers.get(one, ()):
            left[follower] -= 1
            found[follower] = max(found.get(follower, 1), found[one] + 1)
            if not left[follower]:
                free.append(follower)
    return found


def followers_of(waits_for: Mapping[UUID, frozenset[UUID]]) -> dict[UUID, list[UUID]]:
    """By each command, those that wait for it."""
    found: dict[UUID, list[UUID]] = {}
    for one, needs in waits_for.items():
        for need in needs:
            found.setdefault(need, []).append(one)
    return found


def drawn(commands: Sequence[CommandReview], width: int, ascii_only: bool) -> tuple[Line, ...]:
    """One row a command: `what it waits for ▶ number risk description ▶ what waits for it`."""
    waits_for = {each.command.id: each.waits_for for each in commands}
    numbers = {each.command.id: number for number, each in enumerate(commands, 1)}
    followers, wave_of = followers_of(waits_for), waves(waits_for)
    by_wave: dict[int, list[CommandReview]] = {}
    for each in commands:
        by_wave.setdefault(wave_of.get(each.command.id, 1), []).append(each)
    rails = _ASCII_RAILS if ascii_only else _RAILS
    widest = max(map(len, by_wave.values()), default=0)
    told = f"{wording.counted(len(by_wave), 'wave')}, at most {widest} at once in the widest"
    shown: list[Line] = [line(Span(told, "quiet")), BLANK]
    for wave in sorted(by_wave):
        members = by_wave[wave]
        for place, each in enumerate(members):
            needs = ranges(numbers[one] for one in each.waits_for if one in numbers)
            then = ranges(numbers[one] for one in followers.get(each.command.id, ()))
            head = f"{wave:>3}" if not place else "   "
            rail = rails[_rail(place, len(members))]
            shown.append(_row((head, rail), needs, numbers[each.command.id], each, then, width, rails))
    return tuple(shown)


def ranges(numbers: Iterable[int]) -> str:
    """`1-3,7`."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def _rail(place: int, many: int) -> str:
    if many == 1:
        return "only"
    return "first" if not place else "last" if place == many - 1 else "middle"


def _row(
    head: tuple[str, str],
    needs: str,
    number: int,
    reviewed: CommandReview,
    then: str,
    width: int,
    rails: Mapping[str, str],
) -> Line:
    risk = risk_span(reviewed.assessment.level)
    after = 0 if width < _NARROW else 12
    before = 8 if width < _NARROW else 10
    room = max(8, width - 3 - 3 - before - 3 - 5 - 8 - (after + 3 if after else 0))
    arrow = Span(f" {rails['arrow']} ", "faint")
    return cut_line(
        line(
            Span(head[0], "strong"),
            Span(head[1], "faint"),
            Span(pad(needs, before, right=True), "waiting"),
            arrow if needs else Span("   "),
            Span(f"{number:>4} ", "strong"),
            Span(pad(risk.text, 8), risk.style),
            pad(safe_line(reviewed.command.description), room),
            *((arrow if then else Span("   "), Span(pad(then, after), "quiet")) if after else ()),
        ),
        width,
    )
