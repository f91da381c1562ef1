"""What the tests of `net` share: a route to a scripted proxy, and the pieces that its scripts are made of."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from proxycheck.model.device import ConnectDialect
from proxycheck.model.evidence import Evidence
from proxycheck.model.target import Credentials, ProxyAddress, Target
from proxycheck.net.authentication.gate import CredentialGate
from proxycheck.net.patience import Patience
from proxycheck.net.trace import Trace
from proxycheck.net.tunnel import ProxyRoute
from proxycheck.wire.auth.basic import Basic
from proxycheck.wire.secrets.redaction import Redactor
from tests.support.answers import OPEN, answer
from tests.support.scripted import HEAD, Play, Script, ScriptedNetwork, Step

DIALECT = ConnectDialect(host_port_443=True, headers=(), confidence="assumption", source="made for these tests")
LOGIN = Credentials("clerk", "open sesame")
BASIC = b"Basic Y2xlcms6b3BlbiBzZXNhbWU="
TARGET = Target("www.example.com", 443)
CHECK: Final = "endpoints"

ASKS = answer(407, "refused", Proxy_Authenticate='Basic realm="proxy"')
ASKS_AND_CLOSES = answer(407, "refused", Proxy_Authenticate='Basic realm="proxy"', Connection="close")


@dataclass
class Bench:
    """A scripted proxy, and everything that was recorded of the talk with it."""

    network: ScriptedNetwork
    trace: Trace
    route: ProxyRoute

    @property
    def evidence(self) -> list[Evidence]:
        return self.trace.evidence

    @property
    def story(self) -> list[str]:
        """The operations in the order in which they ended, with the failure of each."""
        return [f"{e.operation} {e.failure.name if e.failure else 'ok'} {e.ended}" for e in self.evidence]

    @property
    def logins(self) -> int:
        """How often the password travelled."""
        return self.network.sent.count(BASIC)


def bench(
    *plays: Play,
    login: Credentials | None = None,
    timeout_s: float = 10.0,
    unasked: bool = False,
    content_grace_s: float | None = None,
) -> Bench:
    """A bench whose connections meet `plays` in order. Needs a running loop, whose clock it takes."""
    found = on(ScriptedNetwork(plays), login=login, timeout_s=timeout_s, unasked=unasked)
    found.route.content_grace_s = content_grace_s
    return found


def on(
    network: ScriptedNetwork, *, login: Credentials | None = None, timeout_s: float = 10.0, unasked: bool = False
) -> Bench:
    trace = Trace(asyncio.get_running_loop().time, Redactor(login))
    answer = None if login is None else Basic(login).answer(None, TARGET)
    route = ProxyRoute(
        proxy=ProxyAddress("http", "proxy.example", 3128),
        dialect=DIALECT,
        gate=CredentialGate(answer),
        trace=trace,
        patience=Patience(timeout_s),
        dialler=network,
        unasked=unasked,
    )
    return Bench(network, trace, route)


@dataclass
class Gatekeeper:
    """A proxy that wants a login: plays one connection after the other and counts what it is sent.

    `after` is what follows a 407 on the wire; `wrong` and `right` answer a request with credentials."""

    accepts: bytes | None = BASIC
    asks: bytes = ASKS
    after: tuple[Step, ...] = ()
    wrong: bytes = ASKS
    right: bytes = OPEN
    requests: list[bytes] = field(default_factory=list)

    def play(self, host: str, port: int, number: int) -> Play:
        assert (host, port) == ("proxy.example", 3128), number
        return self._connection

    def _connection(self) -> Script:
        while True:
            request = yield HEAD
            self.requests.append(request)
            if b"Proxy-Authorization" not in request:
                yield self.asks
                yield from self._rest()
            elif self.accepts is not None and self.accepts in request:
                yield self.right
            else:
                yield self.wrong

    def _rest(self) -> Script:
        for step in self.after:  # noqa: UP028  a tuple's iterator takes nothing
            yield step

    @property
    def logins(self) -> int:
        return sum(b"Proxy-Authorization" in request for request in self.requests)
