"""What is made of a device that was watched: reached, failed and why, not seen, and used besides."""

import io

import pytest
from msgspec import structs
from rich.console import Console

from proxycheck.model.cause import Remedy
from proxycheck.model.observed import End, ObservedConnection, ObservedTunnel
from proxycheck.report.terminal.observed import show
from proxycheck.wire.tls.records import vector
from tests.support.chains import authority, leaf
from tests.support.observing import (
    CLOSED_IN_HANDSHAKE,
    DEVICE,
    FINISHED,
    FUNDS,
    PUSH,
    RATES,
    SHIPPING,
    UNKNOWN_CA,
    asked,
    codes,
    connection,
    judged,
    reached,
    refused,
    reply,
    tunnel,
    use,
)


def test_an_empty_log_decides_nothing() -> None:
    report = judged()
    assert report.verdict == "inconclusive"
    assert "holds no connection" in report.sentence
    assert {each.verdict for each in report.needed} == {"not-seen"}


def test_what_was_reached_and_what_was_not_seen() -> None:
    report = judged(reached(FUNDS), reached(SHIPPING, at=5), reached(FUNDS, at=9))
    assert report.verdict == "reached"
    assert report.causes == ()
    found = use(report, FUNDS)
    assert (found.verdict, found.reached, found.failed, found.bytes_down) == ("reached", 2, 0, 10000)
    assert (found.first_at, found.last_at) == ("2026-11-01T12:00:00Z", "2026-11-01T12:00:09Z")
    assert use(report, RATES).verdict == "not-seen"
    assert (report.tally.reached, report.tally.not_seen) == (2, len(DEVICE.endpoints) - 2)


def test_a_port_rule_is_one_cause() -> None:
    report = judged(reached(FUNDS), reached(SHIPPING), refused(PUSH), refused("master3.teamviewer.com:5938"))
    assert codes(report) == [("connect.port-denied", "degraded", ("master3.teamviewer.com:5938", PUSH))]
    assert report.verdict == "degraded"
    assert use(report, PUSH).reason == report.causes[0].title.rstrip(".")


def test_no_list_of_hosts_is_told_that_this_report_cannot_give() -> None:
    for status in ("403 Forbidden", "302 Found"):
        report = judged(reached(FUNDS), refused(SHIPPING, status), refused(RATES, status), refused(PUSH, status))
        assert report.causes
        assert not [r for cause in report.causes for r in cause.remedies if "allowlist" in r.text or "{" in r.text]


def test_a_long_configuration_is_shortened_in_sight() -> None:
    lines = [*(f"acl hosts dstdomain host{number}" for number in range(40)), "http_access allow hosts"]
    report = judged(reached(FUNDS), refused(SHIPPING))
    cause = structs.replace(report.causes[0], remedies=(Remedy("Enter.", None, "\n".join(lines)),))
    written = io.StringIO()
    show(structs.replace(report, causes=(cause,)), Console(file=written, width=120))
    assert "(39 more lines like the one above; all of them: --json FILE)" in written.getvalue()
    assert "http_access allow hosts" in written.getvalue()


def test_an_alternative_that_was_reached_is_enough() -> None:
    report = judged(refused("master3.teamviewer.com:5938"), reached("master3.teamviewer.com:443"))
    assert report.verdict == "reached"
    assert use(report, "master3.teamviewer.com:5938").note == "an alternative was reached"
    assert use(report, "master3.teamviewer.com:80").reason == "not needed: an alternative was reached"


def test_one_host_of_many_is_denied() -> None:
    report = judged(reached(FUNDS), reached(SHIPPING), refused(RATES))
    assert codes(report) == [("connect.host-denied", "blocker", (RATES,))]
    assert report.verdict == "failed"
    assert "1 of 3 endpoints" in report.sentence


def test_little_was_tried_and_all_of_it_refused() -> None:
    (cause,) = judged(refused(FUNDS)).causes
    assert (cause.code, cause.confidence) == ("connect.all-denied", "weak")
    assert "others may well open" in cause.because[-1]
    (cause,) = judged(refused(FUNDS), refused(SHIPPING), refused("play.google.com:443")).causes
    assert cause.confidence == "strong"


