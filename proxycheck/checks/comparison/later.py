"""What was refused for now, is it accepted later?

A proxy that is just starting refuses everything for a few seconds (503, 429), and a run may end before it is ready.
Where nothing opened, a host or two are asked for once more when it has had that time; where one opens, all that were
refused so are measured a second time. Requests outside of tunnels that were refused so are made again: one first, and
the others only where that one fares otherwise.
"""

import asyncio

from proxycheck.checks.comparison import repeats
from proxycheck.checks.plain_http import forward
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint, one_of_each
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import again
from proxycheck.model.target import Target
from proxycheck.wire.domains import owner_of
from proxycheck.wire.http.reply import reply_in

LATER_S = 5.0
"""How long after the first refusal what is just starting has to be ready."""
MOST_LATER_S = 8.0
"""How long it is waited for at most, where its answer says how long that takes."""
MOST = 2
"""Hosts that are asked for once more, of one owner each: one alone may have a failure of its own."""


async def ask_again(session: Session) -> None:
    """Asks again what failed, where something works; else what was refused for now."""
    if session.halted or session.direct:
        return
    if session.works:
        await repeats.ask_again(session)
    else:
        await _tunnels(session)
    await _plain(session)


async def _tunnels(session: Session) -> None:
    refused = [(e, said) for e in session.endpoints if e.id in session.measured and (said := _tunnel(session, e))]
    if not refused:
        return
    await _until_later(session, [said for _, said in refused])
    waiting = [endpoint for endpoint, _ in refused]
    asked = one_of_each(waiting, lambda endpoint: owner_of(endpoint.host))[:MOST]
    if any(await asyncio.gather(*(repeats.opens(session, endpoint, again(endpoint.host)) for endpoint in asked))):
        ways = {way for endpoint in waiting if (way := repeats.way(session, endpoint)) is not None}
        await repeats.measure_again(session, waiting, ways)


def _tunnel(session: Session, endpoint: Endpoint) -> Evidence | None:
    """The answer that refused a tunnel for now, if one did."""
    last = session.last_connect(endpoint.id)
    if last is None or last.failure is None or last.failure.name != "refused-by-peer":
        return None
    return last if reply_in(last).for_now else None


async def _plain(session: Session) -> None:
    if session.device.proxy.plain_http != "forward":
        return
    refused = [(e, said) for e in session.endpoints if (said := _request(session, e)) is not None]
    if not refused:
        return
    since_s = min(said.started_s for _, said in refused)
    if any(_accepted(evidence) and evidence.started_s > since_s for evidence in session.trace.evidence):
        await asyncio.sleep(repeats.SETTLED_S)
    else:
        await _until_later(session, [said for _, said in refused])
    (first, _), *others = refused
    await _forward(session, first)
    if _request(session, first) is None:
        await asyncio.gather(*(_forward(session, endpoint) for endpoint, _ in others))


async def _forward(session: Session, endpoint: Endpoint) -> None:
    await forward(session, Target(endpoint.host, endpoint.port), endpoint.path)


def _request(session: Session, endpoint: Endpoint) -> Evidence | None:
    """The answer that refused an ordinary request for now, if one did."""
    last = session.latest("http_forward", endpoint.id) if endpoint.speaks == "http" else None
    return last if last is not None and last.failure is None and reply_in(last).for_now else None


def _accepted(evidence: Evidence) -> bool:
    if evidence.failure is not None:
        return False
    tunnel = evidence.operation in ("connect", "auth")
    return tunnel or (evidence.operation == "http_forward" and not reply_in(evidence).for_now)


async def _until_later(session: Session, refused: list[Evidence]) -> None:
    """Waits until so long after the first refusal, or until the moment that the answers themselves name."""
    named = [int(value) for said in refused if (value := reply_in(said).value("Retry-After") or "").strip().isdigit()]
    wait_s = min(MOST_LATER_S, max((LATER_S, *named)))
    await asyncio.sleep(max(0.0, min(said.started_s for said in refused) + wait_s - session.trace.now()))
