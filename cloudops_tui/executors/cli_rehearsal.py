"""Rehearses command lines: by the command's own `--dry-run` or `--dryrun`, and by reads of what it would change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from cloudops_tui.engine.ports import Hears
from cloudops_tui.executors.aws_failures import Failure
from cloudops_tui.executors.rehearsal import (
    REHEARSAL_PATIENCE,
    Permission,
    answered,
    no_answer,
    not_rehearsable,
    outcome,
)
from cloudops_tui.executors.rehearser import Rehearser, answer_in, looks_at_everything, together, told_by
from cloudops_tui.executors.s3_listing import changes_in, listed, places_of, sizes_in
from cloudops_tui.model.catalogue import CliCommandShape, ServiceCatalogue
from cloudops_tui.model.result import DryRunOutput
from cloudops_tui.policy.before.cli_forms import with_cli_forms
from cloudops_tui.policy.cli_grammar import Given, ParsedCli, canonical
from cloudops_tui.policy.cli_values import parameters_of
from cloudops_tui.policy.native_dry_runs import INVOKE, UNKNOWN, Switch, switch_of, why_no_switch
from cloudops_tui.policy.static_warnings import static_warnings

WITH_DRYRUN = frozenset({("s3", "cp"), ("s3", "mv"), ("s3", "rm"), ("s3", "sync")})
"""Commands that list with `--dryrun` what they would do."""

_WHY_NOT = {
    ("cloudformation", "deploy"): (
        "it would have to make a change set first; run it with `--no-execute-changeset`, "
        "and rehearse `execute-change-set` of what it made"
    ),
    ("cloudformation", "package"): "it would upload files",
    ("ecs", "deploy"): "it would register a task definition first",
}
"""Why commands of awscli's own cannot be asked, where there is more to say."""


@dataclass(frozen=True)
class Ran:
    """How a run of `aws` ended."""

    stdout: str
    failure: Failure | None
    cut: bool = False
    """It was ended by us before it was through."""


class Runs(Protocol):
    """Runs an argv under a profile; `patience` in seconds is how long `aws` itself waits for an answer."""

    async def __call__(self, argv: Sequence[str], profile: str, region: str, patience: float) -> Ran: ...


class CliRehearsal:
    """One per executor."""

    def __init__(self, run: Runs, rehearser: Rehearser, catalogue: ServiceCatalogue) -> None:
        self._run = run
        self._rehearser = rehearser
        self._catalogue = catalogue

    async def of(
        self,
        written: ParsedCli,
        frozen: ParsedCli,
        contents: Mapping[str, bytes],
        profile: str,
        region: str,
        *,
        state_only: bool = False,
        heard: Hears | None = None,
    ) -> DryRunOutput:
        """Everything that can be learned, or only what is there. `frozen` names the copies of the files
        whose `contents` `written` names; `heard` is told of the reads."""
        shape = written.shape
        if "--generate-cli-skeleton" in written.options:
            return not_rehearsable("it only prints a template, and calls nothing")
        if shape.path in WITH_DRYRUN:
            return await self._listing(frozen, profile, region)
        if shape.is_waiter:
            return not_rehearsable("it only reads, until what it waits for is so")
        if shape.operation is None:
            why = next((text for words, text in _WHY_NOT.items() if shape.path[:2] == words), None)
            return not_rehearsable(f"{UNKNOWN}: {why}" if why else UNKNOWN)
        parameters = with_cli_forms(written.options, written.path, parameters_of(written, self._catalogue, contents))
        return await self._of_operation(frozen, parameters, profile, region, heard, state_only=state_only)

    async def _of_operation(
        self,
        frozen: ParsedCli,
        parameters: Mapping[str, Any],
        profile: str,
        region: str,
        heard: Hears | None,
        *,
        state_only: bool,
    ) -> DryRunOutput:
        service, operation = frozen.shape.service or "", frozen.shape.operation or ""
        switch = switch_of(service, operation, frozen.shape.dry_run_member)
        permission, state = await together(
            self._permission(frozen, None if state_only else switch, parameters, profile, region),
            self._rehearser.state(service, operation, parameters, profile, region, heard),
        )
        return outcome(
            permission,
            state,
            warnings=await asyncio.to_thread(static_warnings, service, operation, parameters, self._catalogue),
            why_not=why_no_switch(service, operation),
            itself=switch is not None and switch.is_on(parameters),
        )

    async def _permission(
        self, frozen: ParsedCli, switch: Switch | None, parameters: Mapping[str, Any], profile: str, region: str
    ) -> Permission | None:
        if switch is None:
            return None
        if switch is INVOKE:
            # Not by `aws`, which would write the file that takes the answer.
            return await self._rehearser.may_invoke(parameters, profile, region)
        option = option_of(frozen.shape, switch)
        if option is None:
            return None
        service, operation = frozen.shape.service or "", frozen.shape.operation or ""
        asking = replace(frozen, options={**_less(frozen.options, f"--no-{option[2:]}"), option: True})
        ran = await self._run(canonical(asking), profile, region, REHEARSAL_PATIENCE)
        if ran.cut:
            return no_answer(REHEARSAL_PATIENCE)
        whole = looks_at_everything(service, operation)
        return answered(ran.failure, told_by(service, operation, answer_in(ran.stdout)), service=service, whole=whole)

    async def _listing(self, frozen: ParsedCli, profile: str, region: str) -> DryRunOutput:
        itself = "--dryrun" in frozen.options
        # These options hide the listing, too.
        spoken_options = _less(_less(frozen.options, "--quiet"), "--only-show-errors")
        asking = canonical(replace(frozen, options={**spoken_options, "--dryrun": True}))
        ran = await self._run(asking, profile, region, REHEARSAL_PATIENCE)
        changes = changes_in(ran.stdout)
        if ran.failure is not None and ran.failure.is_no_answer:
            return not_rehearsable(ran.failure.error)
        if ran.failure is not None:
            return outcome(answered(ran.failure), None)
        if ran.cut and not changes:
            return not_rehearsable(f"no answer within {REHEARSAL_PATIENCE:.0f} s")
        payer = frozen.options.get("--request-payer")
        sizes = await sizes_in(
            places_of(frozen, changes) if changes else (),
            self._rehearser,
            profile,
            _source_region(frozen, region),
            payer[0] if isinstance(payer, tuple) and payer else "requester" if payer is not None else None,
        )
        cut = "The listing takes long, and was cut" if ran.cut else ""
        told = listed(changes, sizes, Path.cwd(), cut=cut)
        spoken = f"The command is itself a dry run. {told.description}" if itself else told.description
        return told.model_copy(update={"description": spoken})


def option_of(shape: CliCommandShape, switch: Switch) -> str | None:
    """The flag that makes the command a dry run; None where awscli has none."""
    if shape.operation is None or shape.is_waiter:
        return None
    wanted = (one for one in shape.options.values() if one.member == switch.member and one.sets is not False)
    return next((one.name for one in wanted if one.kind == "flag" and one.origin == "model"), None)


def _less(options: Mapping[str, Given], name: str) -> dict[str, Given]:
    return {other: given for other, given in options.items() if other != name}


def _source_region(frozen: ParsedCli, region: str) -> str:
    given = frozen.options.get("--source-region")
    return given[0] if isinstance(given, tuple) and given else region