@pytest.mark.parametrize(
    "inside", [tunnel(UNKNOWN_CA, ((22, 90),)), tunnel((), ()), tunnel(((22, 200), (20, 1), (22, 40)), FINISHED)]
)
def test_a_tunnel_that_opened_speaks_against_a_rule_for_all(inside: ObservedTunnel) -> None:
    opened = connection(asked(SHIPPING, tunnel=inside))
    causes = judged(opened, *(refused(each) for each in (FUNDS, RATES, "play.google.com:443"))).causes
    assert "connect.host-denied" in {cause.code for cause in causes}
    assert "connect.all-denied" not in {cause.code for cause in causes}


def login(*statuses: str, scheme: str | None = "basic", offered: str = 'Basic realm="x"') -> ObservedConnection:
    first = asked(FUNDS, reply("407 Who", f"Proxy-Authenticate: {offered}"))
    rest = [
        asked(FUNDS, reply(status, f"Proxy-Authenticate: {offered}"), authorization=scheme)
        if not status.startswith("200")
        else asked(FUNDS, tunnel=tunnel(), authorization=scheme)
        for status in statuses
    ]
    return connection(first, *rest)


def test_a_login_that_was_followed_is_no_failure() -> None:
    report = judged(login("200 OK"), login("200 OK"))
    assert (use(report, FUNDS).verdict, use(report, FUNDS).failed) == ("reached", 0)
    assert use(judged(login("407 On", "200 OK", scheme="ntlm")), FUNDS).verdict == "reached"


@pytest.mark.parametrize(
    ("log", "code"),
    [
        (login(), "auth.required"),
        (login("407 No"), "auth.rejected"),
        (login(offered="NTLM"), "auth.scheme-unsupported"),
    ],
)
def test_a_login_that_failed(log: ObservedConnection, code: str) -> None:
    report = judged(log)
    assert codes(report) == [(code, "blocker", (FUNDS,))]
    assert "the proxy offers" in report.causes[0].because[0]
    assert not any("--user" in remedy.text for remedy in report.causes[0].remedies)


def test_credentials_that_are_refused_from_some_time_on() -> None:
    report = judged(login("200 OK"), structs.replace(login("407 No"), started_at="2026-11-01T13:00:00Z"))
    assert use(report, FUNDS).verdict == "lost"
    assert report.verdict == "failed"
    assert "reached the only endpoint that it tried, and then no more" in report.sentence


def test_a_host_that_fails_at_times_is_told_as_such() -> None:
    report = judged(reached(FUNDS), refused(FUNDS, "503 Busy", at=5), reached(FUNDS, at=9), reached(SHIPPING))
    found = use(report, FUNDS)
    assert (found.verdict, found.reached, found.failed) == ("unsteady", 2, 1)
    assert [seen.words for seen in found.failures] == ["CONNECT was answered 503 Busy"]
    assert (report.verdict, report.causes) == ("degraded", ())
    assert "1 of them not every time" in report.sentence


def test_an_alert_of_the_device_is_a_suspicion() -> None:
    log = connection(asked(FUNDS, tunnel=tunnel(UNKNOWN_CA, ((22, 120), (23, 4000)))))
    (cause,) = judged(log, reached(SHIPPING)).causes
    assert (cause.code, cause.confidence, cause.endpoints) == ("tls.inspected", "weak", (FUNDS,))
    assert "suspicion" in cause.explanation
    assert "unknown_ca" in cause.because[0]


def test_a_device_that_leaves_the_handshake_without_a_word() -> None:
    left = connection(asked(FUNDS, tunnel=tunnel(CLOSED_IN_HANDSHAKE, ((22, 4000),))))
    found = judged(left)
    assert found.verdict == "failed"
    assert found.causes[0].confidence == "weak"
    again = judged(left, reached(FUNDS, at=5))
    assert (again.verdict, use(again, FUNDS).undecided) == ("reached", 1)


