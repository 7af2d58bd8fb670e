"""What every screen has at hand: its help, the palette, yanking, the operator's pager and editor."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from textual.app import App, SuspendNotSupported
from textual.screen import Screen
from textual.widget import Widget

from cloudops_tui.model.settings import Settings
from cloudops_tui.policy.safe_text import safe_text
from cloudops_tui.presentation import taking
from cloudops_tui.presentation.frame import KeyHint
from cloudops_tui.presentation.keymap import Keymap, shown
from cloudops_tui.presentation.lines import wrap
from cloudops_tui.presentation.menu import Entry
from cloudops_tui.presentation.offers import Reading, Yank
from cloudops_tui.tui import editor, outside, theme
from cloudops_tui.tui.keymap import Doing, doings
from cloudops_tui.tui.modal import BOX, FRAME
from cloudops_tui.tui.screens.menu import MenuModal
from cloudops_tui.tui.screens.text import TextModal
from cloudops_tui.tui.screens.yank import YankModal
from cloudops_tui.tui.yank import yank

USED_LAST = 10
KEYS = 16  # columns, in the list of a dialog's keys
OTHER_WORDS: Mapping[str, tuple[str, ...]] = {
    "app.quit": ("q", "q!", "quit", "exit"),
    "app.help": ("help", "h"),
    "app.notices": ("errors", "messages", "log"),
    "facts": ("doctor", "version", "about"),
}


class Offering(Protocol):
    """A screen, as its tools see it."""

    def key_hints(self) -> Sequence[KeyHint]: ...
    def yanks(self) -> Sequence[Yank]: ...
    async def reading(self) -> Reading | None: ...
    def flash(self, text: str, kind: str = "info") -> None: ...
    def refuse(self, why: str) -> None: ...


class Tools:
    """Works for one application; remembers what was used last."""

    def __init__(self, app: App[Any], settings: Settings, keymap: Keymap, state_dir: Callable[[], Path]) -> None:
        self.app = app
        self.ui = settings.ui
        self.keymap = keymap
        self._state_dir = state_dir
        self._used: list[str] = []
        self.covering = False
        """An editor or a pager stands in front of the screen."""

    # --- doing by name -----------------------------------------------------------------------------------------------

    def help(self, screen: Screen[Any], offering: Offering) -> None:
        """The keys of this screen and of the part with the focus."""
        found = self._doings(screen, offering, everywhere=False)
        self._menu("Keys of this screen", found, "app.help")

    def help_of_dialog(self, dialog: Screen[Any]) -> None:
        """The keys of a dialog, to read: nothing in it is done but by its own key."""
        found = [each.entry for each in doings(dialog, (), self.keymap, everywhere=False)]
        own = [each for each in found if not each.id.startswith("app.")]
        if not isinstance(dialog, TextModal):
            text = "\n".join(row for each in own for row in _beside(" ".join(each.keys), each.label))
            _ = self.app.push_screen(TextModal("Keys of this dialog", Reading("keys.txt", text)))

    def commands(self, screen: Screen[Any], offering: Offering) -> None:
        """Everything that can be done from here; what was used last stands first."""
        with_keys = self._doings(screen, offering, everywhere=True)
        parts = [each for each in with_keys if each.entry.group not in ("This screen", "Everywhere")]
        found = [*(each for each in with_keys if each not in parts), *self._without_keys(), *parts]
        by_id = {each.entry.id: each for each in found}
        used = [by_id[name] for name in self._used if name in by_id]
        first = [_in_group(each, "Used last") for each in used]
        self._menu(
            "Everything that can be done from here", [*first, *(e for e in found if e not in used)], "app.commands"
        )

    def _menu(self, title: str, found: Sequence[Doing], but: str) -> None:
        listed = [each for each in found if each.entry.id != but]

        async def chosen(id: str | None) -> None:
            doing = next((each for each in listed if each.entry.id == id), None)
            if doing is not None:
                await self._do(doing)

        _ = self.app.push_screen(MenuModal(title, [each.entry for each in listed]), chosen)

    async def _do(self, doing: Doing) -> None:
        self._used = [doing.entry.id, *(name for name in self._used if name != doing.entry.id)][:USED_LAST]
        node = doing.node
        if isinstance(node, Widget) and not isinstance(node, Screen):
            node.focus()
        _ = await self.app.run_action(doing.action, node)

    def _doings(self, screen: Screen[Any], offering: Offering, *, everywhere: bool) -> list[Doing]:
        found = doings(screen, offering.key_hints(), self.keymap, everywhere=everywhere)
        reasons = self._hindrances(offering)
        return [_described(each, reasons.get(each.entry.id)) for each in found]

    def _hindrances(self, offering: Offering) -> dict[str, str]:
        found: dict[str, str] = {}
        if not offering.yanks():
            found["app.yank"] = "there is nothing here to take away"
        for name, wanted in {"app.pager": self.ui.pager, "app.editor": self.ui.editor}.items():
            if wanted == editor.NONE:
                found[name] = "the configuration forbids it"
        return found

    def _without_keys(self) -> list[Doing]:
        """What has no key of its own."""
        entries = [(Entry("facts", "what this program runs on, and what it chose", group="Program"), "facts")]
        themes = [name for name in sorted(self.app.available_themes) if name.startswith(theme.OURS)]
        for name in themes if len(themes) > 1 else ():
            called = f"theme {theme.look_of(name)}"
            why_not = "it is the one in use" if name == self.app.theme else None
            entries.append((Entry(called, called, group="Theme", why_not=why_not), f"theme('{name}')"))
        return [_described(Doing(entry, self.app, action)) for entry, action in entries]

    # --- taking away -------------------------------------------------------------------------------------------------

    def offer_yanks(self, offering: Offering, take: Callable[[Yank], None]) -> None:
        """The yank menu."""
        yanks = offering.yanks()
        if yanks:
            _ = self.app.push_screen(YankModal(yanks), lambda chosen: take(chosen) if chosen is not None else None)
        else:
            offering.refuse("There is nothing here to take away")

    async def take(self, wanted: Yank, tell: Callable[[str, str], None]) -> None:
        """Put it where it can be fetched from, and say where that is."""
        text, changed = taking.pasteable(wanted.text)
        done = await yank(
            text,
            os.environ,
            to_terminal=self.app.copy_to_clipboard,
            command=self.ui.yank_command,
            state_dir=self._state_dir(),
        )
        said = taking.told(wanted.label, text, changed, done.ways, done.failed)
        tell(said, "warning" if done.failed else "info")

    # --- programs of the operator ------------------------------------------------------------------------------------

    async def edit(self, text: str) -> str:
        """The text as the editor left it; raises EditorError."""
        return await editor.edited(text, self._state_dir(), os.environ, self._run, wanted=self.ui.editor)

    async def read(self, reading: Reading) -> None:
        """In the pager, read-only; raises EditorError."""
        name = taking.file_name(reading.name)
        text = str(safe_text(reading.text))
        await editor.looked_at(text, name, self._state_dir(), os.environ, self._run, wanted=self.ui.pager)

    async def read_in_editor(self, reading: Reading) -> bool:
        """In the editor; whether something was changed there, which is not kept. Raises EditorError."""
        text = str(safe_text(reading.text))
        return await self.edit(text) != text

    async def _run(self, argv: Sequence[str], environ: Mapping[str, str], folder: Path) -> int:
        self.covering = True
        try:
            return await outside.run(argv, environ, folder, popup=self.ui.tmux.popup, aside=self._aside)
        finally:
            self.covering = False

    async def _aside(self, program: Callable[[], Awaitable[int]]) -> int:
        """The terminal is handed over meanwhile; the loop goes on, and what it paints waits."""
        failed: Exception | None = None
        code = 0
        try:
            with self.app.batch_update(), self.app.suspend():
                # An error that leaves the block would leave the screen suspended for good.
                try:
                    code = await program()
                except (OSError, ValueError) as error:
                    failed = error
        except SuspendNotSupported as error:
            raise editor.EditorError("this terminal cannot be handed over to another program") from error
        self.app.refresh(layout=True)
        if failed is not None:
            raise failed
        return code

    # --- about -------------------------------------------------------------------------------------------------------

    def show_facts(self) -> None:
        """What the program runs on."""
        _ = self.app.push_screen(TextModal("This program", Reading("cloudops-tui.txt", self._facts())))

    def _facts(self) -> str:
        from importlib.metadata import version  # ten milliseconds that the first picture does not wait for

        environ = os.environ
        in_tmux = "TMUX" in environ
        facts = {
            "cloudops-tui": version("cloudops-tui"),
            "python": sys.version.split()[0],
            "textual": version("textual"),
            "terminal": " ".join(
                f"{name}={environ[name]}" for name in ("TERM", "COLORTERM", "LANG") if name in environ
            ),
            "size": f"{self.app.size.width}x{self.app.size.height}",
            "theme": theme.look_of(self.app.theme),
            "tmux": "yes" if in_tmux else "no: if the line drops, this window goes with it",
            "yank": "tmux's buffer" if in_tmux else "the terminal's clipboard by OSC 52, if it takes that",
            "editor": _said(lambda: editor.editor_argv(environ, self.ui.editor)),
            "pager": _said(lambda: editor.pager_argv(environ, self.ui.pager)),
            "popups": "yes" if in_tmux and self.ui.tmux.popup else "no: editor and pager take the whole terminal",
            "state": str(self._state_dir()),
        }
        own = [f"{name}: {' '.join(map(shown, keys)) or 'off'}" for name, keys in self.keymap.taken.items()]
        lines = [f"{name:<14}{value}" for name, value in facts.items()]
        return "\n".join([*lines, *(f"{'key':<14}{each}" for each in own), *self.keymap.problems])


def _described(doing: Doing, why_not: str | None = None) -> Doing:
    entry = doing.entry
    words = OTHER_WORDS.get(entry.id, ())
    described = Entry(entry.id, entry.label, entry.keys, entry.group, why_not or entry.why_not, words)
    return Doing(described, doing.node, doing.action)


def _in_group(doing: Doing, group: str) -> Doing:
    entry = doing.entry
    moved = Entry(entry.id, entry.label, entry.keys, group, entry.why_not, entry.words)
    return Doing(moved, doing.node, doing.action)


def _said(argv: Callable[[], Sequence[str]]) -> str:
    try:
        return " ".join(argv())
    except editor.EditorError as error:
        return str(error)


def _beside(keys: str, label: str) -> list[str]:
    """The keys, and beside them what they do, in as many rows as that takes."""
    rows = wrap(label, BOX - FRAME - KEYS - 1)
    return [f"{'' if number else keys:<{KEYS}}{row}" for number, row in enumerate(rows)]
