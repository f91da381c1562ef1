"""Names a blocker while the run goes on: a person in front of a bad proxy need not wait for the end to know.

The evidence is judged as it is in a run that was interrupted. A blocker is told when two looks in a row find it, some
seconds apart: what the next answers may still explain otherwise is gone by then.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from proxycheck.checks.session import Session
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.runner.plan import Plan

if TYPE_CHECKING:
    from proxycheck.diagnosis.trust import Trust

EVERY_S = 2.5
_PAUSES = 20
"""How many times as long as a look took nothing is looked at: the answers of hosts are read then."""
MOST_RECORDS = 3000
"""More are not looked at: that would take the time in which answers are read."""


async def name_blocker(
    session: Session, plan: Plan, knowledge: Callable[[], Knowledge], trust: "Callable[[], Trust]"
) -> None:
    """Tells the observer the title of the first blocker that is certain, and ends; else looks again until cancelled."""
    before: Mapping[str, str] = {}
    loop, took_s = asyncio.get_running_loop(), 0.0
    while len(session.trace.evidence) <= MOST_RECORDS:
        await asyncio.sleep(max(EVERY_S, took_s * _PAUSES))
        began = loop.time()
        found = _blockers(session, plan, knowledge(), trust())
        took_s = loop.time() - began
        certain = next((title for code, title in found.items() if code in before), None)
        if certain is not None:
            session.observer.certain(certain)
            return
        before = found


def _blockers(session: Session, plan: Plan, knowledge: Knowledge, trust: "Trust") -> Mapping[str, str]:
    """The title of each blocker that is more than likely so far, by its code."""
    from proxycheck.diagnosis.judgement import diagnose  # noqa: PLC0415  loads while the first answer is under way
    from proxycheck.diagnosis.observation import open_case  # noqa: PLC0415

    evidence = (*plan.prior, *session.trace.evidence)
    if not any(record.failure is not None for record in evidence):
        return {}
    case = open_case(plan.device, plan.endpoints, plan.proxy, evidence, knowledge)
    judged = diagnose(case, trust, interrupted=True, command=plan.command)
    return {c.code: c.title for c in judged.causes if c.severity == "blocker" and c.confidence != "weak"}
