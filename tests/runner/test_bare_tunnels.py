"""Whole runs with a right password: what a device meets that sends none unasked, where this run does."""

import pytest

from proxycheck.model.questions import BARE
from proxycheck.model.report import Report
from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.runner.test_scripted_logins import BASIC, CLOSES, LOGIN
from tests.support.answers import answer
from tests.support.known import knowledge
from tests.support.scripted import CLOSE, HEAD, RESET, STALL, Pause, Script, Step
from tests.support.worlds import ASKS, FEW, Answered, World, causes, device, report_on

CHUNKED = (
    b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="gate"\r\n'
    b"Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"
)
UNFRAMED = b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="gate"\r\n\r\n'
NO_REALM = answer(407, "", "Proxy-Authenticate: Basic")
SCHEME = "auth.scheme-unsupported"
NEGOTIATE = answer(407, "", "Proxy-Authenticate: Negotiate")
SHORT = ASKS.replace(b"Content-Length: ", b"Content-Length: 1")
"""Announces at least ten bytes more than come."""
LATE = answer(407, "<h1>login</h1>", 'Proxy-Authenticate: Basic realm="gate"')
DENIED = answer(403, "<h1>no</h1>", "Server: gate")


class Elsewhere(World):
    """Takes the right password wherever it comes; asks for it by `otherwise` for all but one owner and port."""

    otherwise: Answered = CHUNKED

    def _refusal(self, head: bytes) -> Answered | None:
        first = head.partition(b"\r\n")[0]
        if BASIC in head or not first.startswith(b"CONNECT") or b".redbend.com:443" in first or b".invalid" in first:
            return super()._refusal(head)
        return self.otherwise


ELSEWHERE = frozenset(name for name in FEW if "redbend" not in name)


def judged_alike(report: Report) -> bool:
    saved = decode(encode(report))
    again = judge_again(saved, device(), knowledge())
    return (again.verdict, again.causes, again.endpoints) == (saved.verdict, saved.causes, saved.endpoints)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (CHUNKED, "auth.challenge-unreadable"),
        (NO_REALM, "auth.challenge-unreadable"),
        (CLOSES, "auth.connection-closed"),
        ((ASKS, CLOSE), "auth.connection-closed"),
        ((UNFRAMED, CLOSE), "auth.connection-closed"),
        ((SHORT, STALL), "auth.challenge-unreadable"),
        ((SHORT, CLOSE), "auth.challenge-unreadable"),
        (NEGOTIATE, SCHEME),
        (answer(407, "no"), "auth.challenge-missing"),
        (DENIED, "auth.challenge-missing"),
        ((CLOSE,), "auth.challenge-missing"),
        ((STALL,), "auth.challenge-missing"),
    ],
    ids=[
        "chunked",
        "no-realm",
        "closes",
        "closes-silently",
        "ends-by-closing",
        "stalls",
        "short",
        "negotiate",
        "no-challenge",
        "403",
        "cut",
        "silent",
    ],
)
def test_what_the_device_meets_without_credentials_is_asked_of_every_owner_and_port(said: Answered, code: str) -> None:
    world = Elsewhere(login=BASIC)
    world.otherwise = said
    report = report_on(world, credentials=LOGIN)
    assert causes(report) == {code: ELSEWHERE}
    assert report.verdict == "incompatible"
    assert judged_alike(report)
    passed = {entry.id for entry in report.endpoints if entry.verdict == "pass"}
    assert passed == frozenset(FEW) - ELSEWHERE


class Turns(World):
    """Two proxies take turns in asking, and one of them does it by `otherwise`, `often` times in all."""

    otherwise: Answered = (ASKS, CLOSE)
    often = 1000
    bare = 0

    def _refusal(self, head: bytes) -> Answered | None:
        if BASIC in head or not head.startswith(b"CONNECT") or b".invalid" in head:
            return super()._refusal(head)
        self.bare += 1
        return self.otherwise if self.bare % 2 == 0 and self.bare <= self.often * 2 else self.asks


