"""Whole runs against proxies that mean no good: they flood, drip, lie and try to steer the reader's terminal."""

import re
import time
from collections.abc import Callable

import pytest

from proxycheck.model.report import Report
from proxycheck.model.target import Target
from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.support.answers import OPEN, answer
from tests.support.known import knowledge
from tests.support.scripted import HEAD, RESET, Expect, Pause, Play, Script, ScriptedNetwork
from tests.support.worlds import Stopwatch, World, causes, device, endpoints, host_behind, opens, report_on, told

BLOCK = b"x" * 65536
KEPT = 65536 + 4096


def endless(first: bytes, block: bytes, *, pause_s: float = 0.0) -> Callable[[], Script]:
    """After a request: `first`, then `block` for ever."""

    def script() -> Script:
        yield Expect()
        yield first
        while True:
            if pause_s:
                yield Pause(pause_s)
            yield block

    return script


FLOODS: dict[str, Callable[[], Script]] = {
    "headers": endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n" * 1000),
    "one-header": endless(b"HTTP/1.1 200 OK\r\nX: ", BLOCK),
    "interim": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
    "ten-gigabytes-refused": endless(b"HTTP/1.1 403 No\r\nContent-Length: 10737418240\r\n\r\n", BLOCK),
    "ten-gigabytes-asked": endless(
        b'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 10737418240\r\n\r\n', BLOCK
    ),
    "ten-gigabytes-opened": endless(OPEN, BLOCK),
    "tls-records": endless(OPEN, b"\x16\x03\x03\x40\x00" + b"\x0b" * 16384),
    "chunks": endless(b"HTTP/1.1 502 No\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"),
    "noise": endless(b"\x00\x01\x02", BLOCK),
    "challenges": endless(b"HTTP/1.1 407 No\r\n", b'Proxy-Authenticate: Basic realm="' + b"a" * 200 + b'"\r\n'),
    "drip-of-a-head": endless(b"HTTP/1.1 200 OK\r\n", b"X", pause_s=0.5),
    "drip-of-a-page": endless(b"HTTP/1.1 403 No\r\n\r\n", b"x", pause_s=0.5),
    "drip-in-the-tunnel": endless(OPEN, b"\x16", pause_s=0.5),
    "drip-of-noise": endless(b"\x00", b"\x00", pause_s=0.5),
}


def _run(play: Callable[[], Script]) -> tuple[Report, Stopwatch]:
    watch = Stopwatch()

    def connection(_host: str, _port: int, _number: int) -> Play:
        return play

    return report_on(ScriptedNetwork(connection), watch=watch), watch


@pytest.mark.parametrize("play", FLOODS.values(), ids=FLOODS)
@pytest.mark.slow
def test_a_flood_or_a_drip_ends_and_is_told(play: Callable[[], Script]) -> None:
    began = time.monotonic()
    report, watch = _run(play)
    assert time.monotonic() - began < 10, "little work"
    assert watch.seconds < 90, "the deadline of every stage holds"
    assert report.verdict == "incompatible"
    assert report.causes
    assert all(len(e.received) <= KEPT and len(e.sent) <= KEPT for e in report.evidence)
    assert len(encode(report)) < 30_000_000


CONTROL = bytes(number % 32 for number in range(65536))
FATTEST: dict[str, World | Callable[[], Script]] = {
    "refused": endless(b"HTTP/1.1 403 No\r\nContent-Length: 10737418240\r\n\r\n", CONTROL),
    "records": FLOODS["tls-records"],
    "inside": World(
        inside=lambda _: endless(b"", CONTROL)(), forwards=lambda _: (b"HTTP/1.1 200 OK\r\n\r\n", CONTROL, CONTROL)
    ),
}


@pytest.mark.parametrize("fattest", FATTEST.values(), ids=FATTEST)
@pytest.mark.slow
def test_the_whole_catalogue_behind_the_fattest_proxy_makes_a_report_that_can_be_read(
    fattest: World | Callable[[], Script],
) -> None:
    network = fattest if isinstance(fattest, World) else ScriptedNetwork(lambda _host, _port, _number: fattest)
    report = report_on(network, endpoints())
    written = encode(report)
    assert len(written) < 16_000_000
    assert report.run.evidence_left_out
    assert report.verdict == "incompatible"
    assert decode(written) == report


