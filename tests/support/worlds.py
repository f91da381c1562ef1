"""Whole runs against a scripted internet: a proxy, the hosts behind it, and a clock that jumps. No socket is opened."""

import asyncio
import ssl
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from msgspec import structs

from proxycheck.model.device import Device, Endpoint
from proxycheck.model.report import Report
from proxycheck.model.target import Credentials, ProxyAddress, Target
from proxycheck.net.stream import Dialler
from proxycheck.runner import Interruption, Observer, Plan, run
from proxycheck.wire.domains import domain_of
from tests.support import known
from tests.support.answers import OPEN, answer
from tests.support.chains import Issued, authority, leaf
from tests.support.observer import Nobody
from tests.support.scripted import HEAD, Expect, Pause, Play, Script, ScriptedNetwork, Step
from tests.support.simulated_time import SimulatedTime
from tests.support.tls_scripts import Respond, serving
from tests.support.tls_servers import server

PROXY = ProxyAddress("http", "192.0.2.1", 3128)

NO_SUCH_NAME = answer(503, "<h1>no such name</h1>", "Server: gate", "X-Error: dns")
NOTHING_THERE = answer(503, "<h1>refused by the far end</h1>", "Server: gate", "X-Error: 111")
ASKS = answer(407, "", 'Proxy-Authenticate: Basic realm="gate"', Server="gate")


def device() -> Device:
    """The device of these runs."""
    return known.device("sendpro-c")


FEW = (
    "distservp1.pb.com:80",
    "distservp1.pb.com:443",
    "pb-ota.redbend.com:443",
    "connectivitycheck.gstatic.com:80",
    "api.pitneybowes.com:443",
    "api.precisely.com:443",
    "microsoft.com:443",
    "mobile-gtalk.l.google.com:5228",
)
"""Enough of the catalogue to compare hosts and ports."""


def endpoints(*names: str) -> tuple[Endpoint, ...]:
    """The endpoints of the device with these names, in their order; all without a name."""
    known = {endpoint.id: endpoint for endpoint in device().endpoints}
    return tuple(known[name] for name in names) if names else device().endpoints


@cache
def _origin() -> tuple[ssl.SSLContext, Issued]:
    """One certificate for every host of the catalogue, and its root."""
    now = datetime.now(UTC)
    start, end = now - timedelta(days=30), now + timedelta(days=30)
    root = authority("Example Root", start=start, end=end)
    hosts = sorted({endpoint.host for endpoint in device().endpoints})
    shown = leaf(root, *hosts, start=start, end=end)
    return server(shown, root, newest=ssl.TLSVersion.TLSv1_3, alpn=("http/1.1",)), root


def page(_: bytes) -> bytes:
    """What every host answers inside TLS."""
    return answer(200, "<h1>hello</h1>", "Server: origin")


def plain_page(host: str) -> bytes:
    """What every host answers in plain HTTP."""
    if "gstatic" in host or "google" in host:
        return b"HTTP/1.1 204 No Content\r\n\r\n"
    return answer(200, f"<h1>{host}</h1>", f"Server: origin of {domain_of(host).partition('.')[0]}")


def host_behind(target: Target) -> Script:
    """The host itself, on any port of the catalogue."""
    return _spoken(target, page)


def _spoken(target: Target, respond: Respond) -> Script:
    if target.port == 80:
        return _plain(target.host)
    return _viewer() if target.port == 5938 else serving(_origin()[0], respond)


def _plain(host: str) -> Script:
    yield HEAD
    yield plain_page(host)


def _viewer() -> Script:
    yield Expect()
    yield VIEWER_MESSAGE


VIEWER_MESSAGE = bytes.fromhex("172411041d000000") + bytes(29)
"""What a TeamViewer server answers: a message of its own, not the one that was sent."""

Answered = bytes | Sequence[Step]
"""Bytes after which the conversation goes on, or steps that end it."""


def opens(target: Target) -> Answered:
    """A proxy that lets everything through that exists."""
    if target.host.endswith(".invalid"):
        return NO_SUCH_NAME
    return NOTHING_THERE if target.host == PROXY.host else OPEN


