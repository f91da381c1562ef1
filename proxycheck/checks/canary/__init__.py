"""Does what is sent through the proxy arrive as it was sent? Asked of a canary, an origin that knows both sides."""

from proxycheck.checks.session import Session


async def run(session: Session) -> None:
    """All probes, where a canary was named."""
    if session.halted or session.canary is None:
        return
    from proxycheck.checks.canary.sequence import ask  # noqa: PLC0415  cryptography is loaded where it is needed

    await ask(session, session.canary)
