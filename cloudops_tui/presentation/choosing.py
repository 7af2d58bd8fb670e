"""A menu as rows: what is chosen, what each choice means."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation.lines import Line, Row, Span, cut_line, line, pad


def rows(
    choices: Sequence[tuple[Hashable, str, str]], chosen: Collection[Hashable], width: int, *, several: bool
) -> tuple[Row, ...]:
    """`choices` are ids with label and meaning."""
    room = max((len(label) for _, label, _ in choices), default=0)
    on, off = ("[x]", "[ ]") if several else ("(*)", "( )")
    return tuple(
        Row(
            id_,
            cut_line(
                line(
                    Span(f" {on if id_ in chosen else off} ", "key" if id_ in chosen else "quiet"),
                    Span(pad(safe_line(label), room), "strong" if id_ in chosen else ""),
                    Span(f"  {safe_line(meaning)}", "quiet"),
                ),
                width,
            ),
        )
        for id_, label, meaning in choices
    )


def keys(*, several: bool) -> Line:
    """What can be pressed."""
    toggles = (Span("space", "key"), " on or off   ") if several else ()
    return line(*toggles, Span("enter", "key"), " takes it   ", Span("esc", "key"), " leaves it as it is")
