"""No lock-out: what the proxy counts is what was promised, however many hosts and however parallel."""

import pytest

from proxycheck.catalogue.devices import load_device
from proxycheck.cli.probes import warn
from proxycheck.model.target import Credentials, Probes, ProxyAddress
from proxycheck.runner import Plan, most_refused_logins
from tests.scripted.accounts import BAD, BASIC, GOOD, basic, basic_value, digest, ntlm
from tests.scripted.proxy import OPEN, Request, Said, Script, endpoints, measure, refusal, scripted, words

ALL = Probes(bad_password=True, user_case=True, encoding=True, domain_form="clerk@customer.example")
ASKING = refusal(BASIC)
DEVICES = ("sendpro-c", pytest.param("connectplus", marks=pytest.mark.slow))
SPARING = "where it refuses a password by 407 or 401 as the standard says"


def _free_at_first(request: Request) -> Said:
    """The first host passes without credentials, so that nothing stops the run; every other one asks."""
    return OPEN if request.target.startswith("h0.") else ASKING


def _closing(_: Request) -> Said:
    return Said(ASKING.data, "close")


def _says_401_to_credentials(request: Request) -> Said:
    return refusal(status="401 Unauthorized") if request.authorization else ASKING


def _cuts_when_it_sees_credentials(request: Request) -> Said:
    return Said(b"", "close") if request.authorization else ASKING


SCRIPTS: dict[str, Script] = {
    "everywhere": lambda _: ASKING,
    "all-but-the-first": _free_at_first,
    "closing": _closing,
    "401-to-credentials": _says_401_to_credentials,
    "cut-off": _cuts_when_it_sees_credentials,
    "no-challenge": lambda _: refusal(),
    "401": lambda _: refusal(status="401 Unauthorized"),
    "strong-and-basic": lambda _: refusal("Proxy-Authenticate: Negotiate", "Proxy-Authenticate: NTLM", BASIC),
    "one-line": lambda _: refusal('Proxy-Authenticate: NTLM, Basic realm="x"'),
}
WAITING = ("cut-off",)
"""Scripts after which the check looks whether the proxy still listens."""


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow if n in WAITING else ()) for n in SCRIPTS])
def test_a_refused_password_is_sent_once(name: str, device: str) -> None:
    with scripted(SCRIPTS[name]) as proxy:
        report = measure(proxy, BAD, device=device, hosts=endpoints(150))
    # Cut off without a word, it may not have been seen: once more on a new connection, and never again.
    assert proxy.authorizations == [basic_value(BAD)]
    assert report.verdict == ("inconclusive" if name == "cut-off" else "incompatible")
    assert report.proxy is not None
    assert report.proxy.auth.credentials == ("undecided" if name == "cut-off" else "refused")


# ---- Answers that say neither yes nor no ------------------------------------------------

DENIED = refusal(status="403 Forbidden")
PAGE = Said(
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 28\r\n\r\n<html>wrong password</html>\r\n", "close"
)
UNCLEAR: dict[str, tuple[Said, str, str]] = {
    "403": (DENIED, "connect.all-denied", "weak"),
    "404": (refusal(status="404 Not Found"), "connect.all-denied", "weak"),
    "302": (
        refusal("Location: http://blocked.customer.example/", status="302 Found"),
        "connect.redirected",
        "weak",
    ),
    "502": (refusal(status="502 Bad Gateway"), "connect.upstream-error", "weak"),
    "200-page": (PAGE, "tunnel.block-page", "weak"),
}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("said", "code", "confidence"), UNCLEAR.values(), ids=UNCLEAR)
@pytest.mark.slow
def test_an_answer_that_says_neither_yes_nor_no_is_asked_for_twice(
    said: Said, code: str, confidence: str, device: str
) -> None:
    """Right or wrong, nobody knows: the password goes to one host, and to another for a second opinion."""
    with scripted(lambda request: said if request.authorization else ASKING) as proxy:
        report = measure(proxy, BAD, device=device, hosts=endpoints(150))
    assert proxy.authorizations == [basic_value(BAD)] * 2
    assert len({request.target for request in proxy.requests if request.authorization}) == 2
    assert "whether user name and password were accepted is not known" in words(report)
    assert [check.verdict for check in report.checks if check.id == "authentication"] == ["inconclusive"]
    assert (report.causes[0].code, report.causes[0].confidence) == (code, confidence)
    assert "--probe-bad-password" in report.causes[0].explanation
    assert [entry.verdict for entry in report.endpoints].count("skipped") == 148
    assert report.endpoints[-1].reason.startswith("not measured: user name and password go no further")
    assert report.verdict == "incompatible"


@pytest.mark.parametrize("said", [DENIED, refusal(status="502 Bad Gateway"), PAGE], ids=["403", "502", "200-page"])
@pytest.mark.slow
def test_one_host_that_is_denied_after_a_right_password_hides_nothing(said: Said) -> None:
    def script(request: Request) -> Said:
        if request.authorization != basic_value(GOOD):
            return ASKING
        return said if request.target.startswith("h0.") else OPEN

    with scripted(script) as proxy:
        report = measure(proxy, GOOD, hosts=endpoints(50))
    assert [entry.verdict for entry in report.endpoints].count("pass") == 49
    assert report.endpoints[0].verdict == "fail"
    assert "user name and password were accepted" in words(report)
    assert "auth.rejected" not in [cause.code for cause in report.causes]


