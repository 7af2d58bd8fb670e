"""Every action that has a key: its id, its own keys, what it does, and which of them meet on one screen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Action:
    """One row of docs/keys.md."""

    id: str
    keys: tuple[str, ...]
    """By Textual's names; those that it has unless the configuration gives it others."""
    does: str


@dataclass(frozen=True, slots=True)
class Place:
    """A screen with whatever can have the focus on it: the keys of all of them meet there."""

    screen: str
    """The name of its class."""
    name: str
    own: tuple[str, ...]
    """Sections whose keys the screen itself listens to."""
    panes: tuple[str, ...] = ()
    """Sections of the parts that listen before the screen does; of these only one has the focus."""
    fixed: tuple[str, ...] = ("tab", "shift+tab", "ctrl+c")
    """Keys that are no action of ours: the focus, Textual's copying."""


# fmt: off
# ruff: noqa: E501
SECTIONS: dict[str, tuple[Action, ...]] = {  # written by `python -m tests.tui.key_table`
    # --- the table: begin
    "Everywhere": (
        Action("app.queue", ("1",), "area 1, the queue"),
        Action("app.running", ("2",), "area 2, what runs"),
        Action("app.history", ("3",), "area 3, the history"),
        Action("app.notices", ("4", "exclamation_mark",), "area 4, what was told"),
        Action("app.back", ("q", "h", "backspace", "escape", "left",), "one level back; never leaves the program"),
        Action("app.quit", ("Q",), "the quit dialog; at once where nothing runs; takes back that the program leaves by itself"),
        Action("app.quit_at_once", ("ctrl+q",), "quit, from a field too"),
        Action("app.help", ("question_mark", "f1",), "the keys of this screen; type to find one, Enter does it"),
        Action("app.commands", ("colon",), "everything that can be done from here"),
        Action("app.yank", ("y",), "take a text away: into tmux, the terminal's clipboard, a private file"),
        Action("app.pager", ("o",), "read it in $PAGER"),
        Action("app.editor", ("e",), "read it in $VISUAL or $EDITOR; what is changed there is not kept"),
    ),
    "In lists": (
        Action("list.down", ("j", "down",), "next row"),
        Action("list.up", ("k", "up",), "previous row"),
        Action("list.first", ("g", "home",), "first row"),
        Action("list.last", ("G", "end",), "last row"),
        Action("list.page_down", ("ctrl+d", "pagedown",), "a screenful down"),
        Action("list.page_up", ("ctrl+u", "pageup",), "a screenful up"),
        Action("list.open", ("enter", "l", "right",), "open"),
    ),
    "In text": (
        Action("pane.down", ("j", "down",), "a line down"),
        Action("pane.up", ("k", "up",), "a line up"),
        Action("pane.top", ("g", "home",), "to the top"),
        Action("pane.end", ("G", "end",), "to the end"),
        Action("pane.page_down", ("ctrl+d", "pagedown",), "a screenful down"),
        Action("pane.page_up", ("ctrl+u", "pageup",), "a screenful up"),
    ),
    "Queue": (
        Action("plan.approve", ("a",), "open the review and its approval"),
        Action("plan.reject", ("r",), "reject, with a reason"),
        Action("plan.modify", ("m",), "open the plan in $VISUAL or $EDITOR"),
        Action("queue.mark", ("space",), "mark the row and go on; marked plans can be rejected together, never approved"),
        Action("queue.filter", ("slash",), "type what to look for; Enter keeps it, Escape clears it"),
        Action("queue.faults", ("f",), "only what failed, expired or was refused; all"),
        Action("queue.sort", ("s",), "another order: needs me, age, risk, expiry, source"),
        Action("queue.columns", ("c",), "which columns are shown, for this session"),
        Action("queue.watch", ("w",), "be told, with a bell, when this plan changes"),
        Action("app.reload", ("R",), "read the queue again, and sort it"),
    ),
    "Typing a filter": (
        Action("filter.earlier", ("up",), "in the filter's field: the filter before"),
        Action("filter.later", ("down",), "and the one after"),
    ),
    "Review": (
        Action("plan.approve", ("a",), "the approval modal"),
        Action("plan.reject", ("r",), "reject, with a reason"),
        Action("plan.modify", ("m",), "open the plan in $VISUAL or $EDITOR"),
        Action("plan.rehearse", ("d",), "rehearse"),
        Action("review.difference", ("D",), "what the last revision changed"),
        Action("review.next_danger", ("n",), "next dangerous command, those not seen first; in one of those, read on"),
        Action("review.previous_danger", ("N",), "previous dangerous command"),
        Action("review.details_down", ("space",), "read on without leaving the list"),
        Action("review.details_up", ("b",), "read back without leaving the list"),
        Action("review.search", ("slash",), "search every command; Enter goes to the text"),
        Action("review.next_hit", ("ctrl+n",), "the next place that holds it, from the field too"),
        Action("review.previous_hit", ("ctrl+p",), "the one before"),
        Action("review.leave", ("escape",), "end the search; without one, back"),
        Action("review.fold", ("x",), "long values in three rows, or whole; what is folded does not count as seen"),
        Action("review.zoom", ("z",), "the pane with the focus alone, and back"),
        Action("review.next_pane", ("tab",), "the next pane; where one is zoomed, that one alone"),
        Action("review.previous_pane", ("shift+tab",), "the pane before"),
        Action("app.reload", ("R",), "load what is so now"),
    ),
    "Modals": (
        Action("modal.cancel", ("escape",), "close and decide nothing"),
        Action("modal.help", ("question_mark", "f10",), "the keys of this dialog, to read; in a field, where ? is a letter, F10"),
        Action("modal.leave", ("ctrl+q",), "close and decide nothing, from a field too"),
        Action("modal.down", ("down", "j",), "a line down; in a field j is a letter"),
        Action("modal.up", ("up", "k",), "a line up"),
        Action("modal.page_down", ("pagedown",), "a screenful down"),
        Action("modal.page_up", ("pageup",), "a screenful up"),
    ),
    "Approval": (
        Action("approval.approve", ("ctrl+y",), "approve, once nothing is missing"),
        Action("approval.acknowledge", ("ctrl+n",), "say that you know that nothing undoes some of what destroys; again takes it back"),
        Action("approval.check", ("R",), "where the engine has not answered: look what became of the decision"),
    ),
    "Rejecting": (
        Action("reject.reason_1", ("f1",), "wrong target"),
        Action("reject.reason_2", ("f2",), "wrong time"),
        Action("reject.reason_3", ("f3",), "too risky"),
        Action("reject.reason_4", ("f4",), "need more facts"),
    ),
    "Choosing": (
        Action("choose.toggle", ("space",), "in a menu of several: this one on or off"),
        Action("choose.cancel", ("q",), "leave the menu as it was; Enter takes what is chosen"),
    ),
    "A report": (
        Action("report.close", ("q",), "close"),
    ),
    "A plan that is not valid": (
        Action("problems.again", ("e",), "edit again"),
        Action("problems.discard", ("x",), "discard what was written"),
    ),
    "What was changed": (
        Action("difference.review", ("enter", "l",), "on to the fresh review"),
    ),
    "Quitting": (
        Action("quit.leave", ("d",), "quit; what runs goes on without a screen"),
        Action("quit.wait", ("w",), "go on here, and quit when it has ended"),
        Action("quit.stop", ("X",), "stop what runs, and quit; asks once more"),
        Action("quit.confirm", ("ctrl+y",), "stop it now"),
    ),
    "Stopping": (
        Action("stop.confirm", ("ctrl+y",), "stop it now"),
        Action("stop.finish", ("f",), "finish what runs, begin no more"),
        Action("stop.cancel", ("q",), "let it run; so does Enter, on the button that has the focus"),
    ),
    "An unknown outcome": (
        Action("unknown.done", ("f2",), "choose: it did its work"),
        Action("unknown.not_done", ("f3",), "choose: it did nothing"),
        Action("unknown.again", ("f4",), "choose: send it once more"),
        Action("unknown.decide", ("ctrl+y",), "keep what was chosen, with its reason; sending once more is approved after that"),
    ),
    "Going on": (
        Action("going_on.skip", ("space",), "leave the command out, or not"),
        Action("going_on.edit", ("e",), "change what is not done, in your editor"),
        Action("going_on.undo", ("u",), "what a rollback would run, and its approval"),
        Action("going_on.run", ("ctrl+y",), "what would run, and its approval"),
    ),
    "A menu": (
        Action("menu.down", ("down", "ctrl+n",), "next line"),
        Action("menu.up", ("up", "ctrl+p",), "previous line"),
        Action("menu.page_down", ("pagedown",), "a screenful down"),
        Action("menu.page_up", ("pageup",), "a screenful up"),
    ),
    "A text": (
        Action("text.close", ("q", "h", "enter",), "close it"),
        Action("text.yank", ("y",), "take it away"),
        Action("text.pager", ("o",), "read it in $PAGER"),
    ),
    "A running execution": (
        Action("live.pane", ("tab",), "from the tree to the output, and back"),
        Action("live.zoom", ("z",), "the pane with the focus alone, and back"),
        Action("live.next_failed", ("f",), "to the next command that failed"),
        Action("live.previous_failed", ("F",), "to the command that failed before"),
        Action("live.follow", ("space",), "follow the output, or stand still"),
        Action("live.details", ("i",), "what exactly ran, instead of what it printed"),
        Action("live.stop", ("X",), "ask what stopping means"),
        Action("live.undo", ("u",), "what a rollback would run, and its approval"),
        Action("execution.go_on", ("T",), "go on with what is not done: retry, leave out, edit, or roll back; then its approval"),
        Action("execution.reconcile", ("U",), "what is known of a command whose end is not known, and what to make of it"),
    ),
    "Watching (`cloudops-tui watch`)": (
        Action("watch.leave", ("q",), "leave at once, whatever runs: it is not ours; in a field it is a letter, in other areas one level back"),
    ),
    "A replay": (
        Action("replay.pause", ("space",), "stand still, or go on"),
        Action("replay.faster", ("plus",), "1x, 2x, 4x, 16x, max; at max, silences are shortened"),
        Action("replay.slower", ("minus",), "the speed before"),
        Action("replay.next", ("full_stop",), "to the next event, and stand still there"),
        Action("replay.previous", ("comma",), "to the event before"),
        Action("replay.next_failure", ("f",), "to the moment of the next failure, and to what failed"),
        Action("replay.previous_failure", ("F",), "to the one before"),
        Action("replay.again", ("r",), "from the beginning"),
    ),
    "The tree of commands": (
        Action("tree.down", ("j", "down",), "next row"),
        Action("tree.up", ("k", "up",), "previous row"),
        Action("tree.first", ("g", "home",), "first row"),
        Action("tree.last", ("G", "end",), "last row"),
        Action("tree.page_down", ("ctrl+d", "pagedown",), "a screenful down"),
        Action("tree.page_up", ("ctrl+u", "pageup",), "a screenful up"),
        Action("tree.open", ("enter", "l", "right",), "the output of the command alone; a group open or closed"),
        Action("tree.fold", ("x",), "the group of this row open or closed"),
    ),
    "Output": (
        Action("output.down", ("j", "down",), "a row down; at the bottom, follow"),
        Action("output.up", ("k", "up",), "a row up, and stand still"),
        Action("output.first", ("g", "home",), "to the true first line"),
        Action("output.follow", ("G", "end",), "to the newest line, and follow"),
        Action("output.page_down", ("ctrl+d", "pagedown",), "a screenful down"),
        Action("output.page_up", ("ctrl+u", "pageup",), "a screenful up"),
        Action("output.right", ("greater_than_sign", "right",), "further along long lines"),
        Action("output.left", ("less_than_sign", "left",), "back along long lines"),
        Action("output.search", ("slash",), "type what to look for; all lines stay. Lower case finds capitals too; /a.c/ is an expression"),
        Action("output.next_match", ("n",), "next match, round the end"),
        Action("output.previous_match", ("N",), "previous match"),
        Action("output.filter", ("ampersand",), "only the lines with what is typed, with ! before it the others; empty shows all"),
        Action("output.next_error", ("right_curly_bracket",), "next line on stderr, or one that says error, failed, denied, exception, fatal"),
        Action("output.previous_error", ("left_curly_bracket",), "the one before"),
        Action("output.mark", ("M",), "mark this line, or take its mark away"),
        Action("output.next_mark", ("apostrophe",), "to the next marked line"),
        Action("output.wrap", ("W",), "long lines on several rows, or cut"),
        Action("output.times", ("t",), "no times, UTC, since the command began"),
        Action("output.stream", ("v",), "both streams, stdout, stderr"),
        Action("output.numbers", ("number_sign",), "line numbers"),
        Action("output.clear", ("escape",), "leave the search; what was looked for stays for n"),
    ),
    "Typing in the output": (
        Action("prompt.leave", ("escape",), "from typing back to where the view stood"),
        Action("prompt.recall", ("up",), "what was typed last"),
        Action("prompt.expression", ("ctrl+r",), "what is typed is a regular expression, or is not"),
    ),
    "History": (
        Action("history.search", ("slash",), "into the search box"),
        Action("history.failed", ("f",), "failed ones only, those rolled back or unknown included; or all"),
        Action("history.user", ("u",), "what I approved, or anyone"),
        Action("history.time", ("t",), "today, 24 hours, 7 days, 30 days, all"),
        Action("history.risk", ("s",), "destructive, modify, read, all"),
        Action("history.previous_day", ("left_square_bracket",), "the day before"),
        Action("history.next_day", ("right_square_bracket",), "the day after"),
        Action("history.scope", ("ctrl+r",), "everybody's records, mine, those of this account; from the box, too"),
        Action("history.inspect", ("i",), "the same plan over time, or no longer"),
        Action("history.drop", ("backspace",), "the last part of the search away; without one, back"),
        Action("history.reload", ("R",), "read again"),
    ),
    "The search box": (
        Action("search.leave", ("escape", "down", "tab",), "from the box to the results; Enter searches at once and goes there, too"),
    ),
    "A record": (
        Action("record.previous_tab", ("left_square_bracket",), "previous tab"),
        Action("record.next_tab", ("right_square_bracket", "tab",), "next tab"),
        Action("record.next_failed", ("f",), "the output of the next command that failed"),
        Action("record.previous_failed", ("F",), "the output of the command that failed before"),
        Action("record.find", ("slash",), "look for a word in the open tab; Enter goes on in the tab"),
        Action("record.next_found", ("n",), "the next place of it"),
        Action("record.previous_found", ("N",), "the one before"),
        Action("record.run_again", ("r",), "the same commands as another plan in the queue; nothing runs until it is approved"),
        Action("record.export", ("E",), "record, story and output files to a new folder under the state folder's exports"),
        Action("record.undo", ("u",), "what a rollback would run, and its approval"),
        Action("execution.go_on", ("T",), "go on with what is not done: retry, leave out, edit, or roll back; then its approval"),
        Action("execution.reconcile", ("U",), "what is known of a command whose end is not known, and what to make of it"),
        Action("record.follow", ("space",), "in the output: follow, or stand still"),
        Action("record.reload", ("R",), "read again"),
        Action("record.replay", ("P",), "see it happen again"),
    ),
    # --- the table: end
}
# fmt: on

