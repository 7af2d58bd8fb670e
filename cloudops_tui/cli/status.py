"""`status`: what runs and what waits, or how one plan stands. Loads what it needs for that, and for a line next to
nothing: a status bar asks once a second."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("status")
@click.argument("reference", metavar="[ID]", required=False)
@click.option("--json", "as_json", is_flag=True, help="One document: the execution, the entry, or both lists.")
@click.option("--line", "as_line", is_flag=True, help="One short line for a status bar; fast, and changes nothing.")
@click.option("--ascii", "ascii_only", is_flag=True, help="With `--line`: words without signs.")
@click.option("--tmux", is_flag=True, help="With `--line`: in tmux's colours.")
@click.pass_obj
def status(
    state_dir: Path | None, reference: str | None, as_json: bool, as_line: bool, ascii_only: bool, tmux: bool
) -> int:
    """What runs and what waits for a decision; with ID, how that execution or entry stands.

    Takes in first what lies in the inbox. Changes nothing else, also where the process behind an execution died.

    `--line` is for a status bar: `set -g status-right '#(cloudops-tui status --line)'` in tmux. FAILED counts what
    failed since you last opened or left the terminal UI, or within a day.
    """
    if as_line:
        if reference is not None or as_json:
            raise click.UsageError("`--line` is about everything, and in words: it takes neither ID nor `--json`")
        from cloudops_tui.cli.status_line import show_line

        return show_line(state_dir, ascii_only=ascii_only, tmux=tmux)
    if ascii_only or tmux:
        raise click.UsageError("`--ascii` and `--tmux` belong to `--line`")
    from cloudops_tui.cli.stands import show_status

    return show_status(state_dir, reference, as_json=as_json)
