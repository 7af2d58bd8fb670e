"""Asks services about a command without running it; whatever is neither a known read nor a dry run never leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from cloudops_tui.engine.ports import Hears
from cloudops_tui.executors.answers import plain_answer
from cloudops_tui.executors.aws_failures import sdk_failure
from cloudops_tui.executors.clients import AwsClients, TooLarge, most_bytes
from cloudops_tui.executors.rehearsal import CLIENT_WITHIN, REHEARSAL_PATIENCE, Permission, State, answered, no_answer
from cloudops_tui.model.catalogue import OperationShape, ServiceCatalogue
from cloudops_tui.policy.before.reading import Answer, BeforeRead, Picture, Read
from cloudops_tui.policy.before.table import BEFORE_READS, may_be_sent
from cloudops_tui.policy.before.values import Veil, changed, typed
from cloudops_tui.policy.cli_values import UNREAD
from cloudops_tui.policy.native_dry_runs import INVOKE, MORE_THAN_PERMISSION, TELLS

MOST_READS = 25  # for one command
LARGEST_ANSWER = 8 * 2**20  # bytes of one answer; a page of AWS has a tenth of that, and more would stop the screen
MOST_ROUNDS = 6  # of questions that follow from answers


class NotARead(AssertionError):
    """Somebody tried to send what may change something; a mistake in this program."""


class Rehearser:
    """One per executor; it uses the executor's clients, and so the same credentials and endpoints."""

    def __init__(self, clients: AwsClients, catalogue: ServiceCatalogue) -> None:
        self._clients = clients
        self._catalogue = catalogue

    async def state(
        self,
        service: str | None,
        operation: str | None,
        parameters: Mapping[str, Any],
        profile: str,
        region: str,
        heard: Hears | None = None,
    ) -> State | None:
        """What is there now, beside what `parameters` ask for; None where no read is known for the operation. `heard`
        is told every answer."""
        known = BEFORE_READS.get((service or "", operation or ""))
        shape = self._catalogue.operation(service or "", operation or "")
        if known is None or shape is None or service is None:
            return None
        try:
            return await self._state(known, shape, parameters, profile, region, heard)
        except NotARead:
            raise
        except Exception as error:  # noqa: BLE001 - a shape that nobody foresaw says nothing about the write
            return State(Picture(unread=(f"what was answered was not understood ({type(error).__name__})",)))

    async def _state(
        self,
        known: BeforeRead,
        shape: OperationShape,
        parameters: Mapping[str, Any],
        profile: str,
        region: str,
        heard: Hears | None,
    ) -> State:
        service = shape.service
        asked = typed(parameters, shape.members, service, self._catalogue)
        reads = tuple(known.reads(asked))
        if not reads:
            return State(Picture(unread=("what the command names could not be read from it",)))
        answers: list[Answer] = []
        deadline: float | None = None
        for _ in range(MOST_ROUNDS):
            room = MOST_READS - len(answers)
            deadline, came = await self._ask(reads[:room], profile, region, deadline)
            answers += came
            if heard is not None:
                heard(reads, came)
            reads = tuple(known.then(asked, answers))
            if not reads or len(answers) >= MOST_READS:
                break
        veiled = Veil(service, shape.name, self._catalogue).over_parameters(asked) | dict(known.derived(asked))
        return State(known.picture(veiled, answers), native=known.native)

    async def ask(self, reads: Sequence[Read], profile: str, region: str) -> Sequence[Answer]:
        """The answer to each question, asked together."""
        return (await self._ask(reads, profile, region, None))[1]

    async def read(self, read: Read, profile: str, region: str) -> Answer:
        """The answer to one question."""
        _, [answer] = await self._ask((read,), profile, region, None)
        return answer

    async def may_invoke(self, parameters: Mapping[str, Any], profile: str, region: str) -> Permission:
        """Lambda's dry run of an invocation; without the payload, which it does not look at."""
        name = parameters.get("FunctionName")
        if not isinstance(name, str):
            return Permission(None, "which function it calls could not be read from it")
        given: dict[str, Any] = {"FunctionName": name, INVOKE.member: INVOKE.value}
        if isinstance(qualifier := parameters.get("Qualifier"), str):
            given["Qualifier"] = qualifier
        try:
            async with self._clients.client("lambda", profile, region) as client:
                async with asyncio.timeout(REHEARSAL_PATIENCE):
                    response = await client.invoke(**given)
                    await _drained(response.get("Payload"))
        except TimeoutError:
            return no_answer(REHEARSAL_PATIENCE)
        except Exception as error:  # noqa: BLE001 - every one of them is an answer, or none
            return answered(sdk_failure(error, profile))
        return answered(None)

    async def _ask(
        self, reads: Sequence[Read], profile: str, region: str, deadline: float | None
    ) -> tuple[float, list[Answer]]:
        """All answers, and until when there may be more. Time runs from when the clients are there."""
        for read in reads:
            if not may_be_sent(read):
                raise NotARead(f"`{read.call}` is not known to be a harmless read")
        try:
            async with asyncio.timeout(CLIENT_WITHIN):
                for service in dict.fromkeys(read.service for read in reads):
                    async with self._clients.client(service, profile, region):
                        pass
        except TimeoutError:
            return 0.0, [Answer(unread="the client was not ready in time")] * len(reads)
        except Exception as error:  # noqa: BLE001 - without credentials nobody can be asked
            return 0.0, [Answer(unread=sdk_failure(error, profile).error)] * len(reads)
        until = deadline or asyncio.get_running_loop().time() + REHEARSAL_PATIENCE
        return until, list(await asyncio.gather(*(self._answer(read, profile, region, until) for read in reads)))

    async def _answer(self, read: Read, profile: str, region: str, until: float) -> Answer:
        from botocore import xform_name
        from botocore.exceptions import ClientError

        if _holds_unread(read.parameters):
            return Answer(unread="what the command names could not be read from it")
        limited = most_bytes.set(LARGEST_ANSWER)
        try:
            async with asyncio.timeout_at(until), self._clients.client(read.service, profile, region) as client:
                response = await getattr(client, xform_name(read.operation))(**read.parameters)
                body = await plain_answer(response, None)
        except TimeoutError:
            return Answer(unread=f"no answer within {REHEARSAL_PATIENCE:.0f} s")
        except TooLarge as error:
            return Answer(unread=str(error))
        except ClientError as error:
            said = error.response.get("Error", {})
            code, message = str(said.get("Code", "")), str(said.get("Message", ""))
            if read.says_absent(code, message):
                return Answer(said=f"{code}: {message}")
            failure = sdk_failure(error, profile)
            return Answer(unread=failure.error, code=failure.error_code or "")
        except Exception as error:  # noqa: BLE001 - that a read broke says nothing about the write
            return Answer(unread=sdk_failure(error, profile).error)
        finally:
            most_bytes.reset(limited)
        return Answer(Veil(read.service, read.operation, self._catalogue).over_answer(body))


