"""Proxies that lie in ways that nobody has named yet. Whatever else is said of one, it is never called good."""

import ssl
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509

from proxycheck.model.report import Report
from proxycheck.model.target import Target
from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.support import worlds
from tests.support.answers import OPEN, answer
from tests.support.chains import Issued, authority, leaf
from tests.support.known import knowledge
from tests.support.scripted import CLOSE, HEAD, RESET, STALL, Expect, Pause, Script
from tests.support.tls_scripts import serving
from tests.support.tls_servers import server
from tests.support.worlds import Answered, World, device, endpoints, host_behind, opens, page, report_on, told

Inside = Callable[[Target], Script]
SPEAKS_TLS = (443, 5228)
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"


def _span() -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    return now - timedelta(days=30), now + timedelta(days=30)


def _hosts() -> list[str]:
    return sorted({endpoint.host for endpoint in device().endpoints})


def _public() -> Issued:
    """The authority that everybody believes in these worlds."""
    return worlds._origin()[1]


@cache
def _company() -> ssl.SSLContext:
    """Somebody else's authority, for every host."""
    start, end = _span()
    root = authority("Gate CA", start=start, end=end)
    return _server(leaf(root, *_hosts(), start=start, end=end), root)


def _server(*chain: Issued) -> ssl.SSLContext:
    return server(*chain, newest=ssl.TLSVersion.TLSv1_3, alpn=("http/1.1",))


@cache
def _another() -> ssl.SSLContext:
    """A genuine host of another name."""
    start, end = _span()
    return _server(leaf(_public(), "www.another.example", start=start, end=end), _public())


@cache
def _below_a_host() -> ssl.SSLContext:
    """Signed with the key of a genuine host's certificate, which is no authority's."""
    start, end = _span()
    host = leaf(_public(), "www.another.example", start=start, end=end)
    return _server(leaf(host, *_hosts(), start=start, end=end), host, _public())


