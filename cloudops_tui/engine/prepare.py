"""From a plan to everything that a decision needs: argv, risk, accounts, digest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from uuid import UUID

from cloudops_tui.engine.ports import Accounts, CliLine, Clock, FrozenFiles, ServiceCatalogue
from cloudops_tui.model.approval import ApprovalRequest, CommandSummary
from cloudops_tui.model.command import Command, Sdk
from cloudops_tui.model.config import RetryConfig
from cloudops_tui.model.errors import InvalidCommand
from cloudops_tui.model.files import FileKind, FrozenFile
from cloudops_tui.model.plan import ExecutionPlan, Sequential
from cloudops_tui.model.queue import Problem, QueueEntry
from cloudops_tui.model.result import DryRunResult
from cloudops_tui.model.review import CommandReview, Review
from cloudops_tui.model.risk import BlastRadius, RiskAssessment, RiskFlag, RiskLevel
from cloudops_tui.model.settings import Settings
from cloudops_tui.model.target import ProfileIdentity, ToolIdentity
from cloudops_tui.model.undo import Undoing
from cloudops_tui.policy import approval as approving
from cloudops_tui.policy import risk
from cloudops_tui.policy.digest import approval_digest, plan_digest
from cloudops_tui.policy.entries import only_looked_at
from cloudops_tui.policy.files import ELSEWHERE, FileSource
from cloudops_tui.policy.graph import waits_for
from cloudops_tui.policy.intake import Taken, take_in, take_plan
from cloudops_tui.policy.limits import beyond_limits
from cloudops_tui.policy.own_tokens import own_token
from cloudops_tui.policy.plan_text import PlanText
from cloudops_tui.policy.refusals import with_openings
from cloudops_tui.policy.retry import RetryClass, repeating, retry_class
from cloudops_tui.policy.risk.naming import named_by
from cloudops_tui.policy.rollback import all_compensations, runs_by_itself
from cloudops_tui.policy.undo.knowing import Undoable, lacks_way_back, undoable, undoing

_FROM_A_FILE = "submit the plan again"
_FROM_THE_ENVIRONMENT = "start the program with the value that the plan was submitted with"


@dataclass(frozen=True)
class Repeatable:
    """Why a command may be sent again; what `policy.retry` asks for."""

    reads: bool
    idempotent: bool = False
    token: bool = False
    own_token: str | None = None
    """The client token that the plan gives it; None where it has none, or the engine's."""

    @property
    def retry_class(self) -> RetryClass:
        return retry_class(reads=self.reads, idempotent=self.idempotent, token=self.token)


@dataclass(frozen=True)
class Assessed:
    """A valid plan with what we make of it; nothing here depends on accounts or the machine."""

    plan: ExecutionPlan
    argvs: Mapping[UUID, tuple[str, ...]]
    assessments: Mapping[UUID, RiskAssessment]
    """Of every command, compensations included."""
    level: RiskLevel
    flags: frozenset[RiskFlag]
    plan_digest: str
    repeatable: Mapping[UUID, Repeatable]
    files: Mapping[UUID, tuple[FrozenFile, ...]] = field(default_factory=dict)
    """What each command takes from elsewhere."""
    radius: BlastRadius = field(default_factory=BlastRadius)
    """Of the commands that write, and that the plan's approval lets run."""
    ways_back: Mapping[UUID, Undoable | str] = field(default_factory=dict)
    """Of every command, what our own tables have for undoing it, or why nothing."""
    undoings: Mapping[UUID, Undoing] = field(default_factory=dict)
    """Of every command, what is known of its undoing before it runs."""
    named: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)
    """Of every command, the resources that it names."""

    @property
    def frozen(self) -> tuple[FrozenFile, ...]:
        """What was frozen with the plan, each once."""
        return tuple(dict.fromkeys(one for files in self.files.values() for one in files))

    def retry_class(self, command_id: UUID) -> RetryClass:
        """Whether a second request could do the work twice; as far as is known."""
        known = self.repeatable.get(command_id)
        return known.retry_class if known is not None else RetryClass.B

    def reads(self, command_id: UUID) -> bool:
        """The command changes nothing, as far as is known."""
        known = self.assessments.get(command_id)
        return known is not None and known.level is RiskLevel.READ_ONLY


def unassessed(plan: ExecutionPlan, plan_digest: str, level: RiskLevel) -> Assessed:
    """A plan that cannot be judged any more, such as one of an older version: it may write, and nothing is repeated."""
    return Assessed(plan, {}, {}, level, frozenset(), plan_digest, {})