@dataclass
class World:
    """`answers` is what the proxy says to CONNECT, `forwards` to a plain request for a host, `inside` is who is at the
    far end of an open tunnel; `delay_s` is how long CONNECT waits for its answer. With `login` (a
    `Proxy-Authorization` value) nothing happens without it, and `refuses` is what a wrong one gets."""

    answers: Callable[[Target], Answered] = opens
    forwards: Callable[[str], Answered] = lambda host: NO_SUCH_NAME if host.endswith(".invalid") else plain_page(host)
    inside: Callable[[Target], Script] = host_behind
    delay_s: Callable[[Target], float] = lambda _: 0.0
    login: bytes | None = None
    asks: bytes = ASKS
    refuses: bytes = ASKS
    requests: list[bytes] = field(default_factory=list)

    def play(self, host: str, port: int, number: int) -> Play:
        """One connection to the proxy."""
        assert (host, port) == (PROXY.host, PROXY.port), number
        return self._connection

    def _connection(self) -> Script:
        while True:
            head = yield HEAD
            self.requests.append(head)
            method, _, rest = head.decode("latin-1").partition(" ")
            target = _target(rest.split(" ")[0]) if method == "CONNECT" else None
            if target is not None and (delay_s := self.delay_s(target)):
                yield Pause(delay_s)
            asked = self._refusal(head)
            said = asked or (self.forwards(_host(rest)) if target is None else self.answers(target))
            if not isinstance(said, bytes):
                yield from told(said)
                return
            yield said
            if target is not None and said[9:10] == b"2":
                yield from self.inside(target)
                return

    def _refusal(self, head: bytes) -> Answered | None:
        if self.login is None or self.login in head:
            return None
        return self.refuses if b"Proxy-Authorization" in head else self.asks

    @property
    def logins(self) -> int:
        """How many requests carried credentials."""
        return sum(b"Proxy-Authorization" in request for request in self.requests)


def told(steps: Sequence[Step]) -> Script:
    """Steps as a script."""
    for step in steps:  # noqa: UP028  a tuple's iterator takes nothing
        yield step


def _target(authority_form: str) -> Target:
    host, _, port = authority_form.rpartition(":")
    return Target(host.strip("[]"), int(port))


def _host(absolute: str) -> str:
    return absolute.removeprefix("http://").partition("/")[0].partition(":")[0]


@dataclass
class Stopwatch:
    """Runs as `asyncio.run` does, by the clock that jumps, and tells how long that took by it."""

    seconds: float = 0.0
    _now: Callable[[], float] = lambda: 0.0

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=SimulatedTime) as runner:
            self._now = runner.get_loop().time
            runner.run(work)
            self.seconds = self._now()

    def now(self) -> float:
        """What this clock shows."""
        return self._now()


def report_on(
    world: World | Dialler,
    needs: Sequence[Endpoint] = (),
    *,
    credentials: Credentials | None = None,
    observer: Observer | None = None,
    concurrency: int = 32,
    grows: bool = False,
    timeout_s: float = 10.0,
    patient: bool = False,
    watch: Stopwatch | None = None,
    proxy: ProxyAddress = PROXY,
    controls: bool = False,
    faultless: bool = True,
    interruption: Interruption | None = None,
) -> Report:
    """A run of the real checks through the real runner, without a fault of ours in it. `controls` are those beside the
    proxy: they would leave the script, unless a test has put something in their place."""
    watch = watch or Stopwatch()
    with tempfile.TemporaryDirectory() as folder, mock.patch("asyncio.run", watch.run):
        roots = Path(folder) / "roots.pem"
        roots.write_bytes(_origin()[1].pem)
        plan = Plan(
            device=device(),
            endpoints=tuple(needs) or endpoints(*FEW),
            proxy=structs.replace(proxy, username=credentials.username if credentials else None),
            credentials=credentials,
            roots=roots,
            timeout_s=timeout_s,
            concurrency=concurrency,
            grows=grows,
            controls=controls,
            clock=watch.now,
            patient=patient,
            dialler=ScriptedNetwork(world.play) if isinstance(world, World) else world,
        )
        found = run(plan, known.knowledge(), observer or Nobody(), interruption)
    assert not (faultless and found.tool.fault), found.tool.fault
    return found


def causes(report: Report) -> dict[str, frozenset[str]]:
    """The endpoints of each cause that is not mere information, by code."""
    return {cause.code: frozenset(cause.endpoints) for cause in report.causes if cause.severity != "info"}
