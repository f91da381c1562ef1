"""Is a tunnel that opened and stayed silent silent again?

A silence has taken its time already, and most are for good: a host that is dropped, a port that leads nowhere.
Where every fourth tunnel stays silent by chance, those look like dead hosts. A few are asked for once more,
beside the other comparisons, and not waited for longer than answers take here. Where one answers, all that were silent
are measured again in the same way.
"""

import asyncio

from proxycheck.checks.comparison.repeats import ATTEMPTS, MOST_AGAIN, TURNS, opens
from proxycheck.checks.endpoint import measure
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint, one_of_each
from proxycheck.model.questions import inside_again
from proxycheck.net.patience import LEAST_S, RUN_S
from proxycheck.wire.domains import owner_of


async def ask_again(session: Session) -> None:
    """Asks a few silent tunnels once more, and goes on where one answers. A run in which nothing works is not asked."""
    if session.halted or session.direct or not session.works:
        return
    silent = [endpoint for endpoint in session.endpoints if _silent(session, endpoint)]
    for turn in range(TURNS):
        asked = _some(silent, turn)
        if any(await asyncio.gather(*(_answers(session, endpoint) for endpoint in asked))):
            await _measure_again(session, silent)
            return


def _silent(session: Session, endpoint: Endpoint) -> bool:
    """Whether nothing came in its open tunnel. TeamViewer's protocol is not public, and its silence says nothing."""
    said = session.latest("tls" if endpoint.speaks == "tls" else "http", endpoint.id)
    asked = endpoint.id in session.measured and endpoint.speaks != "teamviewer"
    return asked and said is not None and said.silent


def _some(silent: list[Endpoint], turn: int) -> list[Endpoint]:
    """One of each owner first: one owner's hosts may all be silent for good. Each turn begins elsewhere."""
    ordered = silent[turn * MOST_AGAIN :] + silent[: turn * MOST_AGAIN]
    firsts = one_of_each(ordered, lambda endpoint: owner_of(endpoint.host))
    return [*firsts, *(endpoint for endpoint in ordered if endpoint not in firsts)][:MOST_AGAIN]


def _within_s(session: Session) -> float:
    return max(LEAST_S, session.way.patience.late_s)


async def _answers(session: Session, endpoint: Endpoint) -> bool:
    variant, within_s = inside_again(endpoint.host), _within_s(session)
    return await opens(session, endpoint, variant, inside=True, within_s=within_s)


async def _measure_again(session: Session, silent: list[Endpoint]) -> None:
    """Measures as every endpoint is measured; what is silent again, some times more: where chance rules, one more
    silence is chance as well."""
    left = silent
    for _ in range(ATTEMPTS):
        session.observer.phase("repeats", len(left))
        await asyncio.gather(*(measure(session, endpoint, within_s=_within_s(session)) for endpoint in left))
        left = [endpoint for endpoint in left if _silent(session, endpoint)]
        if not left or session.trace.now() + _within_s(session) > RUN_S:
            return