def problems_text(problems: Iterable[Problem]) -> str:
    """Problems in one text, a line each: for errors that hold nothing but text."""
    return "; ".join(f"{one.path or 'plan'}: {one.message} ({one.remedy})" for one in problems)


def assess(taken: Taken, catalogue: ServiceCatalogue) -> Assessed:
    """Judge a plan that was taken in; raises InvalidCommand with all problems when it was not."""
    plan = taken.plan
    if plan is None:
        raise InvalidCommand(problems_text(taken.problems))
    compensations = [undo.compensation for undo in all_compensations(plan)]
    everything = (*plan.commands, *compensations)
    assessments = {one.id: _assessment(one, taken) for one in everything}
    counted = everything if runs_by_itself(plan) else plan.commands
    levels = [assessments[one.id].level for one in counted]
    ways_back = {one.id: undoable(taken.subjects[one.id], catalogue) for one in everything}
    written = plan.rollback_strategy.compensations if plan.rollback_strategy else {}
    return Assessed(
        plan=plan,
        argvs=taken.argvs,
        assessments=assessments,
        level=risk.worst([plan.risk_level, *levels]),
        flags=frozenset(flag for one in counted for flag in assessments[one.id].flags),
        plan_digest=plan_digest(plan, taken.argvs, taken.files),
        repeatable={one.id: _repeatable(one, taken, assessments[one.id], catalogue) for one in everything},
        files=taken.files,
        radius=risk.together(assessments[one.id].radius for one in counted),
        ways_back=ways_back,
        undoings={
            one.id: undoing(judged.level, ways_back[one.id], len(written.get(one.id, ())), judged.flags)
            for one in everything
            for judged in (assessments[one.id],)
        },
        named={one.id: named_by(taken.subjects[one.id]) for one in everything},
    )


def _assessment(command: Command, taken: Taken) -> RiskAssessment:
    found = risk.assess(taken.subjects[command.id], command.risk_level)
    return with_openings(found, taken.openings.get(command.id, ()))


def _repeatable(command: Command, taken: Taken, assessment: RiskAssessment, catalogue: ServiceCatalogue) -> Repeatable:
    reads = assessment.assessed is RiskLevel.READ_ONLY
    subject = taken.subjects[command.id]
    match command.command_type:
        case Sdk(value=sdk):
            shape = catalogue.operation(sdk.service, sdk.operation)
            idempotent = shape is not None and shape.idempotent
            marked = shape.token_member if shape is not None else None
            # The engine fills an idempotency token in where the plan leaves it out.
            fills_in = bool(marked)
        case _:
            cli = catalogue.cli_command(subject.cli_path)
            idempotent = cli is not None and cli.idempotent
            marked = cli.token_member if cli is not None else None
            fills_in = cli is not None and cli.passes_token
    own = None if subject.is_waiter else own_token(subject.service, marked, subject.parameters)
    return Repeatable(reads, idempotent, token=fills_in or own is not None, own_token=own)


def request_of(assessed: Assessed, now: datetime, rehearsal: DryRunResult | None = None) -> ApprovalRequest:
    """The reference's request, with our levels in place of the planner's claims."""
    said = {one.command_id: one.description for one in rehearsal.commands} if rehearsal else {}
    return ApprovalRequest(
        plan_id=assessed.plan.id,
        description=assessed.plan.description,
        risk_level=assessed.level,
        commands=tuple(
            CommandSummary(
                id=one.id,
                description=one.description,
                risk_level=assessed.assessments[one.id].level,
                dry_run_result=said.get(one.id),
            )
            for one in assessed.plan.commands
        ),
        estimated_duration=assessed.plan.estimated_duration,
        created_at=now,
        plan_digest=assessed.plan_digest,
    )


