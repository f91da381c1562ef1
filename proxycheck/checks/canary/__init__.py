"""Does what is sent through the proxy arrive as it was sent? Asked of a canary, an origin that knows both sides."""

import asyncio

from proxycheck.checks.session import Session


async def begin(session: Session) -> None:
    """What only waits, while hosts are measured."""
    if session.halted or session.canary is None:
        return
    from proxycheck.checks.canary.sequence import listen  # noqa: PLC0415  cryptography is loaded where it is needed

    session.listening = asyncio.ensure_future(listen(session, session.canary))
    await session.listening


async def run(session: Session) -> None:
    """All probes, where a canary was named."""
    if session.halted or session.canary is None:
        return
    from proxycheck.checks.canary.sequence import ask  # noqa: PLC0415  cryptography is loaded where it is needed

    await ask(session, session.canary)
