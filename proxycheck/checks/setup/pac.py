"""Where would a PAC file send the device's hosts? PCs follow it; the device cannot, and takes one proxy for everything.

The script is asked about every endpoint. Names that it resolves are looked up once with this system's DNS servers,
unless the answers are given, and the script is asked again with them. What rests on a name that nobody looked up is not
known: the script was told that the name has no address, and would perhaps say something else.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from msgspec import structs

from proxycheck.model.device import Endpoint
from proxycheck.model.failure import Failure, FailureName
from proxycheck.net.computer.surroundings import ipv4_addresses
from proxycheck.net.pac.process import evaluate_pac
from proxycheck.net.trace import Trace
from proxycheck.routes.pac.answers import (
    PacAnswer,
    PacEnvironment,
    PacEvaluation,
    PacProblem,
    PacQuestion,
    PacScript,
    question,
)
from proxycheck.routes.pac.file import read_pac

ID: Final = "pac"
MOST_ROUNDS = 3
"""Times that a script is asked again with the names that it resolved."""
MOST_OTHER_NAMES = 64
"""Names that are looked up besides those of the device's own hosts, which are all looked up."""
_AT_ONCE = 32
_NOTED = 64
"""Names that an answer notes at most (`limits.consulted` of the environment): what it asked beyond is not known."""


@dataclass(frozen=True, kw_only=True)
class PacExamination:
    """What a script may learn of the world: the moment, this computer's addresses, and names.

    `addresses` are given names, and then no other has an address; `lookup` permits asking DNS where none are given."""

    now: datetime
    own_addresses: tuple[str, ...] = ()
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lookup: bool = False


async def examine(
    trace: Trace, data: bytes, charset: str | None, endpoints: Sequence[Endpoint], view: PacExamination
) -> tuple[PacAnswer, ...]:
    """The script's answer for each endpoint, recorded as `pac_route`; its own problem as `pac_problem`."""
    script = read_pac(data, charset)
    if isinstance(script, PacProblem):
        _record_problem(trace, script)
        return ()
    evaluation, known = await _evaluate(script, endpoints, view)
    if known:
        told = "; ".join(f"{name}={_in_words(found)}" for name, found in sorted(known.items()))
        trace.begin(ID, "pac_names", None).finish("closed", note=told)
    if evaluation.problem is not None:
        _record_problem(trace, evaluation.problem)
    for endpoint, answer in zip(endpoints, evaluation.answers, strict=True):
        _record_answer(trace, endpoint, answer)
    return evaluation.answers


async def _evaluate(
    script: PacScript, endpoints: Sequence[Endpoint], view: PacExamination
) -> tuple[PacEvaluation, dict[str, tuple[str, ...] | None]]:
    questions = [question(e.scheme, e.host, e.port, e.path) for e in endpoints]
    own = frozenset(it.host for it in questions)
    looked_up: dict[str, tuple[str, ...] | None] = {}
    for attempt in range(MOST_ROUNDS + 1):
        known = {**view.addresses, **{name: found for name, found in looked_up.items() if found is not None}}
        environment = PacEnvironment(now=view.now, addresses=known, own_addresses=view.own_addresses)
        try:
            evaluation = await evaluate_pac(script, questions, environment)
        except OSError as error:
            reason = f"no process could be started for the JavaScript engine: {error}"
            evaluation = PacEvaluation(_unanswered(questions, reason), PacProblem("no-engine", reason))
        missing = _worth_asking(evaluation, own, looked_up) if view.lookup else []
        if not missing or evaluation.problem is not None or attempt == MOST_ROUNDS:
            break
        looked_up |= await _look_up(missing)
    if not view.addresses:
        answers = tuple(_unless_open(answer, known) for answer in evaluation.answers)
        evaluation = structs.replace(evaluation, answers=answers)
    return evaluation, looked_up


def _worth_asking(evaluation: PacEvaluation, own: frozenset[str], looked_up: Collection[str]) -> list[str]:
    """The names that the script asked for and nobody has looked up: all of the device's hosts, a few of others."""
    missing = [name for name in _names(evaluation.answers) if name not in looked_up]
    others = MOST_OTHER_NAMES - sum(name not in own for name in looked_up)
    return [name for name in missing if name in own] + [name for name in missing if name not in own][: max(0, others)]


async def _look_up(names: Sequence[str]) -> dict[str, tuple[str, ...] | None]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def ask(name: str) -> tuple[str, ...] | None:
        async with places:
            return await ipv4_addresses(name)

    return dict(zip(names, await asyncio.gather(*map(ask, names)), strict=True))


def _unless_open(answer: PacAnswer, known: Mapping[str, tuple[str, ...]]) -> PacAnswer:
    """The answer, unless it rests on a name whose addresses nobody knows."""
    names = [name for name in _names((answer,)) if name not in known]
    if answer.error is not None or not (names or len(answer.consulted) >= _NOTED):
        return answer
    named = f"{names[0]} was" if len(names) == 1 else f"{len(names) or 'some'} names were"
    return structs.replace(answer, error=f"it rests on DNS, and {named} not looked up", unknown=True)


def _in_words(addresses: tuple[str, ...] | None) -> str:
    return "no answer" if addresses is None else " ".join(addresses) or "unknown"


def _unanswered(questions: Sequence[PacQuestion], reason: str) -> tuple[PacAnswer, ...]:
    return tuple(PacAnswer(it.host, it.port, it.url, (), "", reason, (), True) for it in questions)


def _names(answers: Sequence[PacAnswer]) -> list[str]:
    """The names that the script asked for."""
    asked = (name for answer in answers for name in answer.consulted if name.startswith("dns:"))
    return list(dict.fromkeys(text.removeprefix("dns:") for text in asked))


def _record_problem(trace: Trace, problem: PacProblem) -> None:
    where = f" (line {problem.line})" if problem.line else ""
    recorder = trace.begin(ID, "pac_problem", None, variant=problem.kind)
    recorder.finish("closed", Failure("malformed", "pac_problem", problem.reason + where))


def _record_answer(trace: Trace, endpoint: Endpoint, answer: PacAnswer) -> None:
    recorder = trace.begin(ID, "pac_route", endpoint.id)
    recorder.sent(answer.url.encode("utf-8"))
    recorder.received(answer.raw.encode("utf-8"))
    name: FailureName = "cancelled" if answer.unknown else "malformed"
    failure = None if answer.error is None else Failure(name, "pac_route", answer.error)
    recorder.finish("closed", failure, note=", ".join(answer.consulted) or None)
