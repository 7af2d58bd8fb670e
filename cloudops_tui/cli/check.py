"""`check`: what a plan would do, how dangerous it is, and the digest that approves it."""

from __future__ import annotations

from pathlib import Path

import click

from cloudops_tui.cli import exit_codes
from cloudops_tui.cli.references import queued_or_file
from cloudops_tui.cli.reviews import approving_line, request_json, show_problems, show_review
from cloudops_tui.cli.sessions import in_session
from cloudops_tui.cli.speaking import say, show_json
from cloudops_tui.engine.plan_queue import InvalidPlan, Submission
from cloudops_tui.engine.session import ExecutionSession
from cloudops_tui.model.review import Review
from cloudops_tui.policy.approval import headless_refusal, requires_approval, weight


@click.command("check")
@click.argument("plan", metavar="FILE|-|ID")
@click.option("--json", "as_json", is_flag=True, help="The approval request in wire form, with its digest.")
@click.pass_obj
def check(state_dir: Path | None, plan: str, as_json: bool) -> int:
    """Say what a plan would do, how dangerous it is, and its digest.

    Nothing is queued and nothing is run. Exit code 0 for a valid plan, whether or not it needs approval.
    """

    async def work(session: ExecutionSession) -> int:
        named = await queued_or_file(session, plan)
        if not isinstance(named, Submission) and named.plan is None:
            show_problems(named.problems, as_json=as_json)
            return exit_codes.USAGE
        try:
            review = await (session.check(named) if isinstance(named, Submission) else session.review(named.id))
        except InvalidPlan as error:
            show_problems(error.problems, as_json=as_json)
            return exit_codes.USAGE
        if as_json:
            show_json(request_json(review))
            return exit_codes.DONE
        show_review(review)
        _say_how_to_run(session, review, state_dir, plan)
        return exit_codes.DONE

    return in_session(state_dir, work)


def _say_how_to_run(session: ExecutionSession, review: Review, state_dir: Path | None, plan: str) -> None:
    settings = session.settings.approval
    refusal = headless_refusal(
        review.level,
        review.confirmation,
        allowed=settings.headless,
        reason="given",
        typed=next(iter(review.confirmation.accepted), ""),
    )
    if session.settings.safety.read_only:
        say("This configuration is read-only: nothing can be run from here.")
        return
    if review.blocked:
        return
    if not requires_approval(weight(review), settings):
        say("It needs no approval.")
    if refusal is not None:
        say(refusal)
    say(f"To approve and run it: {approving_line(review, state_dir, 'run', plan)}{' < FILE' if plan == '-' else ''}")
