"""Does the device's own TLS greeting pass, and do others pass: a newer one, a large one, one cut in two?

Middleboxes judge a client by its first message. For a few hosts the device's ClientHello goes through a tunnel of its
own, and beside it a current one, one of more than 1.5 kB, and the device's again in two TCP segments. A greeting that is
dropped where another passes is sent once more, so that a connection lost by chance accuses nobody.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine

from proxycheck.catalogue.client_hellos import load_client_hello
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.target import Target
from proxycheck.net.hello import Pause, greet
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.clienthello import client_hello
from proxycheck.wire.host_names import domain_of

ID = "hellos"
QUESTION = "Does the device's own TLS greeting pass, and do others: newer, larger, cut in two?"
VARIANT = "hello:"
"""A variant is this and the profile's name; `SPLIT` follows for the one in two segments."""
SPLIT = "/split"
MODERN, LARGE = "modern", "large"
MOST_HOSTS = 4
ANSWER_S = 5.0
"""How long a host has for its flight; ordinary handshakes take a fraction of a second where these are sent."""

_Asked = Coroutine[None, None, Evidence | None]


def one_of_each_domain(endpoints: list[Endpoint]) -> list[Endpoint]:
    """The first endpoint of each domain, in order."""
    return list({domain_of(endpoint.host): endpoint for endpoint in reversed(endpoints)}.values())[::-1]


def representatives(session: Session) -> list[Endpoint]:
    """A required TLS host of each domain, at most `MOST_HOSTS`; of any tier where none is required."""
    tls = sorted((e for e in session.endpoints if e.speaks == "tls"), key=lambda e: (e.any_of is not None, e.port != 443))
    required = [endpoint for endpoint in tls if endpoint.tier == "required"]
    return one_of_each_domain(required or tls)[:MOST_HOSTS]


async def run(session: Session) -> None:
    """All greetings to the representatives; what only some software of the device says, to the first of them."""
    if session.halted:
        return
    also = session.device.client_hello.also
    hosts = representatives(session)
    await asyncio.gather(*(probe(session, e, () if number else also) for number, e in enumerate(hosts)))


async def probe(session: Session, endpoint: Endpoint, also: tuple[str, ...] = ()) -> None:
    """All greetings to one host, the device's first: where no tunnel opens, there is nothing to compare."""
    own = await _say(session, endpoint, session.device.client_hello.profile)
    if own is None:
        return
    asked: list[Callable[[], _Asked]] = [
        *(lambda name=name: _say(session, endpoint, name) for name in (MODERN, *also)),  # type: ignore[misc]
        lambda: _say_large_and_split(session, endpoint),
    ]
    raise NotImplementedError