_FRAME = "Everywhere"
_BOX = "Modals"

PLACES = (
    Place("QueueScreen", "the queue", (_FRAME, "Queue"), ("In lists",)),
    Place("ReviewScreen", "the review", (_FRAME, "Review"), ("In lists", "In text")),
    Place("RefusedScreen", "a refused plan", (_FRAME,), ("In text",)),
    Place("DifferenceScreen", "what was changed", (_FRAME, "What was changed"), ("In text",)),
    Place("RunningScreen", "what runs", (_FRAME,), ("In lists",)),
    Place(
        "LiveScreen",
        "a running execution",
        (_FRAME, "A running execution"),
        ("The tree of commands", "Output", "In text"),
    ),
    Place("HistoryScreen", "the history", (_FRAME, "History"), ("In lists", "The search box")),
    Place("RecordScreen", "a record", (_FRAME, "A record"), ("In lists", "Output")),
    Place("NoticesScreen", "the notices", (_FRAME,), ("In lists",)),
    Place("ApproveModal", "the approval", (_BOX, "Approval")),
    Place("RejectModal", "rejecting", (_BOX, "Rejecting")),
    Place("CodeModal", "a code", (_BOX,)),
    Place("ProblemsModal", "a plan that is not valid", (_BOX, "A plan that is not valid"), ("In text",)),
    Place("QuitModal", "quitting", (_BOX, "Quitting"), ("In text",)),
    Place("StopModal", "stopping", (_BOX, "Stopping")),
    Place("UnknownModal", "an unknown outcome", (_BOX, "An unknown outcome")),
    Place("GoOnModal", "going on", (_BOX, "Going on"), ("In lists",)),
    Place("ChooseModal", "choosing", (_BOX, "Choosing"), ("In lists",)),
    Place("ReportModal", "a report", (_BOX, "A report"), ("In text",)),
    Place("MenuModal", "a menu", (_BOX, "A menu")),
    Place("TextModal", "a text", (_BOX, "A text"), ("In text",)),
    Place("YankModal", "yanking", (_BOX,)),
)

LAID_OVER = ("Typing a filter", "Typing in the output", "Watching (`cloudops-tui watch`)", "A replay")
"""Sections of fields, and of screens that only look: heard before what lies below them, and none of them decides."""


@cache
def known() -> dict[str, Action]:
    """Every action by its id. An id that stands in several sections is one action: it has one list of keys."""
    found: dict[str, Action] = {}
    for actions in SECTIONS.values():
        for each in actions:
            found.setdefault(each.id, each)
    return found


def described(action_id: str, screen: str) -> str:
    """What it does on that screen; empty for what is no action of ours."""
    own = [section for place in PLACES if place.screen == screen for section in (*place.own, *place.panes)]
    here = (each for section in own for each in SECTIONS[section] if each.id == action_id)
    found = next(here, None) or known().get(action_id)
    return found.does if found else ""
