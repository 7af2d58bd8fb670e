"""The output of one command with everything round it: its title, what was found, and a row to type in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from cloudops_tui.model.output import PageWanted
from cloudops_tui.policy import matching
from cloudops_tui.policy.safe_text import safe_line
from cloudops_tui.presentation import output
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.lines import BLANK, Line, Span, line
from cloudops_tui.presentation.offers import Reading, Yank
from cloudops_tui.presentation.output import Top
from cloudops_tui.tui.output_source import Host, Subject, page_of
from cloudops_tui.tui.widgets.field import Field
from cloudops_tui.tui.widgets.one_line import OneLine
from cloudops_tui.tui.widgets.output_view import OutputView

MOST_TO_READ = 4_000_000
"""Characters that the pager gets; of a longer output the end."""

LINES_AT_ONCE = 5000


class OutputPrompt(Field):
    """One line to type what to look for, or what to show."""

    HINTS: ClassVar[Sequence[KeyHint]] = (
        KeyHint("enter", "takes it"), KeyHint("esc", "leaves"), KeyHint("up", "the last one"),
        KeyHint("ctrl+r", "as an expression"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="prompt.leave", show=False),
        Binding("up", "recall", "Last one", id="prompt.recall", show=False),
        Binding("ctrl+r", "regex", "Expression", id="prompt.expression", show=False),
    ]

    class Left(Message):
        """Nothing is to change."""

    last: str = ""
    """What was typed before."""

    def on_resize(self) -> None:
        """What was typed before there was room is in view."""
        self.scroll_to(x=0, animate=False, immediate=True)

    def action_leave(self) -> None:
        """Nothing is to change."""
        self.post_message(self.Left())

    def action_recall(self) -> None:
        """What was typed last."""
        self.value = self.last
        self.cursor_position = len(self.value)

    def action_regex(self) -> None:
        """The text between slashes is a regular expression."""
        typed = self.value
        expression = len(typed) > 1 and typed.startswith("/") and typed.endswith("/")
        self.value = typed[1:-1] if expression else f"/{typed}/"
        self.cursor_position = len(self.value) - (not expression)


class OutputPane(Vertical):
    """Title, lines, and below them one row where there is something to say. Screens give it a subject once a frame."""

    def __init__(self, *others: Widget, id: str | None = None, ascii_only: bool = False) -> None:
        """`others` stand below the lines, or in their place."""
        super().__init__(id=id)
        self._ascii = ascii_only
        self._others = others
        self._head: Line = BLANK
        self._kind: Literal["search", "filter"] = "search"
        self._origin: tuple[Top, bool, int] = ((0, 0), True, 0)

    def compose(self) -> ComposeResult:
        """Title, lines, others, status, prompt."""
        yield OneLine(id="output-title")
        yield OutputView(id="lines", ascii_only=self._ascii)
        yield from self._others
        yield OneLine(id="output-status")
        with Horizontal(id="output-prompt"):
            yield OneLine(id="prompt-sign")
            yield OutputPrompt(id="prompt-field")
            yield OneLine(id="prompt-count")

    def on_mount(self) -> None:
        """The lines pass on what is typed before the prompt has the keys."""
        self.view.prompt = self.query_one(OutputPrompt)

    @property
    def view(self) -> OutputView:
        """The lines."""
        return self.query_one(OutputView)

    def show(self, subject: Subject | None, head: Line, nothing: tuple[Line, ...]) -> None:
        """Show this output; `head` says whose it is, `nothing` why there may be no line."""
        self._head = head
        self.view.show(subject, nothing)
        self._tell()

    def hints(self) -> Sequence[KeyHint]:
        """The keys of the lines, while they have the focus."""
        view, place = self.view, self.view.place
        follow = "stand still" if place.following else "follow"
        searching = (KeyHint("n N", "next, previous"),) if place.sought else ()
        filtering = "filter, Enter clears" if view.selection.only else "filter"
        rest = (KeyHint("{ }", "errors"), KeyHint("t", "times"), KeyHint("v", "stream"), KeyHint("W", "wrap"))
        return (KeyHint("space", follow), KeyHint("/", "search"), *searching, KeyHint("&", filtering), *rest,
                KeyHint("M '", "marks"))  # fmt: skip

    def yanks(self) -> Sequence[Yank]:
        """The current line, the marked ones, those in view; by letters that the screens leave free."""
        view = self.view
        at, marked, shown = view.current, view.marked, view.on_screen
        offered = [Yank("l", "line", at.line.text)] if at else []
        if marked:
            offered.append(Yank("m", f"{len(marked):,} marked lines", "\n".join(marked)))
        return [*offered, Yank("v", "lines in view", "\n".join(shown))] if shown else offered

    async def reading(self, name: str) -> Reading | None:
        """The lines that are selected, all of them; of very many the last, and how many are left out."""
        subject = self.view.subject
        if subject is None:
            return None
        kept: list[str] = []
        room, last = MOST_TO_READ, None
        while last != 0 and room > 0:
            wanted = PageWanted(
                LINES_AT_ONCE if last is None else min(LINES_AT_ONCE, last),
                place=None if last is None else max(0, last - LINES_AT_ONCE),
                selection=self.view.selection,
                ended=not subject.running,
                until=subject.until,
            )
            page = await page_of(self._host.session, subject, wanted)
            if not page.complete and last is None:
                continue
            texts = [each.line.text for each in page.lines]
            kept = [*texts, *kept]
            room -= sum(map(len, texts)) + len(texts)
            last = page.place
        left_out = [f"... {last:,} earlier lines are left out; `logs` prints them all ..."] if last else []
        return Reading(name, "\n".join([*left_out, *kept]) + "\n") if kept else None

    # --- the prompt --------------------------------------------------------------------------------------------------

    def on_output_view_scrolled(self, event: OutputView.Scrolled) -> None:
        """The title and the row below say where the view stands."""
        event.stop()
        self._tell()

    def on_output_view_prompted(self, event: OutputView.Prompted) -> None:
        """Begin to type."""
        event.stop()
        view = self.view
        self._kind = event.kind
        self._origin = (view.top, view.following, view.first_number)
        field = self.query_one(OutputPrompt)
        self.set_class(True, "-typing")
        sign = "/" if event.kind == "search" else "&"
        self.query_one("#prompt-sign", OneLine).show(line(Span(f" {sign}", "key")))
        field.focus()
        self._tell()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A search goes along with the typing."""
        event.stop()
        if self._kind == "search" and self.has_class("-typing"):
            self._search(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """This is what is looked for, or shown."""
        event.stop()
        typed = event.value
        if self._kind == "filter":
            inverted = typed.startswith("!")
            self.view.filter(matching.wanted(typed[1:] if inverted else typed), inverted=inverted)
        elif not typed:
            self.view.action_again(1)
        if typed:
            self.query_one(OutputPrompt).last = typed
        self._close()

    def on_output_prompt_left(self, event: OutputPrompt.Left) -> None:
        """Back to where the view stood."""
        event.stop()
        if self._kind == "search" and self.query_one(OutputPrompt).value:
            self.view.search(None, number=0)
            self.view.stand_at(*self._origin[:2])
        self._close()

    def on_descendant_blur(self) -> None:
        """Whoever goes elsewhere has typed enough.

        The screen is asked who has the focus: the field itself may still have to hear that it has it.
        """
        if self.has_class("-typing") and self.screen.focused is not self.query_one(OutputPrompt):
            self._end_typing()
            self._tell()

    def _search(self, typed: str) -> None:
        top, following, number = self._origin
        sought = matching.wanted(typed)
        if sought is None:
            self.view.search(None, number=0)
            self.view.stand_at(top, following)
        else:
            self.view.search(sought, number=number)

    def _end_typing(self) -> None:
        """The row is empty when it opens: what comes before it has opened is kept."""
        self.set_class(False, "-typing")
        self.view.typing_into = None
        field = self.query_one(OutputPrompt)
        with field.prevent(Input.Changed):
            field.value = ""

    def _close(self) -> None:
        self._end_typing()
        self.view.focus()
        self._tell()

    # --- what is said ------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        if not self.is_mounted:
            return
        place, now = self.view.place, self._now()
        cells = max(1, self.query_one("#output-title").size.width)
        self.query_one("#output-title", OneLine).show(output.title(self._head, place, cells, now))
        said = output.status(place, cells)
        self.set_class(bool(said) and not self.has_class("-typing"), "-telling")
        self.query_one("#output-status", OneLine).show(said or BLANK)
        counted = output.count(place.found) if place.sought and self._kind == "search" else _HELP[self._kind]
        problem = place.found.problem if place.found and place.sought else ""
        self.query_one("#prompt-count", OneLine).show(line(Span(f"{safe_line(problem or counted)} ", "quiet")))

    def _now(self) -> datetime:
        return self._host.clock_now()

    @property
    def _host(self) -> Host:
        return cast(Host, self.screen)


_HELP = {"search": "/expr/ or ctrl+r", "filter": "! inverts, empty clears"}
