"""The configuration file: everything that an operator or a team can set."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from cloudops_tui.model.config import ApprovalConfig, CliExecutorConfig, ExecutionConfig
from cloudops_tui.model.duration import Duration
from cloudops_tui.model.wire import Wire

AUTO = "auto"
OWN_THEMES = ("dark", "light", "ansi")
"""Themes that come with the program."""


class ApprovalSettings(ApprovalConfig):
    """`[approval]`."""

    headless: Literal["none", "modify", "all"] = "modify"
    valid_for: Duration = Duration.from_secs(15 * 60)
    """How long after a decision its first command may still begin."""
    review_expires: Duration = Duration.from_secs(7 * 86_400)
    """How long a plan may wait for its decision before it is Expired."""


class AccountSettings(Wire):
    """`[accounts."123456789012"]`."""

    name: str | None = None
    """The short name that people type and see."""
    protected: StrictBool = False
    """Every writing plan asks for the account's name."""


class ProfileSettings(Wire):
    """`[profiles."prod"]`."""

    read_only: StrictBool = False
    """A plan that reaches this AWS profile can be looked at and rehearsed here, never approved or run."""


class SafetySettings(Wire):
    """`[safety]`."""

    allow_unresolved_writes: StrictBool = False
    """Writing plans may run although the account behind their profile is not known."""
    read_only: StrictBool = False
    """Nothing can be approved or run from here."""
    allow: tuple[str, ...] = ()
    """What is refused by default and may be in a plan here: an option such as `--endpoint-url`, a command such as
    `aws eks update-kubeconfig`, `fetched-values`, `files-elsewhere`, `unknown-commands`."""
    max_resources: Annotated[int, Field(ge=1)] | None = None
    """A plan that names more resources than this is stopped; None sets no limit."""
    max_accounts: Annotated[int, Field(ge=1)] | None = None
    max_regions: Annotated[int, Field(ge=1)] | None = None
    allow_unbounded: StrictBool = True
    """False: a plan whose writes cannot be counted (wildcards, `--recursive`) is stopped."""


Hex = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class ThemeSettings(Wire):
    """`[themes.NAME]`: colours as `#rrggbb`; what is left out is the base's."""

    base: Literal["dark", "light"] = "dark"
    ground: Hex | None = None
    """Behind everything."""
    raised: Hex | None = None
    """Behind dialogs and bars."""
    cursor: Hex | None = None
    """Behind the row under the cursor."""
    ink: Hex | None = None
    quiet: Hex | None = None
    faint: Hex | None = None
    title: Hex | None = None
    ok: Hex | None = None
    failed: Hex | None = None
    running: Hex | None = None
    waiting: Hex | None = None
    review: Hex | None = None
    unknown: Hex | None = None


class TmuxSettings(Wire):
    """`[ui.tmux]`."""

    popup: StrictBool = True
    """Inside tmux, editor and pager open in a popup over the program; false suspends the program instead."""


class UiSettings(Wire):
    """`[ui]`."""

    theme: str = "auto"
    """`auto`, `dark`, `light`, `ansi`, or one of `[themes]`."""
    color: Literal["auto", "always", "never", "16", "256"] = "auto"
    """How many colours are sent; `auto` asks the terminal, and NO_COLOR."""
    glyphs: Literal["auto", "unicode", "ascii"] = "auto"
    """`auto`: ASCII where the terminal does not speak UTF-8."""
    mouse: StrictBool = False
    """False leaves the mouse to the terminal, whose own selection then works."""
    bell: StrictBool = True
    """Ring when something needs a person."""
    title: StrictBool = True
    """Say in the terminal's title what waits and what runs."""
    editor: str | None = None
    """None: `$VISUAL`, `$EDITOR`, or `vi`; `none` where nobody may start one."""
    pager: str | None = None
    """None: `$PAGER`, or `less`; `none` where nobody may start one."""
    yank_command: str | None = None
    """What takes the yanked text on its standard input, beside what is tried by itself."""
    tmux: TmuxSettings = TmuxSettings()
    arm_ms: Annotated[int, Field(ge=0, le=10_000)] = 600
    """How long a fresh approval dialog takes no approval."""
    seen_ms: Annotated[int, Field(ge=0, le=10_000)] = 700
    """How long each line of a dangerous command stands on screen before it counts as seen."""


class ColumnSettings(Wire):
    """`[columns]`: which columns a list shows, in this order; None leaves it to the width."""

    queue: tuple[str, ...] | None = None
    history: tuple[str, ...] | None = None


class Settings(Wire):
    """The whole file. Durations may be spelled (`"90s"`)."""

    execution: ExecutionConfig = ExecutionConfig()
    approval: ApprovalSettings = ApprovalSettings()
    cli: CliExecutorConfig = CliExecutorConfig()
    accounts: dict[Annotated[str, Field(pattern=r"^\d{12}$")], AccountSettings] = {}
    profiles: dict[str, ProfileSettings] = {}
    """By the name of an AWS profile."""
    safety: SafetySettings = SafetySettings()
    ui: UiSettings = UiSettings()
    themes: dict[str, ThemeSettings] = {}
    """Themes of your own, by name, for `[ui] theme`."""
    keys: dict[str, tuple[str, ...]] = {}
    """By the action's id: its keys in place of the ones it has; none switches it off."""
    columns: ColumnSettings = ColumnSettings()

    @property
    def theme_names(self) -> tuple[str, ...]:
        """What `[ui] theme` may say."""
        return (AUTO, *OWN_THEMES, *self.themes)

    @property
    def read_only_profiles(self) -> frozenset[str]:
        """AWS profiles that nothing is run with from here."""
        return frozenset(name for name, profile in self.profiles.items() if profile.read_only)
