"""The plan queue: what arrives, what is decided, and what is never lost."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from uuid import UUID

from cloudops_tui.engine import asking
from cloudops_tui.engine.before_state import captured_states
from cloudops_tui.engine.engine import ExecutionEngine
from cloudops_tui.engine.ports import Conflict, NewEntry
from cloudops_tui.engine.prepare import Assessed, problems_text
from cloudops_tui.engine.rehearsal import rehearse
from cloudops_tui.engine.untold import ANY
from cloudops_tui.model.approval import ApprovalMetadata, Approve, Reject
from cloudops_tui.model.errors import ApprovalRequired, ExecutionError, InvalidCommand, Other, StorageError
from cloudops_tui.model.errors import Storage as StorageFailed
from cloudops_tui.model.events import ApprovalDecided, PlanMoved, PlanQueued, PlanRefused
from cloudops_tui.model.plan import ExecutionPlan
from cloudops_tui.model.queue import Problem, QueueEntry, QueueState, Revision
from cloudops_tui.model.result import DryRunResult
from cloudops_tui.model.review import Review
from cloudops_tui.policy.approval import headless_refusal, requires_approval, unacknowledged, weight
from cloudops_tui.policy.difference import difference, original_of
from cloudops_tui.policy.entries import became, overdue
from cloudops_tui.policy.held import different, held_by
from cloudops_tui.policy.intake import Taken
from cloudops_tui.policy.plan_text import LARGEST, read_plan_text
from cloudops_tui.policy.refused_text import kept_text
from cloudops_tui.policy.safe_text import safe_line, safe_text

Form = Literal["json", "yaml"]

SOMETHING_CHANGED = "the plan, a file, an account or a tool changed"
"""Said where nobody knows what the given digest stood for."""
REHEARSALS_KEPT = 200
"""Digests of which a session remembers what the rehearsal said."""


class ApprovalRefused(Exception):
    """A decision that does not hold: what it was bound to is no longer so, or something is missing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@contextmanager
def refusing() -> Iterator[None]:
    """What may not be is a refusal of the decision; what could not be recorded is not: nobody refused it."""
    try:
        yield
    except StorageFailed:
        raise
    except (Conflict, ExecutionError) as error:
        raise ApprovalRefused(str(error)) from error


@dataclass(frozen=True)
class Decision:
    """A decision to approve, as somebody handed it in."""

    digest: str = ""
    """What it is about; empty where nothing is left that would run."""
    confirmation: str = ""
    """What was typed."""
    reason: str = ""
    headless: str | None = None
    """The configuration's rule, where no screen took it."""
    override: str = ""
    """Why, although the rehearsal was answered with a no."""
    acknowledged: bool = False
    """That nothing undoes some of what destroys is known."""


class DecisionIncomplete(Exception):
    """A headless decision that lacks its reason or its confirmation; the text says which and how to give it."""


class InvalidPlan(Exception):
    """A text that is not a plan which could run."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems_text(problems))
        self.problems = problems


@dataclass(frozen=True)
class Submission:
    """A text as it arrived."""

    data: bytes
    source: str
    """Where it came from, in words: a file's path, `stdin`, `inbox`."""
    base_dir: Path | None = None
    form: Form | None = None
    """None: told by its first character."""
    user_prompt: str = ""
    conversation_id: UUID | None = None
    problems: tuple[Problem, ...] = ()
    """What was wrong before anybody could read it, such as a link in place of a file; then it is not read."""