@cache
def _outside_its_names() -> ssl.SSLContext:
    """Signed by a public authority that may sign for one domain alone."""
    start, end = _span()
    permitted = x509.NameConstraints([x509.DNSName("another.example")], None)

    def amend(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        return builder.add_extension(permitted, critical=True)

    limited = authority("Another Example CA", _public(), start=start, end=end, amend=amend)
    return _server(leaf(limited, *_hosts(), start=start, end=end), limited, _public())


@cache
def _named_like_the_public_one() -> ssl.SSLContext:
    start, end = _span()
    root = authority("Example Root", start=start, end=end)
    return _server(leaf(root, *_hosts(), start=start, end=end), _public())


@cache
def _long_expired() -> ssl.SSLContext:
    now = datetime.now(UTC)
    return _server(leaf(_public(), *_hosts(), start=now - timedelta(days=29), end=now - timedelta(days=9)), _public())


def speaking(context: Callable[[], ssl.SSLContext], where: Callable[[Target], bool] = lambda _: True) -> World:
    """In these tunnels somebody else speaks TLS."""
    return World(inside=lambda t: serving(context(), page) if t.port in SPEAKS_TLS and where(t) else host_behind(t))


def _genuine_at_first(times: int) -> World:
    """The first tunnels lead to the hosts; later ones to somebody else."""
    opened = iter(range(10**6))
    return speaking(_company, lambda _: next(opened) >= times)


def _by_turns() -> World:
    """Every second tunnel to a host leads to somebody else."""
    asked: Counter[Target] = Counter()

    def odd(target: Target) -> bool:
        asked[target] += 1
        return asked[target] % 2 == 0

    return speaking(_company, odd)


def _replayed() -> World:
    """The flight that a genuine host sent to somebody before, to everybody: nobody here has its key."""
    kept: dict[str, bytes] = {}

    def inside(target: Target) -> Script:
        if target.port not in SPEAKS_TLS:
            yield from host_behind(target)
            return
        said = yield Expect()
        yield kept.setdefault("flight", _first_flight(said))
        yield Expect()
        yield STALL

    return World(inside=inside)


def _first_flight(said: bytes) -> bytes:
    """All that a genuine host sends before it has to hear more than the ClientHello `said`."""
    script = serving(worlds._origin()[0], page)
    next(script)
    steps, step = [], script.send(said)
    while isinstance(step, bytes):
        steps.append(step)
        step = next(script)
    return b"".join(steps)


def _echo(_: Target) -> Script:
    while True:
        said = yield Expect()
        yield said


def _cut_inside(target: Target) -> Script:
    """The handshake is the host's own; what it says afterwards is lost."""
    if target.port not in SPEAKS_TLS:
        yield from host_behind(target)
        return
    script = serving(worlds._origin()[0], lambda _: b"")
    yield from script


def _dripping(target: Target) -> Script:
    """The host's own bytes, one every two seconds."""
    if target.port not in SPEAKS_TLS:
        yield from host_behind(target)
        return
    script = serving(worlds._origin()[0], page, 1)
    step = next(script, None)
    while step is not None:
        if isinstance(step, bytes):
            yield Pause(2.0)
        heard = yield step
        step = script.send(heard) if isinstance(step, Expect) else next(script, None)


def _after(number: int, said: Answered) -> World:
    """The first so many tunnels open; later ones are refused."""
    granted = iter(range(10**6))
    return World(answers=lambda t: said if opens(t) == OPEN and next(granted) >= number else opens(t))


def _one_store(target: Target) -> Script:
    """Plain HTTP is answered out of one store, the same for all; everything else passes."""
    if target.port != 80:
        return host_behind(target)
    stored = answer(200, "<html>stored copy of the start page</html>", "Age: 4711", "Server: store")
    return told((HEAD, b"HTTP/1.1 204 No Content\r\n\r\n" if "gstatic" in target.host else stored))


def _said_twice(target: Target) -> Answered:
    """The proxy that stands behind another passes its answer on."""
    return OPEN + OPEN if opens(target) == OPEN else opens(target)


def _swapped_ports(target: Target) -> Script:
    """Whatever port is asked for, the tunnel leads to 443."""
    return host_behind(Target(target.host, 443))


def _half_a_handshake(target: Target) -> Script:
    if target.port not in SPEAKS_TLS:
        yield from host_behind(target)
        return
    said = yield Expect()
    yield _first_flight(said)[:700]
    yield RESET


def _plain(said: bytes) -> World:
    """Plain HTTP gets one answer, but for the test of the connection; everything else passes."""

    def inside(target: Target) -> Script:
        if target.port != 80 or "gstatic" in target.host:
            return host_behind(target)
        return told((HEAD, said))

    return World(inside=inside)


LIES: dict[str, Callable[[], World]] = {
    "genuine-only-once": lambda: _genuine_at_first(1),
    "genuine-for-the-first-twenty": lambda: _genuine_at_first(20),
    "genuine-by-turns": _by_turns,
    "to-another-genuine-host": lambda: speaking(_another),
    "another-host-for-half": lambda: speaking(_another, lambda t: len(t.host) % 2 == 0),
    "signed-by-a-host": lambda: speaking(_below_a_host),
    "outside-its-names": lambda: speaking(_outside_its_names),
    "named-like-the-public-one": lambda: speaking(_named_like_the_public_one),
    "long-expired": lambda: speaking(_long_expired),
    "inspects-port-5228-alone": lambda: speaking(_company, lambda t: t.port == 5228),
    "a-recorded-flight": _replayed,
    "echo": lambda: World(inside=_echo),
    "http-2-preface": lambda: World(inside=lambda _: told((Expect(), HTTP2, Expect(), CLOSE))),
    "said-twice": lambda: World(answers=_said_twice),
    "cut-inside": lambda: World(inside=_cut_inside),
    "dripping": lambda: World(inside=_dripping),
    "blocks-after-twenty": lambda: _after(20, answer(403, "<h1>enough</h1>")),
    "silent-after-twenty": lambda: _after(20, (STALL,)),
    "wants-a-login-after-twenty": lambda: _after(20, worlds.ASKS),
    "nothing-for-all": lambda: _plain(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "a-login-of-its-own": lambda: _plain(answer(302, "", "Location: /portal/login", "Server: gate")),
    "401-for-all": lambda: _plain(answer(401, "", 'WWW-Authenticate: Basic realm="gate"')),
    "one-store-for-plain-http": lambda: World(inside=_one_store),
    "everything-to-443": lambda: World(inside=_swapped_ports),
    "half-a-handshake": lambda: World(inside=_half_a_handshake),
}
_ALONE = [e for e in endpoints() if e.speaks != "teamviewer" and e.any_of is None]
NEEDS = (*_ALONE[:40], *(e for e in endpoints() if e.port == 5228))


def _judged(world: World) -> Report:
    return report_on(world, NEEDS)


@pytest.mark.slow
@pytest.mark.parametrize("name", LIES)
def test_a_proxy_that_lies_is_never_compatible(name: str) -> None:
    report = _judged(LIES[name]())
    assert report.verdict != "compatible"
    assert report.verdict != "degraded" or name == "inspects-port-5228-alone", "nothing required is lost there"
    assert any(cause.severity != "info" for cause in report.causes)
    again = judge_again(decode(encode(report)), device(), knowledge())
    assert (again.verdict, again.causes) == (report.verdict, report.causes)


@pytest.mark.slow
def test_the_same_needs_pass_an_honest_proxy() -> None:
    assert any(endpoint.port == 5228 for endpoint in NEEDS)
    assert _judged(World()).verdict == "compatible"