class Preparer:
    """Prepares plans for decisions. One per engine; holds no state of its own."""

    def __init__(
        self,
        catalogue: ServiceCatalogue,
        accounts: Accounts,
        clock: Clock,
        settings: Settings,
        files: FrozenFiles | None = None,
        retry: RetryConfig | None = None,
    ) -> None:
        """Without `files` nothing is taken from elsewhere. `retry` is the engine's; by default the configuration's."""
        self._retry = retry or settings.execution.retry_config
        self._catalogue = catalogue
        self.accounts = accounts
        self._clock = clock
        self._settings = settings
        self._allowed = frozenset(settings.safety.allow)
        self._files = files

    async def take_text(
        self, text: PlanText, base_dir: Path | None = None, frozen: Sequence[FrozenFile] | None = None
    ) -> Taken:
        """Judge a submitted text and freeze what it names in its folder; off the loop, since it reads from disk.

        `frozen` is what was frozen with an earlier form of it, whose copies count; nothing else is taken in then.
        """
        source = self._freezing(base_dir) if frozen is None else self._frozen(frozen)
        return await asyncio.to_thread(take_in, text, self._catalogue, source, allowed=self._allowed)

    async def assessed(
        self, plan: ExecutionPlan, frozen: Sequence[FrozenFile] | None = None, base_dir: Path | None = None
    ) -> Assessed:
        """Judge a plan value; raises InvalidCommand.

        `frozen` is what was frozen with it before, whose copies count; without that its files are frozen now.
        """
        source = self._freezing(base_dir) if frozen is None else self._frozen(frozen)

        def judge() -> Assessed:
            return assess(take_plan(plan, self._catalogue, source, allowed=self._allowed), self._catalogue)

        return await asyncio.to_thread(judge)

    def assess_taken(self, taken: Taken) -> Assessed:
        """Judge what was taken in; raises InvalidCommand."""
        return assess(taken, self._catalogue)

    def _freezing(self, base_dir: Path | None) -> FileSource | None:
        return self._files.freezing(base_dir, elsewhere=self._allows_elsewhere) if self._files is not None else None

    def _frozen(self, files: Sequence[FrozenFile]) -> FileSource | None:
        return self._files.frozen(files, elsewhere=self._allows_elsewhere) if self._files is not None else None

    @property
    def _allows_elsewhere(self) -> bool:
        return ELSEWHERE in self._settings.safety.allow

    async def review(
        self,
        plan: ExecutionPlan,
        entry: QueueEntry | None = None,
        frozen: Sequence[FrozenFile] | None = None,
        base_dir: Path | None = None,
    ) -> Review:
        """Everything for a decision on a whole plan; asks STS who the profiles are. Raises InvalidCommand."""
        return await self.review_assessed(await self.assessed(plan, frozen, base_dir), entry)

    async def review_assessed(self, assessed: Assessed, entry: QueueEntry | None = None) -> Review:
        """As `review`, for a plan that was judged already."""
        asked_under = self.accounts.fingerprint()
        identities = await self.identities(assessed.plan)
        tool = await self.accounts.tool() if assessed.argvs else None
        digest = approval_digest(
            assessed.plan,
            assessed.argvs,
            files=assessed.files,
            assessments=assessed.assessments,
            identities=identities,
            table_version=self.table_version,
            tool=tool,
        )
        return Review(
            plan=assessed.plan,
            entry=entry,
            request=request_of(assessed, self._clock.now()),
            commands=_reviews(assessed, self._retry),
            level=assessed.level,
            flags=assessed.flags,
            digest=digest,
            plan_digest=assessed.plan_digest,
            identities=identities,
            tool=tool,
            confirmation=approving.confirmation(assessed.level, assessed.flags, identities, digest),
            blocked=self._blocked(assessed, identities, tool)
            or await self._changed_file(assessed)
            or await self._changed_meaning(assessed),
            radius=assessed.radius,
            surroundings=self.accounts.surroundings(tuple(dict.fromkeys(one.profile for one in identities))),
            asked_under=asked_under,
        )

    def repeatable(self, command: Command, frozen: Sequence[FrozenFile] = ()) -> Repeatable:
        """What sending the command once more would mean; what cannot be judged any more may do it twice. `frozen` is
        what was frozen with its plan. Blocks while it reads that."""
        alone = ExecutionPlan(
            id=command.id, description="", commands=(command,), mode=Sequential(), risk_level=command.risk_level
        )
        taken = take_plan(alone, self._catalogue, self._frozen(frozen), allowed=self._allowed)
        if command.id not in taken.subjects:
            return Repeatable(reads=False)
        assessment = risk.assess(taken.subjects[command.id], command.risk_level)
        return _repeatable(command, taken, assessment, self._catalogue)

    @property
    def table_version(self) -> str:
        """Which rules, models and access levels a verdict rests on."""
        return f"{risk.TABLE_VERSION}; {self._catalogue.version}"

    async def identities(self, plan: ExecutionPlan) -> tuple[ProfileIdentity, ...]:
        """Who each profile is in each of its regions, with the names that our configuration gives the accounts."""
        everything = (*plan.commands, *(undo.compensation for undo in all_compensations(plan)))
        targets = dict.fromkeys((one.profile, one.region) for one in everything)
        return tuple(await asyncio.gather(*(self.identify(profile, region) for profile, region in targets)))

    async def identify(self, profile: str, region: str) -> ProfileIdentity:
        """Who one profile is."""
        return self._named(await self.accounts.identify(profile, region))

    def _named(self, identity: ProfileIdentity) -> ProfileIdentity:
        known = self._settings.accounts.get(identity.account or "")
        if known is None:
            return identity
        return identity.model_copy(update={"account_name": known.name, "protected": known.protected})

    async def _changed_file(self, assessed: Assessed) -> str | None:
        """Why something that was not copied is not what was frozen; copies were looked at when they were taken."""
        if self._files is None:
            return None
        for file in assessed.frozen:
            if not file.copied and (why := await asyncio.to_thread(self._files.why_changed, file)) is not None:
                return f"{why}; {_FROM_THE_ENVIRONMENT if file.kind is FileKind.ENVIRONMENT else _FROM_A_FILE}"
        return None

    async def _changed_meaning(self, assessed: Assessed) -> str | None:
        """What in the operator's AWS files would make `aws` do something else than is shown here."""
        everything = (*assessed.plan.commands, *(undo.compensation for undo in all_compensations(assessed.plan)))
        lines = (CliLine(_first_words(assessed.argvs.get(one.id, ())), one.profile, one.region) for one in everything)
        distinct = tuple(dict.fromkeys(line for line in lines if line.argv))
        return await self.accounts.other_meaning(distinct) if distinct else None

    def _blocked(
        self, assessed: Assessed, identities: tuple[ProfileIdentity, ...], tool: ToolIdentity | None
    ) -> str | None:
        """Why the plan may not run as things are, with the remedy."""
        expected = assessed.plan.expected_account
        writes = any(one.level is not RiskLevel.READ_ONLY for one in assessed.assessments.values())
        if assessed.argvs and tool is None:
            return "There is no `aws` program; install awscli, or set `[cli] cli_path`"
        for one in identities:
            if one.profile in self._settings.read_only_profiles:
                return only_looked_at(one.profile)
            if one.unusable:
                return one.reason  # no STS to wait for: each of its commands would fail, reads too
            if one.account is None and expected:
                return f"The plan expects account {expected}, and profile `{one.profile}` is not known: {one.reason}"
            if one.account is None and writes and not self._settings.safety.allow_unresolved_writes:
                return (
                    f"The account behind profile `{one.profile}` is not known: {one.reason}; "
                    "a plan that writes waits until it is"
                )
            if expected and one.account != expected:
                return f"The plan expects account {expected}, and profile `{one.profile}` is {one.account}"
        accounts = {one.account or f"profile {one.profile}" for one in identities}
        regions = {one.region for one in identities}
        return beyond_limits(assessed.radius, accounts, regions, self._settings.safety)


