"""CONNECT through a scripted proxy: what it brings, and how credentials travel."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

import pytest

from proxycheck.model.target import Credentials, Target
from proxycheck.net.authentication.gate import MOST_IN_A_ROW
from proxycheck.net.tunnel import Refused, Tunnel, ask, open_tunnel
from proxycheck.wire.http.request import forward_request
from tests.net.conversations import ASKS, ASKS_AND_CLOSES, BASIC, CHECK, LOGIN, TARGET, Bench, Gatekeeper, bench, on
from tests.support.answers import OPEN, answer
from tests.support.scripted import CLOSE, HEAD, RESET, STALL, Pause, Play, ScriptedNetwork, Step
from tests.support.simulated_time import run


class Outcome:
    """A bench after one tunnel was asked for."""

    at: Bench
    tunnel: Tunnel | None


def opened(*plays: Play, login: Credentials | None = None, unasked: bool = False) -> Outcome:
    outcome = Outcome()

    async def talk() -> None:
        outcome.at = bench(*plays, login=login, unasked=unasked)
        outcome.tunnel = await outcome.at.route.open(CHECK, TARGET)

    run(talk())
    return outcome


def test_a_tunnel_is_open_behind_a_success() -> None:
    outcome = opened([HEAD, OPEN + b"early", b"later"])
    assert outcome.tunnel is not None
    assert outcome.tunnel.reply.early == b"early"
    assert outcome.at.network.dialled == [("proxy.example", 3128)]
    assert outcome.at.story == ["proxy_tcp ok open", "connect ok open"]
    assert run(outcome.tunnel.stream.receive()) == b"later"


@pytest.mark.parametrize("status", [201, 204, 299])
def test_every_2xx_opens_the_tunnel(status: int) -> None:
    assert opened([HEAD, b"HTTP/1.1 %d Fine\r\n\r\n" % status]).tunnel is not None


@pytest.mark.parametrize("status", [302, 401, 403, 405, 500, 502, 503])
def test_a_refusal_is_a_failure_with_its_words_and_closes(status: int) -> None:
    outcome = opened([HEAD, answer(status, "refused")])
    assert outcome.tunnel is None
    last = outcome.at.evidence[-1]
    assert last.failure is not None
    assert (last.failure.name, last.failure.detail) == ("refused-by-peer", f"{status} {HTTPStatus(status).phrase}")
    assert outcome.at.network.streams[0].closed


@pytest.mark.parametrize(
    ("plays", "story"),
    [
        ([ConnectionRefusedError(111, "no")], ["proxy_tcp refused closed"]),
        ([TimeoutError()], ["proxy_tcp timeout timeout"]),
        ([OSError(113, "No route to host")], ["proxy_tcp unreachable closed"]),
        ([[HEAD, CLOSE]], ["proxy_tcp ok open", "connect eof eof"]),
        ([[HEAD, RESET]], ["proxy_tcp ok open", "connect reset reset"]),
        ([[HEAD, STALL]], ["proxy_tcp ok open", "connect timeout timeout"]),
        ([[HEAD, b"\x15\x03\x01\x00\x02\x02\x28"]], ["proxy_tcp ok open", "connect malformed eof"]),
    ],
)
def test_trouble_is_recorded_and_is_no_exception(plays: Sequence[Play], story: list[str]) -> None:
    outcome = opened(*plays)
    assert outcome.tunnel is None
    assert outcome.at.story == story
    assert all(stream.closed for stream in outcome.at.network.streams)


def test_a_connection_that_waits_is_used_first() -> None:
    async def talk() -> Bench:
        at = bench([HEAD, OPEN], [HEAD, OPEN])
        at.route.waiting.append(await at.network("proxy.example", 3128))
        for _ in range(2):
            assert isinstance(await open_tunnel(at.route, CHECK, TARGET), Tunnel)
        return at

    assert run(talk()).story == ["connect ok open", "proxy_tcp ok open", "connect ok open"]


def test_credentials_are_never_sent_unasked() -> None:
    outcome = opened([HEAD, OPEN], login=LOGIN)
    assert outcome.tunnel is not None
    assert outcome.at.logins == 0
    assert outcome.at.route.gate.state == "untested"


@pytest.mark.parametrize("status", [401, 403, 500])
def test_only_a_407_is_answered_with_credentials(status: int) -> None:
    outcome = opened([HEAD, answer(status, "", 'Proxy-Authenticate: Basic realm="x"'), HEAD, OPEN], login=LOGIN)
    assert (outcome.tunnel, outcome.at.logins) == (None, 0)


@pytest.mark.parametrize(
    "fields",
    [
        ('Proxy-Authenticate: Digest realm="x", nonce="y"',),
        ("Proxy-Authenticate: NTLM",),
        ('WWW-Authenticate: Basic realm="x"',),
        (),
    ],
)
def test_credentials_are_not_sent_for_another_scheme(fields: tuple[str, ...]) -> None:
    outcome = opened([HEAD, answer(407, "", *fields), HEAD, OPEN], login=LOGIN)
    assert (outcome.tunnel, outcome.at.logins) == (None, 0)
    assert outcome.at.route.gate.state == "untested"


def test_a_device_that_needs_no_asking_answers_a_407_without_a_challenge() -> None:
    outcome = opened([HEAD, answer(407, "refused"), HEAD, OPEN], login=LOGIN, unasked=True)
    assert outcome.tunnel is not None
    assert outcome.at.logins == 1


def test_without_credentials_a_407_is_a_refusal() -> None:
    outcome = opened([HEAD, ASKS])
    assert outcome.tunnel is None
    assert outcome.at.story == ["proxy_tcp ok open", "connect refused-by-peer open"]


@pytest.mark.parametrize(
    "challenge",
    [
        'Proxy-Authenticate: Basic realm="x"',
        'proxy-authenticate: basic REALM="x"',
        'Proxy-Authenticate: NTLM, Basic realm="x"',
        'Proxy-Authenticate: Digest realm="x", nonce="y", Basic realm="x"',
        "Proxy-Authenticate: Basic",
        'Proxy-Authenticate: Basic\r\n realm="x"',
    ],
)
def test_a_407_is_answered_on_the_same_connection(challenge: str) -> None:
    outcome = opened([HEAD, answer(407, "", challenge), HEAD, OPEN], login=LOGIN)
    assert outcome.tunnel is not None
    assert outcome.at.story == ["proxy_tcp ok open", "connect refused-by-peer open", "auth ok open"]
    assert b"\r\nProxy-Authorization: " + BASIC in outcome.at.network.sent
    assert outcome.at.route.gate.state == "accepted"


CLOSING: tuple[tuple[str, tuple[Step, ...], str], ...] = (
    ("says-so", (HEAD, ASKS_AND_CLOSES, CLOSE), "announced"),
    ("says-so-and-stays", (HEAD, ASKS_AND_CLOSES, STALL), "announced"),
    ("http-1.0", (HEAD, ASKS.replace(b"HTTP/1.1", b"HTTP/1.0"), CLOSE), "announced"),
    ("without-a-word", (HEAD, ASKS, CLOSE), "closed"),
    ("late", (HEAD, ASKS, Pause(0.05), CLOSE), "closed"),
    ("by-reset", (HEAD, ASKS, RESET), "closed"),
    ("late-by-reset", (HEAD, ASKS, Pause(0.05), RESET), "closed"),
    ("content-without-end", (HEAD, ASKS.replace(b"Content-Length", b"X-Length"), STALL), "announced"),
    ("content-cut", (HEAD, ASKS.replace(b"Length: 7", b"Length: 70"), RESET), "announced"),
    ("content-cut-by-close", (HEAD, ASKS.replace(b"Length: 7", b"Length: 70"), CLOSE), "announced"),
    ("huge", (HEAD, ASKS.replace(b"Length: 7", b"Length: 700000") + b"x" * 699_993, STALL), "announced"),
    ("more-than-announced", (HEAD, ASKS, b"and more", STALL), "unread"),
)


@pytest.mark.parametrize(("steps", "left"), [row[1:] for row in CLOSING], ids=[row[0] for row in CLOSING])
def test_a_connection_that_ends_after_a_407_is_replaced(steps: tuple[Step, ...], left: str) -> None:
    outcome = opened(steps, [HEAD, OPEN], login=LOGIN)
    assert outcome.tunnel is not None
    assert [e.operation for e in outcome.at.evidence] == ["proxy_tcp", "connect", "proxy_tcp", "auth"]
    assert outcome.at.evidence[2].variant == f"after-407:{left}"
    assert [stream.sent.count(BASIC) for stream in outcome.at.network.streams] == [0, 1]
    assert outcome.at.network.streams[0].closed


@pytest.mark.parametrize("answer", [ASKS, answer(401, "refused"), ASKS_AND_CLOSES])
def test_a_wrong_password_is_refused_by_407_and_by_401(answer: bytes) -> None:
    outcome = opened([HEAD, ASKS, HEAD, answer], login=LOGIN)
    assert outcome.tunnel is None
    assert outcome.at.route.gate.state == "refused"
    assert outcome.at.logins == 1


@pytest.mark.parametrize("end", [(CLOSE,), (RESET,), (STALL,), (b"\x00nonsense", CLOSE)])
def test_a_cut_after_the_password_counts_as_a_refusal(end: tuple[Step, ...]) -> None:
    async def talk() -> Bench:
        at = bench([HEAD, ASKS, HEAD, *end], [HEAD, ASKS, HEAD, OPEN], login=LOGIN)
        for _ in range(2):
            assert isinstance(await open_tunnel(at.route, CHECK, TARGET), Refused)
        return at

    at = run(talk())
    assert at.route.gate.state == "refused"
    assert at.logins == 1


def test_a_password_that_could_not_be_sent_has_not_been_refused() -> None:
    async def talk() -> Bench:
        at = bench([HEAD, ASKS, CLOSE], ConnectionRefusedError(), [HEAD, ASKS, HEAD, OPEN], login=LOGIN)
        assert isinstance(await open_tunnel(at.route, CHECK, TARGET), Refused)
        assert at.route.gate.state == "untested"
        assert isinstance(await open_tunnel(at.route, CHECK, TARGET), Tunnel)
        return at

    assert run(talk()).logins == 1


async def _many(at: Bench, count: int) -> list[Tunnel | None]:
    targets = [Target(f"host{number}.example.com", 443) for number in range(count)]
    return await asyncio.gather(*(at.route.open(CHECK, target) for target in targets))


KEEPERS = (
    Gatekeeper(),
    Gatekeeper(asks=ASKS_AND_CLOSES, after=(CLOSE,)),
    Gatekeeper(after=(Pause(0.05), CLOSE)),
    Gatekeeper(asks=ASKS, after=(Pause(0.05), RESET)),
)


@pytest.mark.parametrize("keeper", KEEPERS, ids=["stays", "closes", "closes-late", "resets-late"])
@pytest.mark.parametrize("wrong", [ASKS, answer(401, "refused"), ASKS_AND_CLOSES])
@pytest.mark.slow
def test_a_wrong_password_is_sent_once_by_a_hundred_at_a_time(keeper: Gatekeeper, wrong: bytes) -> None:
    gatekeeper = Gatekeeper(accepts=None, asks=keeper.asks, after=keeper.after, wrong=wrong)

    async def talk() -> None:
        at = on(ScriptedNetwork(gatekeeper.play), login=LOGIN)
        assert not any(await _many(at, 100))
        assert at.route.gate.state == "refused"
        assert not any(await _many(at, 3))

    run(talk())
    assert gatekeeper.logins == 1
    assert len(gatekeeper.requests) == 104


@pytest.mark.parametrize("keeper", KEEPERS, ids=["stays", "closes", "closes-late", "resets-late"])
def test_a_right_password_opens_a_hundred_at_a_time(keeper: Gatekeeper) -> None:
    gatekeeper = Gatekeeper(asks=keeper.asks, after=keeper.after)

    async def talk() -> float:
        at = on(ScriptedNetwork(gatekeeper.play), login=LOGIN)
        assert all(await _many(at, 100))
        assert all(await _many(at, 3))
        return asyncio.get_running_loop().time()

    took_s = run(talk())
    assert gatekeeper.logins == 103
    assert len(gatekeeper.requests) == 203
    assert took_s < 1, "once the password is proved nobody waits for anybody"


@pytest.mark.parametrize("waits", ["for-the-answer", "for-another-login"])
def test_an_interruption_between_407_and_its_answer_is_told(waits: str) -> None:
    async def talk() -> Bench:
        at = bench([HEAD, ASKS, HEAD, STALL], [HEAD, ASKS, HEAD, STALL], login=LOGIN)
        works = [asyncio.create_task(open_tunnel(at.route, CHECK, TARGET)) for _ in range(1 + (waits[4] == "a"))]
        await asyncio.sleep(5)
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        return at

    at = run(talk())
    assert at.story.count("auth cancelled closed") == len(at.network.streams)
    assert at.logins == 1


def test_proven_credentials_are_sent_without_being_asked_again() -> None:
    async def talk() -> Bench:
        at = bench([HEAD, ASKS, HEAD, OPEN], [HEAD, OPEN], login=LOGIN)
        for _ in range(2):
            assert isinstance(await open_tunnel(at.route, CHECK, TARGET), Tunnel)
        return at

    at = run(talk())
    assert at.logins == 2
    assert at.story[-1] == "connect ok open"


def test_a_host_that_refuses_proven_credentials_concerns_itself_alone() -> None:
    async def talk() -> Bench:
        at = bench([HEAD, ASKS, HEAD, OPEN], [HEAD, ASKS, STALL], [HEAD, OPEN], login=LOGIN)
        found = [await open_tunnel(at.route, CHECK, TARGET) for _ in range(3)]
        assert [isinstance(tunnel, Tunnel) for tunnel in found] == [True, False, True]
        return at

    at = run(talk())
    assert at.route.gate.state == "accepted"
    assert at.logins == 4, "the 407 is answered on its connection, as the device does, once in a run"


def test_a_407_to_proven_credentials_is_answered_once_where_that_is_refused() -> None:
    async def talk() -> Bench:
        again: Play = [HEAD, ASKS, HEAD, ASKS, STALL]
        at = bench([HEAD, ASKS, HEAD, OPEN], again, again, [HEAD, OPEN], login=LOGIN)
        found = [await open_tunnel(at.route, CHECK, TARGET) for _ in range(4)]
        assert [isinstance(tunnel, Tunnel) for tunnel in found] == [True, False, False, True]
        return at

    assert run(talk()).logins == 5


def test_a_proxy_that_takes_credentials_only_after_its_407_is_asked_without_them_from_then_on() -> None:
    async def talk() -> Bench:
        both: Play = [HEAD, ASKS, HEAD, OPEN]
        at = bench(both, both, both, login=LOGIN)
        for _ in range(3):
            assert isinstance(await open_tunnel(at.route, CHECK, TARGET), Tunnel)
        return at

    at = run(talk())
    assert [stream.sent.count(BASIC) for stream in at.network.streams] == [1, 2, 1]


def test_a_proxy_that_took_them_and_refuses_them_ever_since_is_asked_no_more() -> None:
    """A limit on sessions, or a member of a pair that does not know the user: more of it could lock the account."""

    async def talk() -> Bench:
        refusals: list[Play] = [[HEAD, ASKS, STALL]] * 40
        at = bench([HEAD, ASKS, HEAD, OPEN], *refusals, login=LOGIN)
        for _ in range(30):
            await open_tunnel(at.route, CHECK, TARGET)
        return at

    assert run(talk()).logins == 1 + MOST_IN_A_ROW


def test_plain_http_uses_the_same_gate_and_reads_its_own_kind_of_answer() -> None:
    def request(authorization: str | None) -> bytes:
        return forward_request(TARGET, "/", user_agent="a", authorization=authorization)

    page = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"

    async def talk() -> Bench:
        at = bench([HEAD, ASKS, HEAD, page], [HEAD, answer(404, "refused")], login=LOGIN)
        first = await ask(at.route, "plain-http", TARGET, "http_forward", request)
        assert first is not None
        assert (first.reply.status, first.reply.body, first.reply.early) == (200, b"page", b"")
        second = await ask(at.route, "plain-http", TARGET, "http_forward", request)
        assert second is not None
        assert second.reply.status == 404
        return at

    at = run(talk())
    assert at.logins == 2
    story = ["proxy_tcp ok open", "http_forward ok open", "auth ok open", "proxy_tcp ok open", "http_forward ok open"]
    assert at.story == story


def test_no_record_shows_the_password() -> None:
    echo = answer(403, f"<p>clerk : open sesame</p> {BASIC.decode()}", f"X-Debug: {BASIC.decode()}")
    outcome = opened([HEAD, ASKS, HEAD, echo], login=LOGIN)
    text = repr(outcome.at.evidence)
    assert outcome.at.logins == 1
    for secret in ("open sesame", BASIC.decode().split()[1]):
        assert secret not in text
    assert "<redacted>" in text


def test_a_refusal_is_kept() -> None:
    async def refused() -> None:
        at = bench([HEAD, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"], [HEAD, b"what?\r\n\r\n"])
        refusal = await open_tunnel(at.route, CHECK, TARGET)
        assert isinstance(refusal, Refused)
        assert refusal.reply is not None
        assert (refusal.reply.status, refusal.reply.body) == (403, b"no")
        assert await open_tunnel(at.route, CHECK, TARGET) == Refused(None)

    run(refused())
