"""The command line: verbs for scripts and people, and the terminal UI where no verb is given."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.program import ELSEWHERE, PROGRAM, VERBS


class _ReaderLeft(Exception):
    """Nobody reads standard output any more."""


class _NoSuchFile(click.ClickException):
    """As a verb would say it, in a twentieth of the time that it takes to load one."""

    exit_code = exit_codes.USAGE

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"{PROGRAM}: {self.message}", file, err=True)


class _NotSubmitted(_NoSuchFile):
    """As `submit --json` says it."""

    def show(self, file: IO[Any] | None = None) -> None:
        from cloudops_tui.cli.speaking import show_json

        super().show(file)
        show_json({"error": self.message, "entry": None})


_TAKE_A_PLAN = ("check", "dry-run", "run", "submit")
"""Verbs whose word is a plan; of several that `submit` has, each is told of by itself."""


class _Verbs(click.Group):
    """Loads a verb's module when the verb is used."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _ReaderLeft from error  # click would make exit code 1 of it

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"cloudops_tui.cli.{name}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Says what an unknown verb may have meant."""
        if args and args[0] not in VERBS:
            from difflib import get_close_matches

            near = get_close_matches(args[0], VERBS, 1)
            meant = ELSEWHERE.get(args[0]) or (f"did you mean `{near[0]}`?" if near else "--help lists the verbs")
            ctx.fail(f"There is no verb `{args[0]}`; {meant}")
        if args and args[0] in _TAKE_A_PLAN and not {"-h", "--help"} & set(args):
            from cloudops_tui.cli.naming import missing_file, words_alone

            words = words_alone(args[1:])
            if len(words) == 1 and (why := missing_file(words[0])) is not None:
                raise (_NotSubmitted if args[0] == "submit" and "--json" in args else _NoSuchFile)(why)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


COLORS = ("auto", "always", "never", "16", "256")


def _set_flags(ctx: click.Context, given: Mapping[str, Any]) -> None:
    """What the options say counts until this command has ended."""
    said = {name: value for name, value in given.items() if value is not None}
    if not said:
        return
    from cloudops_tui.bootstrap import on_command_line

    settings = {
        "read_only": (("safety", "read_only"), True),
        "color": (("ui", "color"), said.get("color")),
        "theme": (("ui", "theme"), said.get("theme")),
        "ascii": (("ui", "glyphs"), "ascii"),
        "mouse": (("ui", "mouse"), True),
    }
    on_command_line({settings[name][0]: (settings[name][1], f"--{name.replace('_', '-')}") for name in said})
    ctx.call_on_close(lambda: on_command_line({}))


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from cloudops_tui import __version__

        click.echo(f"{PROGRAM} {__version__}")
        ctx.exit()


@click.group(
    cls=_Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="[VERB] [ARGUMENTS]...",
)
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything is remembered, in place of CLOUDOPS_STATE_DIR or the XDG state folder.",
)
@click.option("--read-only", is_flag=True, default=None, help="Look at everything; approve and run nothing here.")
@click.option("--color", type=click.Choice(COLORS), help="Colours of the screen; `never`: weights alone.")
@click.option("--theme", metavar="NAME", help="`auto`, `dark`, `light`, `ansi`, or one of your own.")
@click.option("--ascii", is_flag=True, default=None, help="Draw with nothing beyond ASCII.")
@click.option("--mouse", is_flag=True, default=None, help="Take the mouse; selecting text then needs Shift.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Say it.")
@click.pass_context
def cli(ctx: click.Context, /, state_dir: Path | None, **given: Any) -> int | None:
    """Queue, review, rehearse, approve, run and undo AWS execution plans.

    Without a verb: the terminal UI. Every verb that prints data has `--json`. Options before the verb win over the
    environment (`CLOUDOPS_UI__THEME` and its like), and that over the configuration; `config show` says which did.
    """
    ctx.obj = state_dir
    _set_flags(ctx, given)
    if ctx.invoked_subcommand is not None:
        return None
    from cloudops_tui.cli.terminal import open_terminal_ui

    return open_terminal_ui(state_dir)


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say; the exit code. Nothing that can be foreseen ends in a traceback."""
    # A plugin of pydantic's would see every plan; and to look for one takes a sixth of the time to the first picture.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    _never_stumble_over_a_character()
    try:
        code = _run(list(arguments))
        sys.stdout.flush()
    except (BrokenPipeError, _ReaderLeft):
        # Python flushes standard output once more at its end; that must have somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.PIPE
    return code


def _run(arguments: list[str]) -> int:
    try:
        code: Any = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False)
        return code if isinstance(code, int) else exit_codes.DONE
    except click.ClickException as error:
        from cloudops_tui.cli.speaking import say

        shown = io.StringIO()
        error.show(shown)  # it repeats what was typed, and a file's name is typed by `*`
        say(shown.getvalue().rstrip())
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return exit_codes.CANCELLED
    except (BrokenPipeError, _ReaderLeft):
        raise
    except Exception as error:
        from cloudops_tui.cli.failures import foreseen
        from cloudops_tui.cli.speaking import say

        known = foreseen(error)
        if known is None:
            raise
        say(f"{PROGRAM}: {known[1]}")
        return known[0]


def _never_stumble_over_a_character() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