@pytest.mark.parametrize(
    ("said", "code"),
    [((ASKS, CLOSE), "auth.connection-closed"), (CHUNKED, "auth.challenge-unreadable"), (NEGOTIATE, SCHEME)],
    ids=["closes", "chunked", "negotiate"],
)
def test_what_comes_and_goes_at_one_host_concerns_all(said: Answered, code: str) -> None:
    world = Turns(login=BASIC)
    world.otherwise = said
    report = report_on(world, credentials=LOGIN)
    assert causes(report) == {code: frozenset(FEW)}
    assert report.verdict == "incompatible"
    cause = next(cause for cause in report.causes if cause.code == code)
    assert any("not each time" in line for line in cause.because)
    assert judged_alike(report)


@pytest.mark.parametrize("said", [DENIED, (CLOSE,)], ids=["403", "cut"])
def test_one_refusal_of_the_moment_is_no_way_of_asking(said: Answered) -> None:
    world = Turns(login=BASIC)
    world.otherwise, world.often = said, 2
    report = report_on(world, credentials=LOGIN)
    assert causes(report) == {}
    assert report.verdict == "compatible"


def test_a_good_proxy_is_asked_without_credentials_and_refuses_no_login() -> None:
    world = World(login=BASIC)
    report = report_on(world, credentials=LOGIN)
    assert (report.verdict, causes(report)) == ("compatible", {})
    asked = [e for e in report.evidence if e.variant == BARE and e.operation == "connect"]
    assert asked != []
    assert all("proxy-authorization" not in e.sent.lower() and e.received[9:12] == "407" for e in asked)
    assert all(
        e.failure is None
        for e in report.evidence
        if "proxy-authorization" in e.sent.lower() and ".invalid" not in e.sent
    )


@pytest.mark.parametrize("login", [None, BASIC], ids=["nobody-is-asked", "asked"])
def test_a_login_that_nobody_asked_for_is_told_as_untested(login: bytes | None) -> None:
    """A proxy that remembers this computer's address asks the device, which has another."""
    report = report_on(World(login=login) if login else World(), credentials=LOGIN)
    assert report.verdict == "compatible"
    assert ("untested" in (report.enter.note or "")) is (login is None)


@pytest.mark.parametrize("end", [STALL, CLOSE, RESET])
def test_a_407_with_less_content_than_it_announces_keeps_the_device_waiting(end: Step) -> None:
    class Short(World):
        def _refusal(self, head: bytes) -> Answered | None:
            return None if BASIC in head else (SHORT, end)

    report = report_on(Short(login=BASIC), credentials=LOGIN)
    assert causes(report) == {"auth.challenge-unreadable": frozenset(FEW)}
    assert report.verdict == "incompatible"
    assert judged_alike(report)


def test_a_407_whose_content_comes_late_is_read() -> None:
    class Late(World):
        def _connection(self) -> Script:
            while True:
                head = yield HEAD
                if BASIC in head or not head.startswith(b"CONNECT"):
                    inner = super()._connection()
                    step = next(inner)
                    step = inner.send(head)
                    while True:
                        said = yield step
                        step = inner.send(said)
                yield LATE[:-3]
                yield Pause(4.0)
                yield LATE[-3:]

    report = report_on(Late(login=BASIC), credentials=LOGIN)
    assert (report.verdict, causes(report)) == ("compatible", {})


def test_a_long_407_of_which_not_all_is_kept_is_not_short() -> None:
    page = b"x" * 300_000
    asks = ASKS[: ASKS.index(b"Content-Length")] + b"Content-Length: %d\r\n\r\n" % len(page) + page
    report = report_on(World(login=BASIC, asks=asks), credentials=LOGIN)
    assert (report.verdict, causes(report)) == ("compatible", {})


def test_a_wrong_password_leaves_nothing_to_ask_without() -> None:
    report = report_on(World(login=b"never"), credentials=LOGIN)
    assert not [e for e in report.evidence if e.variant == BARE]