class PlanQueue:
    """Takes plans in and turns decisions into executions. Works on the engine's loop."""

    def __init__(self, engine: ExecutionEngine) -> None:
        self._engine = engine
        self._storage = engine.storage
        self._rehearsed: OrderedDict[str, DryRunResult] = OrderedDict()
        """What the last rehearsal of each approval digest said, in this session."""

    # --- arriving ----------------------------------------------------------------------------------------------------

    async def submit(self, submission: Submission) -> QueueEntry:
        """Queue a text. One that is not a valid plan becomes an entry in state Refused, with its problems and its text.

        The same plan submitted twice is the same entry. Raises Conflict for a changed plan that was decided already.
        """
        taken = await self._taken(submission)
        if taken.plan is None:
            return await self._refuse(submission, taken)
        assessed = self._engine.preparer.assess_taken(taken)
        known = {entry.id: entry for entry in await self._storage.entries()}
        with self._engine.untold.change(assessed.plan.id):
            entry = await self._storage.add_entry(self._new_entry(submission, assessed))
            if known.get(entry.id) != entry:
                self._engine.bus.publish(PlanQueued(entry=entry))
        return entry

    async def read(self, submission: Submission) -> Assessed:
        """Judge a text without queueing it; raises InvalidPlan."""
        taken = await self._taken(submission)
        if taken.plan is None:
            raise InvalidPlan(taken.problems)
        return self._engine.preparer.assess_taken(taken)

    async def check(self, submission: Submission) -> Review:
        """Everything for a decision on a text, without queueing it; raises InvalidPlan."""
        return await self.shown(await self._engine.preparer.review_assessed(await self.read(submission)))

    # --- looking -----------------------------------------------------------------------------------------------------

    async def entries(self) -> list[QueueEntry]:
        """All entries, oldest first."""
        entries = await self._storage.entries()
        return await self._storage.entries() if await self._expire(entries) else entries

    async def entry(self, entry_id: UUID) -> QueueEntry:
        """One entry as it is now; raises KeyError."""
        entry = await self._storage.entry(entry_id)
        return await self._storage.entry(entry_id) if await self._expire([entry]) else entry

    async def revisions(self, entry_id: UUID) -> list[Revision]:
        """The revisions that later ones took the place of, oldest first."""
        return await self._storage.revisions(entry_id)

    async def review(self, entry_id: UUID) -> Review:
        """Everything for a decision on an entry as it is now. Raises Other for one that is no plan."""
        entry = await self.entry(entry_id)
        asking.wanted_for.set(f"the review of #{entry.number}")
        return await self.shown(await self._engine.preparer.review(_plan_of(entry), entry, frozen=entry.files))

    async def assess(self, entry_id: UUID) -> Assessed:
        """What we make of an entry without asking anybody who its profiles are. Raises ApprovalRefused, Other."""
        entry = await self._storage.entry(entry_id)
        return await self._assessed(_plan_of(entry), entry)

    async def rehearse(self, entry_id: UUID, told: Callable[[int, int], None] | None = None) -> DryRunResult:
        """Rehearse an entry's plan. A no is remembered in this session, and asked about when the plan is approved.
        `told` hears after each command how many are done, of how many."""
        review = await self.review(entry_id)
        result = await rehearse(review, self._engine.executor_for, self._storage.files, told)
        self._rehearsed[review.digest] = result
        self._rehearsed.move_to_end(review.digest)
        while len(self._rehearsed) > REHEARSALS_KEPT:
            self._rehearsed.popitem(last=False)
        return result

    # --- deciding ----------------------------------------------------------------------------------------------------

    async def approve(
        self,
        entry_id: UUID,
        *,
        digest: str,
        confirmation: str = "",
        reason: str = "",
        override: str = "",
        headless: str | None = None,
        again: bool = False,
        acknowledged: bool = False,
    ) -> UUID:
        """Approve exactly what `digest` names, and begin; returns the execution's id at once.

        `override` is why, where the rehearsal of exactly this digest was answered with a no; `headless` is the
        configuration's rule where no screen took the decision. Raises ApprovalRefused, saying what does not hold, and
        DecisionIncomplete where a headless decision lacks its reason or confirmation.
        """
        entry = await self.entry(entry_id)
        plan = _plan_of(entry)
        if self._engine.settings.safety.read_only:
            raise ApprovalRefused("This session is read-only; nothing can be approved from here")
        assessed = await self._assessed(plan, entry)
        review = await self._engine.preparer.review_assessed(assessed, entry)
        refusal = rehearsal_refusal(self._rehearsed.get(review.digest))
        decision = Decision(digest, confirmation, reason, headless, override if refusal else "", acknowledged)
        metadata = await self.approval_of(review, decision)
        if refusal is not None and not override.strip():
            raise ApprovalRefused(f"{refusal}; say why it is approved all the same")
        metadata = await self._with_original(entry, metadata)
        captured = captured_states(review, self._rehearsed.get(review.digest))
        metadata = metadata.model_copy(update={"before": captured or None})
        with self._engine.untold.change(plan.id):
            with refusing():
                execution_id = await self._engine.start(assessed, review, metadata, entry=entry, again=again)
            await self._tell_decided(entry_id, metadata)
        return execution_id

    async def run_unasked(self, entry_id: UUID, *, again: bool = False) -> UUID:
        """Begin an entry that the configuration lets run without a decision; raises ApprovalRequired for another."""
        entry = await self.entry(entry_id)
        if self._engine.settings.safety.read_only:
            raise ApprovalRefused("This session is read-only; nothing can be run from here")
        assessed = await self._assessed(_plan_of(entry), entry)
        if requires_approval(assessed.level, self._engine.settings.approval):
            raise ApprovalRequired
        review = await self._engine.preparer.review_assessed(assessed, entry)
        if requires_approval(weight(review), self._engine.settings.approval):
            raise ApprovalRequired
        with self._engine.untold.change(assessed.plan.id):
            with refusing():
                execution_id = await self._engine.start(assessed, review, None, entry=entry, again=again)
            self._engine.bus.publish(PlanMoved(entry=await self.entry(entry_id)))
        return execution_id

    async def reject(self, entry_id: UUID, *, reason: str) -> QueueEntry:
        """Reject an entry; raises ApprovalRefused when it cannot be any more, or the reason is blank."""
        if not reason.strip():
            raise ApprovalRefused("Say why; the reason is kept with the plan")
        before = await self.entry(entry_id)  # what has waited too long is not rejected but expired
        metadata = self._engine.decided(Reject(reason=reason.strip()), notes=reason.strip())
        with self._engine.untold.change(before.plan.id if before.plan is not None else ANY):
            try:
                entry = await self._storage.reject_entry(entry_id, metadata, reason.strip())
            except Conflict as error:
                raise ApprovalRefused(str(error)) from error
            self._engine.bus.publish(ApprovalDecided(entry=entry, metadata=metadata))
        return entry

    async def modify(self, entry_id: UUID, text: str) -> QueueEntry:
        """Put a changed text in the entry's place, as its next revision; a decision on it is a separate one.

        Raises InvalidPlan with all problems, ApprovalRefused when the entry was decided, or the id was changed.
        """
        before = await self.entry(entry_id)
        plan = _plan_of(before)
        if before.state is not QueueState.REVIEW:
            now = self._engine.clock.now()
            raise ApprovalRefused(f"{before.number} {became(before, now)}; only what is in review can be changed")
        submission = Submission(
            data=text.encode("utf-8", errors="surrogatepass"),
            source=before.source,
            base_dir=Path(before.base_dir) if before.base_dir else None,
            user_prompt=before.user_prompt,
            conversation_id=before.conversation_id,
        )
        assessed = await self.read(submission)
        if assessed.plan.id != plan.id:
            raise InvalidPlan(
                (
                    Problem(
                        path="/id",
                        message=f"Found `{assessed.plan.id}`, expected `{plan.id}`: a revision keeps its id",
                        remedy="Put the id back, or submit the plan as a new one",
                    ),
                )
            )
        new = replace(self._new_entry(submission, assessed), edited_by=self._engine.operator)
        with self._engine.untold.change(plan.id):
            try:
                entry = await self._storage.add_entry(new)
            except Conflict as error:
                raise ApprovalRefused(str(error)) from error
            if entry != before:
                self._engine.bus.publish(PlanQueued(entry=entry))
        return entry

    async def what_changed(self, digest: str, review: Review) -> str:
        """What is no longer as it was when `digest` was shown here, in words; which part, as far as it is known."""
        try:
            before = await self._storage.held_by_digest(digest.lower())
        except StorageError:
            before = None
        parts = different(before, held_by(review)) if before is not None else ()
        return ", ".join(parts) or SOMETHING_CHANGED

    async def approval_of(self, review: Review, decision: Decision) -> ApprovalMetadata:
        """The approval that a decision is, as `hold_to` lets it be."""
        self.hold_to(review, decision, await self.what_changed(decision.digest, review))
        return self._engine.decided(
            Approve(),
            notes=decision.reason.strip() or None,
            review=review,
            override=decision.override,
            acknowledged=decision.acknowledged,
        )

    @staticmethod
    def hold_to(review: Review, decision: Decision, changed: str = SOMETHING_CHANGED) -> None:
        """Raise unless the decision holds for the review: same digest, nothing blocked, confirmed, and acknowledged
        that nothing undoes what destroys.

        `changed` is said where the digest is another.
        """
        digest = decision.digest
        if 0 < len(digest) < len(review.digest) and review.digest.startswith(digest.lower()):
            raise ApprovalRefused(f"`{digest}` is only the beginning of the digest; give all of `{review.digest}`")
        if not _names(digest, review.digest):
            raise ApprovalRefused(
                f"What would run now has digest {_told_apart(review.digest, digest)}: {changed}; look at it again"
            )
        if review.blocked:
            raise ApprovalRefused(review.blocked)
        lacking = unacknowledged(review, decision.acknowledged)
        if decision.headless is not None:
            _allow_headless(review, decision.headless, decision.reason, decision.confirmation)
            if lacking is not None:
                raise DecisionIncomplete(f"{lacking}; say that you know with `--no-way-back`")
            return
        if not review.confirmation.given_by(decision.confirmation):
            raise ApprovalRefused(review.confirmation.prompt)
        if review.confirmation.needed and not decision.reason.strip():
            raise ApprovalRefused("Say why; what is confirmed by typing is approved with a reason")
        if lacking is not None:
            raise ApprovalRefused(f"{lacking}; acknowledge that first")

    # --- helpers -----------------------------------------------------------------------------------------------------

    async def shown(self, review: Review) -> Review:
        """The review, what its digest stands for remembered: best effort, for it only explains."""
        try:
            await self._storage.remember_digest(review.digest, held_by(review), self._engine.clock.now())
        except StorageError:
            pass  # a store that cannot be written to can still be looked at
        return review

    async def _taken(self, submission: Submission) -> Taken:
        if submission.problems:
            return Taken(None, submission.problems)
        text = await asyncio.to_thread(read_plan_text, submission.data, submission.form)
        return await self._engine.preparer.take_text(text, submission.base_dir)

    async def _assessed(self, plan: ExecutionPlan, entry: QueueEntry) -> Assessed:
        """Judge an entry with its frozen files; raises ApprovalRefused where it cannot run as it was queued."""
        try:
            return await self._engine.preparer.assessed(plan, frozen=entry.files)
        except InvalidCommand as error:
            raise ApprovalRefused(f"The plan cannot run as it was queued: {error}") from error

    def _new_entry(self, submission: Submission, assessed: Assessed) -> NewEntry:
        return NewEntry(
            source=submission.source,
            submitted_at=self._engine.clock.now(),
            plan=assessed.plan,
            plan_digest=assessed.plan_digest,
            risk_level=assessed.level,
            base_dir=str(submission.base_dir) if submission.base_dir else None,
            conversation_id=submission.conversation_id,
            user_prompt=submission.user_prompt,
            files=assessed.frozen,
        )

    async def _refuse(self, submission: Submission, taken: Taken) -> QueueEntry:
        text = await asyncio.to_thread(kept_text, submission.data[:LARGEST], submission.form, taken.secrets)
        refused = NewEntry(
            source=submission.source,
            submitted_at=self._engine.clock.now(),
            plan=None,
            plan_digest=None,
            risk_level=None,
            conversation_id=submission.conversation_id,
            user_prompt=submission.user_prompt,
            problems=taken.problems,
            refused_text=safe_text(text),
        )
        with self._engine.untold.change(ANY):
            entry = await self._storage.add_entry(refused)
            self._engine.bus.publish(PlanRefused(entry=entry))
        return entry

    async def _expire(self, entries: Iterable[QueueEntry]) -> bool:
        """Whether any of them waited for its decision longer than may be; then all that did are Expired now."""
        now, longest = self._engine.clock.now(), self._engine.settings.approval.review_expires
        if not overdue(entries, now, longest):
            return False
        with self._engine.untold.change(ANY):
            try:
                expired = await self._storage.expire_entries(now - longest, now)
            except StorageError:
                if not self._engine.settings.safety.read_only:
                    raise
                return False  # a session that only looks may have opened the store for that alone
            for entry in expired:
                self._engine.bus.publish(PlanMoved(entry=entry))
        return True

    async def _with_original(self, entry: QueueEntry, metadata: ApprovalMetadata) -> ApprovalMetadata:
        """The decision, with what a person had changed of the plan before."""
        original = original_of(entry, await self._storage.revisions(entry.id))
        if original is None or entry.plan is None:
            return metadata
        changed = difference(original.plan, entry.plan)
        return metadata.model_copy(update={"original_digest": original.plan_digest, "difference": changed})

    async def _tell_decided(self, entry_id: UUID, metadata: ApprovalMetadata) -> None:
        self._engine.bus.publish(ApprovalDecided(entry=await self.entry(entry_id), metadata=metadata))