async def together(
    permission: Coroutine[Any, Any, Permission | None], state: Coroutine[Any, Any, State | None]
) -> tuple[Permission | None, State | None]:
    """Both at once. Where the first breaks, nothing of the second is left running."""
    reading = asyncio.ensure_future(state)
    try:
        return await permission, await reading
    finally:
        reading.cancel()
        await asyncio.wait({reading})


def told_by(service: str, operation: str, answer: Mapping[str, Any]) -> tuple[str, ...]:
    """What the answer to a dry run says would happen."""
    member = TELLS.get((service, operation))
    value = answer.get(member) if member else None
    if isinstance(value, list):
        return tuple(line for one in value for line in changed(member or "", None, one))
    return tuple(changed(member or "", None, value)) if value is not None else ()


def answer_in(text: str) -> Mapping[str, Any]:
    """The answer that a text spells as JSON; empty where it is none: another `--output`, or kept from view."""
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def looks_at_everything(service: str | None, operation: str | None) -> bool:
    """The dry run of the operation is about more than permission."""
    return (service or "", operation or "") in MORE_THAN_PERMISSION


async def _drained(body: Any) -> None:
    if body is not None:
        async with body:
            await body.read(1024)


def _holds_unread(value: Any) -> bool:
    match value:
        case Mapping():
            return any(map(_holds_unread, value.values()))
        case list() | tuple():
            return any(map(_holds_unread, value))
        case _:
            return value is UNREAD