def test_a_second_opinion_that_refuses_the_password_is_the_last() -> None:
    def script(request: Request) -> Said:
        denied = request.authorization and request.target.startswith("h0.")
        return DENIED if denied else ASKING

    with scripted(script) as proxy:
        report = measure(proxy, BAD, hosts=endpoints(150))
    assert proxy.authorizations == [basic_value(BAD)] * 2
    assert [cause.code for cause in report.causes] == ["auth.rejected"]
    assert report.causes[0].because[0] == "the credentials were sent to 2 hosts and refused (407)"
    assert report.verdict == "incompatible"


@pytest.mark.slow
def test_where_the_first_hosts_ask_for_nothing_the_password_goes_out_twice_at_most() -> None:
    def script(request: Request) -> Said:
        if request.target.startswith("h0."):
            return OPEN
        return DENIED if request.authorization else ASKING

    with scripted(script) as proxy:
        report = measure(proxy, BAD, hosts=endpoints(150))
    assert proxy.authorizations == [basic_value(BAD)] * 2
    rejected = next(cause for cause in report.causes if cause.code == "auth.rejected")
    assert rejected.confidence == "weak"
    assert report.proxy is not None
    assert report.proxy.auth.credentials == "undecided"
    assert "It is also possible that they are right" in rejected.explanation


@pytest.mark.parametrize("wrong_is", ["refused", "alike"])
@pytest.mark.slow
def test_the_probe_of_a_wrong_password_decides_what_was_open(wrong_is: str) -> None:
    """A wrong one gets 407: so the given one was accepted, and every host is measured with it."""

    def script(request: Request) -> Said:
        if request.authorization is None:
            return ASKING
        return ASKING if wrong_is == "refused" and request.authorization != basic_value(GOOD) else DENIED

    with scripted(script) as proxy:
        report = measure(proxy, GOOD, hosts=endpoints(50), probes=Probes(bad_password=True))
    given = proxy.authorizations.count(basic_value(GOOD))
    assert len(proxy.authorizations) - given == 1
    cause = report.causes[0]
    assert cause.code == "connect.all-denied"
    if wrong_is == "refused":
        assert given >= 50
        assert (cause.confidence, len(cause.endpoints)) == ("strong", 50)
        assert "nothing is permitted to them" in words(report)
    else:
        assert (given, cause.confidence) == (2, "weak")
        assert "with a wrong password, the answer is the same (403)" in words(report)


def test_a_success_with_a_length_is_proved_by_the_host_behind_it_and_lost_on_the_device() -> None:
    odd = Said(b"HTTP/1.1 200 OK\r\nContent-Length: 93\r\n\r\n", "tunnel")
    with scripted(lambda request: odd if request.authorization == basic_value(GOOD) else ASKING) as proxy:
        report = measure(proxy, GOOD, hosts=endpoints(50))
    assert [(cause.code, len(cause.endpoints)) for cause in report.causes] == [("connect.nonstandard-success", 50)]
    assert {entry.verdict for entry in report.endpoints} == {"fail"}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.slow
def test_probes_add_one_each_at_most_and_never_the_same(script: Script) -> None:
    umlaut = Credentials("clerk", "gr\u00fcn-x!")
    with scripted(script) as proxy:
        measure(proxy, umlaut, hosts=endpoints(60), probes=ALL)
    assert len(proxy.authorizations) == len(set(proxy.authorizations))
    assert len(proxy.authorizations) <= 1 + 4


@pytest.mark.usefixtures("ntlm_account")
@pytest.mark.parametrize("script", [digest(GOOD), ntlm(), ntlm("Negotiate")], ids=["digest", "ntlm", "negotiate"])
@pytest.mark.slow
def test_a_password_refused_by_another_scheme_is_sent_once(script: Script) -> None:
    def mostly(request: Request) -> Said:
        return OPEN if request.target.startswith("h0.") else script(request)

    with scripted(mostly) as proxy:
        report = measure(proxy, BAD, hosts=endpoints(150), probes=ALL)
    assert report.proxy is not None
    assert report.proxy.auth.credentials == "refused"
    proofs = [value for value in proxy.authorizations if " TlRMTVNTUAAB" not in value]
    assert len(proofs) == 1
    assert not proofs[0].startswith("Basic")


def test_right_credentials_go_unasked_only_after_they_were_accepted() -> None:
    with scripted(basic(GOOD)) as proxy:
        report = measure(proxy, GOOD, hosts=endpoints(50))
    assert report.proxy is not None
    assert report.proxy.auth.credentials == "accepted"
    assert proxy.requests[0].authorization is None
    assert set(proxy.authorizations) == {basic_value(GOOD)}


@pytest.mark.parametrize(
    ("credentials", "probes", "quiet", "most", "due"),
    [
        (None, Probes(), False, 0, None),
        (GOOD, Probes(), False, 2, f"2 refused logins of 'clerk' at the proxy, 1 {SPARING}"),
        (GOOD, Probes(), True, 2, None),
        (GOOD, ALL, True, 6, f"6 refused logins of 'clerk' at the proxy, 5 {SPARING}"),
        (None, Probes(bad_password=True), False, 1, "1 refused login at the proxy"),
    ],
)
def test_how_many_is_said_before_anything_is_sent(
    capsys: pytest.CaptureFixture[str],
    credentials: Credentials | None,
    probes: Probes,
    quiet: bool,
    most: int,
    due: str | None,
) -> None:
    plan = Plan(
        device=load_device("sendpro-c"),
        endpoints=endpoints(1),
        proxy=ProxyAddress("http", "127.0.0.1", 1),
        credentials=credentials,
        probes=probes,
    )
    warn(plan, quiet=quiet)
    said = f"proxycheck: this run may cause at most {due}.\n" if due else ""
    assert capsys.readouterr().err == said
    assert most_refused_logins(plan) == most