def _first_words(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The words before the first option: a plan repeats the same command often, with other options."""
    return tuple(takewhile(lambda word: not word.startswith("-"), argv))


def _reviews(assessed: Assessed, retry: RetryConfig) -> tuple[CommandReview, ...]:
    waiting = waits_for(assessed.plan)
    undoing: dict[UUID, list[Command]] = {}
    for undo in all_compensations(assessed.plan):
        undoing.setdefault(undo.command_id, []).append(undo.compensation)

    def review(command: Command, compensations: Iterable[Command] = ()) -> CommandReview:
        return CommandReview(
            command=command,
            argv=assessed.argvs.get(command.id),
            assessment=assessed.assessments[command.id],
            waits_for=waiting.get(command.id, frozenset()),
            compensations=tuple(review(one) for one in compensations),
            files=assessed.files.get(command.id, ()),
            repeating=_in_words(assessed.repeatable.get(command.id), retry),
            once=assessed.retry_class(command.id) is RetryClass.B,
            undoing=assessed.undoings[command.id],
            named=assessed.named[command.id],
            no_way_back=lacks_way_back(assessed.assessments[command.id].level, assessed.undoings[command.id]),
        )

    return tuple(review(command, undoing.get(command.id, ())) for command in assessed.plan.commands)


def _in_words(known: Repeatable | None, retry: RetryConfig) -> str:
    if known is None:
        return ""
    return repeating(reads=known.reads, idempotent=known.idempotent, token=known.token, config=retry)