def rehearsal_refusal(rehearsal: DryRunResult | None) -> str | None:
    """That somebody answered no to a rehearsal, and to which commands; None where nobody did."""
    if rehearsal is None or rehearsal.passed:
        return None
    numbers = ", ".join(str(number) for number, one in enumerate(rehearsal.commands, start=1) if not one.passed)
    return f"The rehearsal was answered with no, for command {numbers}"


def _names(given: str, digest: str) -> bool:
    """The digest that was given is this one, whole: a planner can find two plans that begin alike."""
    return given.lower() == digest


def _told_apart(digest: str, given: str) -> str:
    """`this, not that`: the first twelve characters of both where these differ, else both whole."""
    same = given[:12].lower() == digest[:12]
    ours, theirs = (digest, given[: len(digest) + 1]) if same else (digest[:12], given[:12])
    return f"{ours}, not {safe_line(theirs)}"


def _allow_headless(review: Review, allowed: str, reason: str, typed: str) -> None:
    why = headless_refusal(review.level, review.confirmation, allowed=allowed, reason=reason, typed=typed)
    if why is None:
        return
    if why.startswith(("Say why", "Confirm")):
        raise DecisionIncomplete(why)
    raise ApprovalRefused(why)


def _plan_of(entry: QueueEntry) -> ExecutionPlan:
    if entry.plan is None:
        raise Other("This was refused as a plan; correct it and submit it again")
    return entry.plan
