"""The device's dialect, row by row: what the proxy writes, what it means for each device, and how sure that is.

Credentials are right in every row, and this tool gets through wherever the answer leaves a way: what is left is what
the device's own stack makes of the same bytes.
"""

from dataclasses import dataclass

import pytest

from tests.scripted.accounts import BASIC, GOOD, basic, basic_value
from tests.scripted.proxy import HOST_ANSWER, Request, Said, found, measure, refusal, scripted, words

Found = list[tuple[str, str, str]]

UNREADABLE: Found = [("auth.challenge-unreadable", "blocker", "strong")]
UNUSUAL = [("auth.challenge-unreadable", "info", "strong")]
CLOSES = [("auth.connection-closed", "blocker", "strong")]
ODD_SUCCESS = [("connect.nonstandard-success", "blocker", "strong")]
ODD_FOR_APPLICATIONS = [("connect.nonstandard-success", "info", "strong")]
ODD_SUCCESS_PERHAPS = [("connect.nonstandard-success", "info", "weak")]


def _raw(text: str, body: bytes = b"", then: str = "keep") -> Said:
    return Said(text.replace("\n", "\r\n").encode("latin-1") + body, "close" if then == "close" else "keep")


_HEAD = "HTTP/1.1 407 Proxy Authentication Required\n"
CHALLENGES: list[tuple[str, Said, Found, str]] = [
    ("plain", refusal(BASIC), [], "written as the device reads it (compatible, shown with the software itself)"),
    ("upper-case", refusal('PROXY-AUTHENTICATE: BASIC realm="x"'), [], "as the device reads it (compatible"),
    ("basic-last", refusal("Proxy-Authenticate: NTLM", BASIC), [], "as the device reads it (compatible"),
    (
        "no-realm",
        refusal("Proxy-Authenticate: Basic"),
        UNREADABLE,
        "it names no realm (fatal, shown with the software itself)",
    ),
    ("unquoted", refusal("Proxy-Authenticate: Basic realm=x"), UNREADABLE, "not in quotation marks (fatal"),
    (
        "parameter-first",
        refusal('Proxy-Authenticate: Basic charset="UTF-8", realm="x"'),
        UNREADABLE,
        "another parameter stands before the realm (fatal",
    ),
    (
        "one-line-basic-last",
        refusal('Proxy-Authenticate: NEGOTIATE,NTLM,BASIC realm="x"'),
        UNREADABLE,
        "several schemes stand on one line (fatal",
    ),
    (
        "one-line-basic-first",
        refusal('Proxy-Authenticate: Basic realm="x", NTLM'),
        UNUSUAL,
        "several schemes stand on one line (at risk, shown with the software itself)",
    ),
    ("odd-spacing", refusal('Proxy-Authenticate:   Basic \t realm="x"  '), [], "as the device reads it (compatible"),
    ("blank-equals", refusal('Proxy-Authenticate: Basic realm = "x"'), UNREADABLE, "around the equals sign (fatal"),
    (
        "folded",
        refusal('Server: a\r\n b\r\nProxy-Authenticate: Basic\r\n realm="x"'),
        UNREADABLE,
        "the line is folded (fatal",
    ),
    (
        "another-line-folded",
        refusal(f"Server: a\r\n b\r\n{BASIC}"),
        [],
        "written as the device reads it (compatible, shown with the software itself)",
    ),
    (
        "closes",
        _raw(f"{_HEAD}{BASIC}\nConnection: close\nContent-Length: 2\n\n", b"no", "close"),
        CLOSES,
        "it closes the connection after its 407 (fatal, shown with the software itself)",
    ),
    (
        "closes-http-1.0",
        _raw(f"HTTP/1.0 407 x\n{BASIC}\n\n", b"no", "close"),
        CLOSES,
        "it closes the connection after its 407 (fatal",
    ),
    (
        "http-1.0-keep-alive",
        _raw(f"HTTP/1.0 407 x\n{BASIC}\nProxy-Connection: keep-alive\nContent-Length: 2\n\n", b"no"),
        [],
        "its 407 keeps the connection open for the answer (compatible",
    ),
    (
        "closes-without-a-word",
        Said(refusal(BASIC).data, "close"),
        CLOSES,
        "it closes the connection after its 407, without having said so (fatal",
    ),
    (
        "chunked",
        _raw(f"{_HEAD}{BASIC}\nTransfer-Encoding: chunked\n\n", b"2\r\nno\r\n0\r\n\r\n"),
        UNREADABLE,
        "its 407 is chunked (fatal, shown with the software itself)",
    ),
    (
        "unframed",
        _raw(f"{_HEAD}{BASIC}\n\n", b"<html>no"),
        UNREADABLE,
        "its 407 has content of unknown length (fatal, shown with the software itself)",
    ),
    ("nothing-unframed", _raw(f"{_HEAD}{BASIC}\n\n"), [], "its 407 keeps the connection open"),
    (
        "megabytes",
        refusal(BASIC, body=b"x" * 3_000_000),
        [("auth.challenge-unreadable", "info", "weak")],
        "its 407 has 3000 kB of content, 62.5 s at 384 kbit/s with every login (at risk, medium confidence)",
    ),
    (
        "chunked-and-closing",
        _raw(f"{_HEAD}{BASIC}\nTransfer-Encoding: chunked\nConnection: close\n\n", b"2\r\nno\r\n0\r\n\r\n", "close"),
        CLOSES,
        "it closes the connection after its 407",
    ),
    (
        "interim-100",
        Said(b"HTTP/1.1 100 Continue\r\n\r\n" + refusal(BASIC).data),
        UNUSUAL,
        "an interim 100 comes before",
    ),
    (
        "interim-102",
        Said(b"HTTP/1.1 102 Processing\r\n\r\n" + refusal(BASIC).data),
        UNREADABLE,
        "an interim 102 comes before the 407 (fatal, shown with the software itself)",
    ),
    *(
        (name, _raw(f"{line}\n{BASIC}\nContent-Length: 0\n\n"), UNREADABLE, f"{told} (fatal, shown")
        for name, line, told in (
            ("http-2", "HTTP/2.0 407 x", "the status line of its 407 is written unusually"),
            ("http-1.2", "HTTP/1.2 407 x", "the status line of its 407 is written unusually"),
            ("lower-case-line", "http/1.1 407 x", "the status line of its 407 is written unusually"),
            ("two-blanks", "HTTP/1.1  407 x", "the status line of its 407 is written unusually"),
            ("tab-behind-the-status", "HTTP/1.1 407\tx", "the status line of its 407 is written unusually"),
            ("blank-line-first", "\nHTTP/1.1 407 x", "a blank line stands before its 407"),
        )
    ),
    *(
        (name, _raw(f"{_HEAD}{BASIC}\n{fields}\n\n", content), UNREADABLE, f"{told} (fatal, shown")
        for name, fields, content, told in (
            (
                "line-too-many",
                "Content-Length: 2",
                b"no\r\n",
                "more comes behind its 407 than the Content-Length announces",
            ),
            (
                "page-behind-length-0",
                "Content-Length: 0",
                b"<html>no",
                "more comes behind its 407 than the Content-Length announces",
            ),
            (
                "page-behind-its-length",
                "Content-Length: 2",
                b"<html>no",
                "more comes behind its 407 than the Content-Length announces",
            ),
            (
                "chunked-with-a-length",
                "Content-Length: 7\nTransfer-Encoding: chunked",
                b"2\r\nno\r\n0\r\n\r\n",
                "its 407 is chunked and has a Content-Length besides",
            ),
            ("two-lengths", "Content-Length: 2\nContent-Length: 0", b"no", "its 407 has several Content-Lengths: 2, 0"),
        )
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("said", "due", "told"), [row[1:] for row in CHALLENGES], ids=[row[0] for row in CHALLENGES])
def test_a_challenge_as_android_reads_it(said: Said, due: Found, told: str) -> None:
    with scripted(basic(GOOD, challenge=said)) as proxy:
        report = measure(proxy, GOOD)
    assert found(report) == due
    assert told in words(report, "dialect")
    lost = due in (UNREADABLE, CLOSES)
    assert report.verdict == ("incompatible" if lost else "compatible")
    assert {endpoint.verdict for endpoint in report.endpoints} == {"fail" if lost else "pass"}


def test_a_page_that_holds_the_password_by_chance_is_as_long_as_it_says() -> None:
    """The record has something else in its place, of another length; what was counted was counted on the wire."""
    page = f"<p>The word {GOOD.password} stands here by chance, and {GOOD.password} again.</p>".encode()
    with scripted(basic(GOOD, challenge=refusal(BASIC, body=page))) as proxy:
        report = measure(proxy, GOOD)
    assert (report.verdict, found(report)) == ("compatible", [])


@pytest.mark.parametrize("said", [row[1] for row in CHALLENGES], ids=[row[0] for row in CHALLENGES])
@pytest.mark.slow
def test_the_form_of_a_challenge_is_nothing_to_a_device_that_needs_none(said: Said) -> None:
    with scripted(basic(GOOD, challenge=said)) as proxy:
        report = measure(proxy, GOOD, device="connectplus")
    assert found(report) == []
    assert "sends user name and password without being asked" in words(report, "dialect")


@pytest.mark.parametrize("said", [row[1] for row in CHALLENGES], ids=[row[0] for row in CHALLENGES])
@pytest.mark.slow
def test_without_credentials_the_same_is_told_beside_the_missing_ones(said: Said) -> None:
    with scripted(basic(GOOD, challenge=said)) as proxy:
        report = measure(proxy)
    name, _, due, _ = next(row for row in CHALLENGES if row[1] is said)
    # Nothing is sent that would find the connection closed, or more on it than the answer.
    late = ("closes-without-a-word", "line-too-many", "page-behind-length-0", "page-behind-its-length")
    noticed = [] if name in late else due
    assert found(report) == [("auth.required", "blocker", "conclusive"), *noticed]


@dataclass(frozen=True)
class Success:
    """An answer that opens the tunnel, and what it means for Android and for libcurl."""

    name: str
    data: bytes
    android: Found
    curl: Found
    told: str


SUCCESSES = (
    Success(
        "plain", b"HTTP/1.1 200 OK\r\n\r\n", [], [], "200 opens the tunnel (compatible, shown with the software itself)"
    ),
    Success("http-1.0", b"HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n", [], [], "200 opens the tunnel"),
    Success("no-reason", b"HTTP/1.1 200\r\n\r\n", [], [], "200 opens the tunnel"),
    Success("201", b"HTTP/1.1 201 Made\r\n\r\n", ODD_SUCCESS, ODD_SUCCESS_PERHAPS, "opens with 201 instead of 200"),
    Success("204", b"HTTP/1.1 204 No\r\n\r\n", ODD_SUCCESS, ODD_SUCCESS_PERHAPS, "204 instead of 200 (fatal, shown"),
    Success(
        "length-0", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", [], [], "Content-Length: 0 (compatible, shown"
    ),
    Success("length", b"HTTP/1.1 200 OK\r\nContent-Length: 93\r\n\r\n", ODD_SUCCESS, [], "Content-Length: 93 (fatal"),
    Success(
        "chunked",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ODD_SUCCESS_PERHAPS,
        ODD_SUCCESS_PERHAPS,
        "has a Transfer-Encoding (at risk, low confidence)",
    ),
    Success(
        "early-bytes",
        b"HTTP/1.1 200 OK\r\n\r\n" + HOST_ANSWER,
        ODD_SUCCESS,
        ODD_SUCCESS_PERHAPS,
        "bytes come together with the answer that opens the tunnel (fatal, shown with the software itself)",
    ),
    Success(
        "interim-100",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        ODD_FOR_APPLICATIONS,
        ODD_SUCCESS_PERHAPS,
        "an interim 100 comes before the 200 (compatible, shown with the software itself)",
    ),
    Success(
        "interim-103",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        ODD_SUCCESS,
        ODD_SUCCESS_PERHAPS,
        "an interim 103 comes before the 200 (fatal, shown with the software itself)",
    ),
    *(
        Success(
            name, line + b"\r\n\r\n", ODD_SUCCESS, [], "the answer that opens the tunnel is written unusually (fatal"
        )
        for name, line in (
            ("http-2", b"HTTP/2.0 200 OK"),
            ("http-1.2", b"HTTP/1.2 200 OK"),
            ("lower-case-line", b"http/1.1 200 OK"),
            ("two-blanks", b"HTTP/1.1  200 OK"),
            ("tab", b"HTTP/1.1\t200 OK"),
        )
    ),
    Success(
        "blank-line-first", b"\r\nHTTP/1.1 200 OK\r\n\r\n", ODD_SUCCESS, [], "a blank line stands before the answer"
    ),
    *(
        Success(name, b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n\r\n", due, [], told)
        for name, fields, due, told in (
            ("lengths-0-5", b"Content-Length: 0\r\nContent-Length: 5", ODD_SUCCESS, "Content-Length: 0, 5 (fatal"),
            ("lengths-5-0", b"Content-Length: 5\r\nContent-Length: 0", [], "Content-Length: 5, 0 (compatible"),
            ("length-none", b"Content-Length: none", [], "Content-Length: none (compatible"),
        )
    ),
)


@pytest.mark.parametrize("device", ["sendpro-c", "connectplus"])
@pytest.mark.parametrize("success", SUCCESSES, ids=[success.name for success in SUCCESSES])
@pytest.mark.slow
def test_a_success_as_each_device_reads_it(success: Success, device: str) -> None:
    with scripted(lambda _: Said(success.data, "tunnel")) as proxy:
        report = measure(proxy, device=device)
    due = success.android if device == "sendpro-c" else success.curl
    assert found(report) == due
    if device == "sendpro-c":
        assert success.told in words(report, "dialect")
    assert report.verdict == ("incompatible" if due == ODD_SUCCESS else "compatible")


# ---- No challenge that could be answered --------------------------------------------------

_WWW = 'WWW-Authenticate: Basic realm="x"'
MISSING = {
    "407-bare": (refusal(), "407 comes without a Proxy-Authenticate line"),
    "407-misplaced": (refusal(_WWW), "the challenge stands in WWW-Authenticate, which only origins use"),
    "401": (refusal(status="401 Unauthorized"), "401, the origin's word, in place of 407"),
    "401-challenge": (refusal(_WWW, status="401 Unauthorized"), "the challenge stands in WWW-Authenticate"),
    "403-that-means-407": (
        refusal(status="403 Forbidden", body=b"<TITLE>407 Proxy Authentication Required</TITLE>"),
        "only its page says that authentication is required",
    ),
}


@pytest.mark.parametrize(("said", "told"), MISSING.values(), ids=MISSING)
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
@pytest.mark.slow
def test_no_challenge_at_all(said: Said, told: str, right: bool) -> None:
    """The device never gets to send its credentials; whether they are right is found out by sending them once."""
    script = basic(GOOD, challenge=said) if right else basic(challenge=said)
    with scripted(script) as proxy:
        report = measure(proxy, GOOD)
    assert found(report) == [("auth.challenge-missing", "blocker", "conclusive")]
    assert told in report.causes[0].because[0]
    known = "accepted: they are right." if right else "refused as well."
    assert known in report.causes[0].explanation
    assert proxy.authorizations.count(basic_value(GOOD)) <= (2 if right else 1)


def test_no_challenge_is_no_obstacle_to_a_device_that_needs_none() -> None:
    with scripted(basic(GOOD, challenge=refusal())) as proxy:
        report = measure(proxy, GOOD, device="connectplus")
    assert (report.verdict, found(report)) == ("compatible", [])


LOGIN_PAGES = {
    "fortigate": refusal("Location: https://10.0.0.1:1003/fgtauth?0a0b", status="303 See Other"),
    "cyberoam": refusal("Location: http:///httpclient.html", status="302 Found"),
    "sso": refusal("Location: https://idp.customer.example/sso/start", status="307 Temporary Redirect"),
    "511": refusal(status="511 Network Authentication Required"),
    "form": refusal(status="403 Forbidden", body=b'<form><input name=p type="password"></form>'),
}


@pytest.mark.parametrize("said", LOGIN_PAGES.values(), ids=LOGIN_PAGES)
def test_a_login_page_in_answer_to_connect(said: Said) -> None:
    with scripted(lambda _: said) as proxy:
        report = measure(proxy, GOOD)
    redirect = [("connect.redirected", "blocker", "conclusive"), ("auth.interactive", "info", "strong")]
    assert found(report) in (redirect, [("auth.interactive", "blocker", "strong")])
    assert (found(report) == redirect) is (said is not LOGIN_PAGES["form"])
    assert proxy.authorizations == []


def test_a_redirect_that_speaks_of_no_login_is_only_a_redirect() -> None:
    with scripted(lambda _: refusal("Location: http://blocked.customer.example/", status="302 Found")) as proxy:
        report = measure(proxy, GOOD)
    assert [cause.code for cause in report.causes] == ["connect.redirected"]


def test_a_block_page_that_some_may_lift_is_no_login_page() -> None:
    page = refusal(status="403 Forbidden", body=b'<input type="password" name="override">')

    def script(request: Request) -> Said:
        return page if request.target.startswith("h1.") else Said(b"HTTP/1.1 200 OK\r\n\r\n", "tunnel")

    with scripted(script) as proxy:
        report = measure(proxy)
    assert [cause.code for cause in report.causes] == ["connect.host-denied"]