@pytest.mark.parametrize(
    ("inside", "end", "lasts", "verdict", "words"),
    [
        (tunnel(CLOSED_IN_HANDSHAKE, ()), "proxy-reset", 1.0, "failed", "reset right after the device's TLS greeting"),
        (tunnel(CLOSED_IN_HANDSHAKE, ()), "device-closed", 30.0, "failed", "got no answer in 30 s"),
        (tunnel(CLOSED_IN_HANDSHAKE, ()), "device-closed", 1.0, "undecided", "had no answer after 1.0 s"),
        (tunnel(CLOSED_IN_HANDSHAKE, ()), "open", 90.0, "undecided", "no answer"),
        (tunnel(CLOSED_IN_HANDSHAKE, ((21, 2, 2, 40),)), "proxy-closed", 1.0, "failed", "alert handshake_failure"),
        (
            tunnel(CLOSED_IN_HANDSHAKE, (), answer="HTTP/1.1 403 No"),
            "proxy-closed",
            1.0,
            "failed",
            "page in plain text",
        ),
        (tunnel(CLOSED_IN_HANDSHAKE, ((22, 4000),)), "proxy-closed", 1.0, "failed", "in the middle of the TLS"),
        (tunnel(CLOSED_IN_HANDSHAKE, ((22, 4000),)), "open", 1.0, "undecided", "under way"),
        (tunnel((), ()), "device-closed", 1.0, "undecided", "nothing was said in it"),
        (
            tunnel(((22, 200), (23, 19)), ((22, 90), (23, 3000))),
            "device-closed",
            1.0,
            "failed",
            "before TLS was complete",
        ),
        (tunnel(((22, 200), (20, 1), (22, 40)), FINISHED), "open", 1.0, "undecided", "and then said nothing"),
    ],
)
def test_what_a_tunnel_shows_from_outside(
    inside: ObservedTunnel, end: End, lasts: float, verdict: str, words: str
) -> None:
    found = use(judged(connection(asked(FUNDS, tunnel=inside), end=end, lasts=lasts)), FUNDS)
    assert found.verdict == verdict
    said = [seen.words for seen in found.failures] or [found.reason]
    assert any(words in text for text in said), said


@pytest.mark.parametrize(
    ("end", "lasts", "verdict"),
    [
        ("proxy-closed", 1.0, "failed"),
        ("device-closed", 60.0, "failed"),
        ("device-closed", 1.0, "undecided"),
        ("open", 60.0, "undecided"),
    ],
)
def test_a_request_without_an_answer(end: End, lasts: float, verdict: str) -> None:
    report = judged(connection(asked(FUNDS), end=end, lasts=lasts), reached(SHIPPING))
    assert use(report, FUNDS).verdict == verdict


def plain(target: str, status: str, *fields: str, page: str = "") -> ObservedConnection:
    return connection(asked(target, reply(status, *fields, page=page), method="GET"))


def test_plain_http_counts_by_its_answer() -> None:
    help_page = "eureka.pitneybowes.com:80"
    assert use(judged(plain(help_page, "200 OK")), help_page).verdict == "reached"
    unsure = judged(plain(help_page, "404 Not Found"))
    assert use(unsure, help_page).verdict == "undecided"
    assert unsure.verdict == "inconclusive"


@pytest.mark.parametrize(
    ("line", "verdict"),
    [("HTTP/1.1 301 Moved", "reached"), ("HTTP/1.1 403 No", "undecided"), ("<html>", "failed"), (None, "failed")],
)
def test_plain_http_in_a_tunnel_counts_by_its_answer(line: str | None, verdict: str) -> None:
    inside = structs.replace(tunnel((), (), answer=line), kind_up="http", kind_down="http" if line else "other")
    report = judged(connection(asked("eureka.pitneybowes.com:80", tunnel=inside)), reached(FUNDS))
    assert use(report, "eureka.pitneybowes.com:80").verdict == verdict
    test = judged(connection(asked("connectivitycheck.gstatic.com:80", tunnel=inside)), reached(FUNDS))
    assert test.verdict == "failed", "neither is an empty 204"


def test_a_changed_connectivity_test_is_a_portal() -> None:
    report = judged(plain("connectivitycheck.gstatic.com:80", "200 OK"), reached(FUNDS))
    assert [code for code, *_ in codes(report)] == ["http.captive-portal"]
    assert use(report, "connectivitycheck.gstatic.com:80").verdict == "failed"
    assert report.verdict == "failed"


def test_what_the_guide_does_not_list_is_told_with_how_it_fared() -> None:
    report = judged(
        reached(FUNDS),
        reached("telemetry.example:443"),
        refused("other.example:8443"),
        reached("cometservp1.pb.com:8443"),
        reached("router7.teamviewer.com:443"),
    )
    assert [(each.id, each.verdict) for each in report.unlisted] == [
        ("other.example:8443", "failed"),
        ("telemetry.example:443", "reached"),
        ("cometservp1.pb.com:8443", "reached"),
    ]
    assert use(report, "cometservp1.pb.com:8443").note == "the guide lists this host on port 443"
    listed = use(report, "router7.teamviewer.com:443")
    assert (listed.listed_as, listed.tier) == ("*.teamviewer.com", "recommended")
    assert report.verdict == "reached"