@pytest.mark.parametrize("name", ["headers", "ten-gigabytes-refused", "noise", "challenges", "drip-in-the-tunnel"])
def test_what_a_flood_left_is_judged_the_same_again(name: str) -> None:
    saved = decode(encode(_run(FLOODS[name])[0]))
    again = judge_again(saved, device(), knowledge())
    assert (again.verdict, again.causes, again.endpoints) == (saved.verdict, saved.causes, saved.endpoints)


ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\x00\r\x08"
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def _shown(report: Report) -> list[str]:
    """Every text of the report that a renderer may show, evidence aside."""
    texts = [text for cause in report.causes for text in (cause.title, cause.explanation, *cause.because)]
    texts += [r.text + (r.config or "") for cause in report.causes for r in cause.remedies]
    texts += [text for e in report.endpoints for text in (e.reason, *e.notes, *e.reproduce)]
    texts += [e.tls.proof + (e.tls.issuer or "") for e in report.endpoints if e.tls is not None]
    texts += [check.reason for check in report.checks]
    if report.proxy is not None:
        texts += [*report.proxy.auth.schemes_offered, *(p.name + p.because for p in report.proxy.products)]
    return texts


BAD = ESCAPES.encode("latin-1", "ignore")
SAID: dict[str, bytes] = {
    "reason-403": b"HTTP/1.1 403 " + BAD + b"\r\nContent-Length: 0\r\n\r\n",
    "reason-502": b"HTTP/1.1 502 cannot resolve " + BAD + b"\r\nContent-Length: 0\r\n\r\n",
    "location": b"HTTP/1.1 302 Found\r\nLocation: http://x/" + BAD + b"\r\nContent-Length: 0\r\n\r\n",
    "server": b"HTTP/1.1 403 No\r\nServer: squid/" + BAD + b"\r\nVia: 1.1 " + BAD + b"\r\nContent-Length: 0\r\n\r\n",
    "realm": b'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="' + BAD + b'"\r\nContent-Length: 0\r\n\r\n',
    "scheme": b"HTTP/1.1 407 No\r\nProxy-Authenticate: B" + BAD + b"asic x=y\r\nContent-Length: 0\r\n\r\n",
    "noise": BAD * 3,
    "title": answer(403, f"<title>{BAD.decode('latin-1')}</title>ERR_ACCESS_DENIED"),
}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
@pytest.mark.parametrize("where", ["connect", "inside", "plain"])
@pytest.mark.slow
def test_nothing_that_is_shown_can_steer_a_terminal(said: bytes, where: str) -> None:
    def inside(target: Target) -> Script:
        return told((Expect() if target.port != 80 else HEAD, said))

    worlds = {
        "connect": World(answers=lambda t: (said,) if t.host == "microsoft.com" else opens(t)),
        "inside": World(inside=lambda t: inside(t) if t.host != "api.precisely.com" else host_behind(t)),
        "plain": World(answers=lambda _: (said,), forwards=lambda _: (said,)),
    }
    report = report_on(worlds[where])
    assert report.causes
    for text in _shown(report):
        assert not STEERING.search(text), text
    assert encode(report).isascii()
    assert b"\x1b" not in encode(report)


def test_a_thousand_answers_that_each_differ_stay_one_cause() -> None:
    count = iter(range(10**6))

    def answers(target: Target) -> bytes:
        number = next(count)
        return answer(403, f"<p>{target.id} no. {number}</p>" * 50, f"X-Id: {number:x}", f"X-Field-{number}: a")

    report = report_on(World(answers=answers, forwards=lambda _: answer(403, "no")), endpoints())
    assert len(causes(report)) == 1
    assert all(len(cause.because) < 12 and sum(map(len, cause.because)) < 3000 for cause in report.causes)


def test_a_proxy_that_resets_every_second_connection() -> None:
    world = World()

    def connection(host: str, port: int, number: int) -> Play:
        return [HEAD, RESET] if number % 2 else world.play(host, port, number)

    report = report_on(ScriptedNetwork(connection), endpoints())
    assert report.verdict == "incompatible"
    assert causes(report).keys() == {"endpoint.unsteady"}, "no host's and no number's, but every second one's"
