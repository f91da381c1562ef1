"""Does this computer trust what the device cannot? Asked of chains that lead to no public root; nothing is sent."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.questions import CheckId
from proxycheck.model.trust import certificates_in
from proxycheck.net.computer.own_roots import own_roots
from proxycheck.wire.certificates.facts import to_pem
from proxycheck.wire.certificates.verification import RootStore, verify


async def ask(session: Session, check: CheckId, endpoints: Iterable[Endpoint]) -> None:
    """Records for each endpoint whose chain ends at a root of this computer that root, as PEM, in a note."""
    chains = [(endpoint, _chain(session, endpoint)) for endpoint in endpoints]
    anchors = await asyncio.to_thread(_anchors, [chain for _, chain in chains])
    for (endpoint, _), anchor in zip(chains, anchors, strict=True):
        if anchor is not None:
            session.trace.begin(check, "control_roots", endpoint.id).finish("closed", note=to_pem(anchor))


def _chain(session: Session, endpoint: Endpoint) -> tuple[bytes, ...]:
    found = session.latest("tls", endpoint.id)
    return () if found is None or found.tls is None else certificates_in("".join(found.tls.chain).encode("ascii"))


def _anchors(chains: list[tuple[bytes, ...]]) -> list[bytes | None]:
    roots, now = RootStore(own_roots()), datetime.now(UTC)
    found = (verify(chain, roots, now) for chain in chains)
    return [verification.path[-1] if verification.anchored else None for verification in found]