@pytest.mark.parametrize("status", ["503 Service Unavailable", "403 Forbidden", "407 Proxy Authentication Required"])
def test_a_host_outside_the_guide_that_fails_is_told_besides_and_calls_for_nothing(status: str) -> None:
    alone = judged(reached(FUNDS), reached(SHIPPING), refused("telemetry.example:443", status))
    assert alone.causes == ()
    assert alone.verdict == "reached"
    besides = use(alone, "telemetry.example:443")
    assert (besides.verdict, besides.causes) == ("failed", ())
    assert status[:3] in besides.reason


def test_a_cause_of_the_guide_names_no_host_outside_it() -> None:
    both = judged(reached(SHIPPING), refused(FUNDS, "503 No"), refused("telemetry.example:443", "503 No"))
    (cause,) = both.causes
    assert cause.endpoints == (FUNDS,)
    said = " ".join((cause.explanation, *cause.because, *(r.text + (r.config or "") for r in cause.remedies)))
    assert "telemetry" not in said
    assert use(both, "telemetry.example:443").causes == ()


def test_a_page_for_a_host_outside_the_guide_is_told_besides() -> None:
    page = "<html><title>Blocked</title>Blocked by ContentKeeper</html>"
    shown = asked("telemetry.example:80", reply("403 Forbidden", page=page), method="GET")
    report = judged(reached(FUNDS), connection(shown))
    assert report.causes == ()
    assert report.verdict == "reached"


def test_a_host_that_is_asked_for_by_address() -> None:
    report = judged(connection(asked("203.0.113.9:443", tunnel=tunnel(name="cometservp1.pb.com"))))
    assert use(report, FUNDS).note == "asked for by its address 203.0.113.9"
    assert use(report, FUNDS).verdict == "reached"
    assert use(judged(reached("COMETSERVP1.pb.com.:443")), FUNDS).verdict == "reached"


def test_a_proxy_that_takes_no_connection() -> None:
    down = structs.replace(
        connection(end="proxy-unreachable"), error="[Errno 111] Connect call failed ('192.0.2.1', 1)"
    )
    report = judged(down, down)
    assert [code for code, *_ in codes(report)] == ["proxy.refused"]
    assert (report.verdict, report.log.unanswered) == ("failed", 2)
    assert "reached nothing" in report.sentence
    assert judged(down, reached(FUNDS)).verdict == "reached"


def test_requests_that_name_no_target_are_counted() -> None:
    report = judged(connection(asked(None, method="\x16")), connection(asked("\x1b[2J:99999999")), connection())
    assert (report.log.unreadable, report.log.idle, report.verdict) == (1, 1, "inconclusive")


def test_the_device_itself_was_there_so_its_dialect_is_not_guessed_at() -> None:
    odd = asked(FUNDS, reply("200 OK", "Content-Length: 0"), tunnel())
    assert judged(connection(odd)).causes == ()


def _flight(*chain: bytes) -> bytes:
    """ServerHello of TLS 1.2 and Certificate, each in a record."""
    hello = b"\x03\x03" + bytes(32) + b"\x00\xc0\x2f\x00"
    certificates = b"".join(vector(3, der) for der in chain)
    messages = (b"\x02" + vector(3, hello), b"\x0b" + vector(3, vector(3, certificates)))
    return b"".join(b"\x16\x03\x03" + vector(2, message) for message in messages)


@pytest.mark.parametrize(
    ("up", "verdict", "code"),
    [(CLOSED_IN_HANDSHAKE, "undecided", None), (UNKNOWN_CA, "failed", "tls.device-untrusted")],
)
def test_a_public_certificate_is_no_inspection(up: tuple[tuple[int, ...], ...], verdict: str, code: str | None) -> None:
    root = authority("Public")
    host = leaf(root, "cometservp1.pb.com")
    inside = tunnel(up, ((22, 50), (22, 900)), name="cometservp1.pb.com", flight=_flight(host.der))
    public = judged(connection(asked(FUNDS, tunnel=inside)), reached(SHIPPING), roots=(root.der,))
    assert use(public, FUNDS).verdict == verdict
    assert [cause.code for cause in public.causes] == ([code] if code else [])
    private = judged(connection(asked(FUNDS, tunnel=inside)), reached(SHIPPING))
    assert use(private, FUNDS).verdict == "failed"
    assert use(private, FUNDS).issuer == "CN=Public,O=Example\\, Inc."
