"""Where would a PAC file send the device's hosts? PCs follow it; the device cannot, and takes one proxy for everything.

The script is asked about every endpoint. Names that it resolves are looked up once with this system's DNS servers,
unless the answers are given, and the script is asked again with them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from proxycheck.model.device import Endpoint
from proxycheck.model.failure import Failure
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
MOST_ROUNDS = 2
"""Times that a script is asked again with the names that it resolved."""
MOST_NAMES = 64


@dataclass(frozen=True, kw_only=True)
class PacView:
    """What a script may learn of the world: the moment, this computer's addresses, and names.

    `addresses` are given names; `lookup` permits asking DNS for others."""

    now: datetime
    own_addresses: tuple[str, ...] = ()
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lookup: bool = False


async def examine(
    trace: Trace, data: bytes, charset: str | None, endpoints: Sequence[Endpoint], view: PacView
) -> tuple[PacAnswer, ...]:
    """The script's answer for each endpoint, recorded as `pac_route`; its own problem as `pac_problem`."""
    script = read_pac(data, charset)
    if isinstance(script, PacProblem):
        _record_problem(trace, script)
        return ()
    evaluation, known = await _evaluate(script, endpoints, view)
    if known:
        told = "; ".join(f"{name}={' '.join(found) or 'unknown'}" for name, found in sorted(known.items()))
        trace.begin(ID, "pac_names", None).finish("closed", note=told)
    if evaluation.problem is not None:
        _record_problem(trace, evaluation.problem)
    for endpoint, answer in zip(endpoints, evaluation.answers, strict=True):
        _record_answer(trace, endpoint, answer)
    return evaluation.answers


async def _evaluate(
    script: PacScript, endpoints: Sequence[Endpoint], view: PacView
) -> tuple[PacEvaluation, dict[str, tuple[str, ...]]]:
    questions = [question(e.scheme, e.host, e.port, e.path) for e in endpoints]
    known = dict(view.addresses)
    looked_up: dict[str, tuple[str, ...]] = {}
    for attempt in range(MOST_ROUNDS + 1):
        environment = PacEnvironment(now=view.now, addresses=known, own_addresses=view.own_addresses)
        try:
            evaluation = await evaluate_pac(script, questions, environment)
        except OSError as error:
            reason = f"no process could be started for the JavaScript engine: {error}"
            evaluation = PacEvaluation(_unanswered(questions, reason), PacProblem("no-engine", reason))
        missing = _names(evaluation, known)[: MOST_NAMES - len(looked_up)]
        if not missing or not view.lookup or evaluation.problem is not None or attempt == MOST_ROUNDS:
            break
        found = await asyncio.gather(*(ipv4_addresses(name) for name in missing))
        looked_up |= dict(zip(missing, found, strict=True))
        known |= looked_up
    return evaluation, looked_up


def _unanswered(questions: Sequence[PacQuestion], reason: str) -> tuple[PacAnswer, ...]:
    return tuple(PacAnswer(it.host, it.port, it.url, (), "", reason) for it in questions)


def _names(evaluation: PacEvaluation, known: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The names that the script asked for and did not get."""
    asked = (name for answer in evaluation.answers for name in answer.consulted if name.startswith("dns:"))
    return [name for name in dict.fromkeys(text.removeprefix("dns:") for text in asked) if name not in known]


def _record_problem(trace: Trace, problem: PacProblem) -> None:
    where = f" (line {problem.line})" if problem.line else ""
    recorder = trace.begin(ID, "pac_problem", None, variant=problem.kind)
    recorder.finish("closed", Failure("malformed", "pac_problem", problem.reason + where))


def _record_answer(trace: Trace, endpoint: Endpoint, answer: PacAnswer) -> None:
    recorder = trace.begin(ID, "pac_route", endpoint.id)
    recorder.sent(answer.url.encode("utf-8"))
    recorder.received(answer.raw.encode("utf-8"))
    failure = None if answer.error is None else Failure("malformed", "pac_route", answer.error)
    recorder.finish("closed", failure, note=", ".join(answer.consulted) or None)
