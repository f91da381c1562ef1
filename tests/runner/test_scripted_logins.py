"""Whole runs behind a proxy that wants user name and password: how often they travel, and what is told of them."""

import base64
import urllib.parse
from collections.abc import Sequence

import pytest

from proxycheck.model.questions import NONEXISTENT, PAGE_FOR_NO_NAME
from proxycheck.model.report import Report
from proxycheck.model.target import Credentials, Target
from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.support.answers import OPEN, answer
from tests.support.known import knowledge
from tests.support.scripted import CLOSE, RESET, STALL, Step
from tests.support.worlds import ASKS, FEW, Answered, World, causes, device, endpoints, opens, report_on

LOGIN = Credentials("clerk", 'p@ss:w%rd "quoted" \u00fc')
BASIC = b"Basic " + base64.b64encode(f"{LOGIN.username}:{LOGIN.password}".encode("iso-8859-1"))
ALL = frozenset(FEW)
CLOSES = ASKS.replace(b"Server: gate", b"Connection: close")


def ids(report: Report) -> list[str]:
    return [entry.id for entry in report.endpoints]


def test_a_right_password_opens_everything() -> None:
    world = World(login=BASIC)
    report = report_on(world, endpoints(), credentials=LOGIN)
    assert causes(report) == {}
    assert report.verdict == "compatible"
    assert report.proxy is not None
    assert (report.proxy.auth.schemes_offered, report.proxy.auth.scheme_used) == (("Basic",), "Basic")
    assert report.proxy.auth.username == "clerk"
    asked = [e for e in report.evidence if e.check == "endpoints" and e.received[9:12] == "407"]
    assert len(asked) == 1, "once proved, the credentials are sent without being asked for again"


def test_a_question_that_was_answered_is_no_failure_to_compare() -> None:
    right = report_on(World(login=BASIC), endpoints(), credentials=LOGIN, controls=True)
    compared = {(e.variant or "").partition(":")[0] for e in right.evidence if e.check == "controls"}
    assert compared == {NONEXISTENT, PAGE_FOR_NO_NAME, "no-such-name"}, "asked in every run; nothing else is"


def test_a_host_that_asks_again_after_a_right_password_is_compared() -> None:
    class Partly(World):
        def _refusal(self, head: bytes) -> Answered | None:
            return ASKS if head.startswith(b"CONNECT microsoft.com:443") else super()._refusal(head)

    report = report_on(Partly(login=BASIC), credentials=LOGIN, controls=True)
    assert [e for e in report.evidence if e.check == "controls"] != []


@pytest.mark.parametrize("refuses", [ASKS, CLOSES, answer(401, "", 'WWW-Authenticate: Basic realm="x"'), answer(401)])
@pytest.mark.parametrize("asks", [ASKS, CLOSES])
def test_a_wrong_password_is_sent_once_in_the_whole_run(asks: bytes, refuses: bytes) -> None:
    world = World(login=b"Basic c29tZXRoaW5nIGVsc2U=", asks=asks, refuses=refuses)
    report = report_on(world, endpoints(), credentials=LOGIN)
    assert world.logins == 1
    everywhere = frozenset(ids(report))
    # That it closes after its 407 is told besides: the device's own stack needs the connection.
    found = causes(report)
    assert found["auth.rejected"] == everywhere
    assert set(found) == {"auth.rejected", *(["auth.connection-closed"] if asks is CLOSES else [])}
    assert report.verdict == "incompatible"
    assert {entry.verdict for entry in report.endpoints} == {"fail", "skipped"}
    assert all("auth.rejected" in entry.causes for entry in report.endpoints)


@pytest.mark.parametrize("end", [(CLOSE,), (RESET,), (STALL,)])
def test_a_proxy_that_cuts_the_login_gets_it_once(end: Sequence[Step]) -> None:
    class Cutting(World):
        def _refusal(self, head: bytes) -> bytes | None:
            return None if b"Proxy-Authorization" in head else ASKS

    world = Cutting(answers=lambda _: end)
    report = report_on(world, credentials=LOGIN)
    assert world.logins == 1
    assert [(cause.code, cause.confidence) for cause in report.causes] == [("auth.rejected", "weak")], "nobody said so"
    assert causes(report)["auth.rejected"] == frozenset(ids(report))
    assert report.verdict == "inconclusive", "no answer is no refusal"
    assert {entry.verdict for entry in report.endpoints} <= {"inconclusive", "skipped"}
    assert "it is not known whether they are right" in report.causes[0].explanation


def test_without_credentials_they_are_required() -> None:
    world = World(login=BASIC)
    report = report_on(world, endpoints())
    assert world.logins == 0
    assert causes(report) == {"auth.required": frozenset(ids(report))}


@pytest.mark.parametrize(
    "challenge", ['Proxy-Authenticate: Bearer realm="gate"', "Proxy-Authenticate: Hoba", 'Proxy-Authenticate: X a="b"']
)
def test_schemes_that_nobody_here_speaks_get_no_password(challenge: str) -> None:
    world = World(login=BASIC, asks=answer(407, "", challenge))
    report = report_on(world, credentials=LOGIN)
    assert world.logins == 0
    assert causes(report) == {"auth.scheme-unsupported": ALL}


def test_a_login_that_one_owners_hosts_need_stops_nobody_else() -> None:
    class Category(World):
        def _refusal(self, head: bytes) -> bytes | None:
            return ASKS if head.startswith(b"CONNECT") and b".pb.com:" in head.partition(b"\r\n")[0] else None

    report = report_on(Category(), endpoints())
    assert causes(report).keys() == {"auth.required"}
    assert all(name.partition(":")[0].endswith(".pb.com") for name in causes(report)["auth.required"])
    assert not [entry.id for entry in report.endpoints if entry.verdict == "skipped" and "login" in entry.reason]
    assert sum(entry.verdict == "pass" for entry in report.endpoints) > len(report.endpoints) // 2


def test_a_proxy_that_never_asks_gets_no_password() -> None:
    world = World()
    report = report_on(world, endpoints(), credentials=LOGIN)
    assert world.logins == 0
    assert report.verdict == "compatible"
    assert report.proxy is not None
    assert report.proxy.auth.scheme_used is None


@pytest.mark.parametrize("right", [True, False])
def test_a_login_that_only_some_hosts_need_is_proved_once(right: bool) -> None:
    guarded = frozenset({"microsoft.com:443", "api.precisely.com:443", "pb-ota.redbend.com:443"})

    class Partly(World):
        def _refusal(self, head: bytes) -> bytes | None:
            name = head.split(b" ")[1].decode()
            if name not in guarded or BASIC in head:
                return None
            return self.refuses if b"Proxy-Authorization" in head else self.asks

    world = Partly()
    login = LOGIN if right else Credentials("clerk", "mistyped")
    report = report_on(world, credentials=login)
    if right:
        assert (report.verdict, causes(report)) == ("compatible", {})
    else:
        assert world.logins == 1
        assert report.verdict == "incompatible"
        assert causes(report) == {"auth.rejected": guarded}


def test_right_credentials_do_not_hide_a_denied_host() -> None:
    def answers(target: Target) -> Answered:
        return answer(403, "<h1>denied</h1>") if target.host == "microsoft.com" else opens(target)

    report = report_on(World(login=BASIC, answers=answers), credentials=LOGIN)
    assert causes(report) == {"connect.host-denied": frozenset({"microsoft.com:443"})}


FORMS = {
    "itself": LOGIN.password.encode(),
    "latin-1": LOGIN.password.encode("iso-8859-1"),
    "header": BASIC,
    "percent": urllib.parse.quote(LOGIN.password, safe="").encode(),
    "plus": urllib.parse.quote_plus(LOGIN.password).encode(),
    "html": LOGIN.password.replace('"', "&quot;").encode(),
    "base64": base64.b64encode(LOGIN.password.encode()),
    "pair": f"{LOGIN.username}:{LOGIN.password}".encode(),
    "pair-base64": base64.b64encode(f"{LOGIN.username}:{LOGIN.password}".encode()),
}


def secrets() -> set[str]:
    """Every form of the password as it would stand in the JSON of a report."""
    texts = {form.decode("latin-1") for form in FORMS.values()} | {LOGIN.password}
    texts |= {form.removeprefix("Basic ") for form in texts}
    escaped = {text.encode("ascii", "backslashreplace").decode().replace('"', '\\"') for text in texts}
    return texts | escaped | {LOGIN.password[:8], "p@ss:w", "w%rd"}


ECHO = b"<p>" + b"</p><p>".join(FORMS.values()) + b"</p>"
ECHOES: dict[str, bytes] = {
    "in-the-page": answer(403, ECHO.decode("latin-1")),
    "in-a-field": b"HTTP/1.1 403 No\r\nX-You-Sent: " + BASIC + b"\r\nX-Means: " + FORMS["itself"] + b"\r\n\r\n",
    "in-the-reason": b"HTTP/1.1 407 wrong " + FORMS["itself"] + b"\r\nContent-Length: 0\r\n\r\n",
    "as-nonsense": FORMS["pair"] + b" is what you said",
    "asked-again": ASKS[: ASKS.index(b"Content-Length")] + b"Content-Length: %d\r\n\r\n" % len(ECHO) + ECHO,
}


@pytest.mark.parametrize("refuses", ECHOES.values(), ids=ECHOES)
def test_a_proxy_that_echoes_the_password_does_not_get_it_into_the_report(refuses: bytes) -> None:
    world = World(login=b"never", refuses=refuses)
    report = report_on(world, credentials=LOGIN)
    assert world.logins
    text = encode(report).decode()
    assert "<redacted>" in text
    for secret in secrets():
        assert secret not in text
        assert secret not in repr(report)


@pytest.mark.parametrize("right", [True, False])
def test_the_report_of_a_run_with_credentials_holds_no_form_of_the_password(right: bool) -> None:
    world = World(login=BASIC if right else b"never", forwards=lambda _: answer(200, ECHO.decode("latin-1")))
    text = encode(report_on(world, endpoints(), credentials=LOGIN)).decode()
    assert "clerk" in text
    for secret in secrets():
        assert secret not in text


@pytest.mark.parametrize("right", [True, False])
def test_a_saved_report_of_a_login_is_judged_the_same_again(right: bool) -> None:
    saved = decode(encode(report_on(World(login=BASIC if right else b"never"), credentials=LOGIN)))
    again = judge_again(saved, device(), knowledge())
    assert (again.verdict, again.causes, again.endpoints, again.proxy) == (
        saved.verdict,
        saved.causes,
        saved.endpoints,
        saved.proxy,
    )
    assert right or any("--proxy-user" in line for entry in again.endpoints for line in entry.reproduce)


def test_right_credentials_may_be_answered_with_open_at_last() -> None:
    """The proxy asks twice, as some do for each connection anew; the second asking is a refusal."""
    world = World(login=BASIC, answers=lambda t: OPEN if t.host == "microsoft.com" else opens(t))
    assert report_on(world, credentials=LOGIN).verdict == "compatible"
