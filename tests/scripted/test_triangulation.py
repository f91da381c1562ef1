"""None, given, and deliberately wrong: what the answers tell of one another. Each probe is asked for by name."""

import pytest

from proxycheck.errors import UsageError
from proxycheck.model.target import Credentials, Probes
from tests.scripted.accounts import BAD, BASIC, GOOD, basic, basic_value
from tests.scripted.proxy import OPEN, Request, Said, Script, explanation, found, measure, refusal, scripted, words

pytestmark = pytest.mark.slow

WRONG = Probes(bad_password=True)
EVERYTHING = Probes(bad_password=True, user_case=True, encoding=True, domain_form="clerk@customer.example")
ASKING = refusal(BASIC)
DENIED = refusal(status="403 Forbidden")


def others(values: list[str]) -> list[str]:
    """Values that do not carry the good credentials."""
    return [value for value in values if value != basic_value(GOOD)]


def anyone(request: Request) -> Said:
    """Asks, and lets anything in."""
    return OPEN if request.authorization else ASKING


def test_asked_and_none_given() -> None:
    with scripted(basic(GOOD)) as proxy:
        report = measure(proxy)
    assert found(report) == [("auth.required", "blocker", "conclusive")]
    assert words(report) == "it asks for Basic"


def test_asked_and_refused() -> None:
    with scripted(basic(GOOD)) as proxy:
        report = measure(proxy, BAD)
    assert found(report) == [("auth.rejected", "blocker", "conclusive")]
    assert "user name and password were refused once and not sent again" in words(report)
    assert proxy.authorizations == [basic_value(BAD)]


def test_asked_and_accepted() -> None:
    with scripted(basic(GOOD)) as proxy:
        report = measure(proxy, GOOD)
    assert (report.verdict, found(report)) == ("compatible", [])
    told = words(report)
    assert told.startswith("it asks for Basic; user name and password were accepted")
    assert "every connection is asked again, and every request carries the credentials (Basic)" in told


@pytest.mark.parametrize("credentials", [None, GOOD], ids=["none", "given"])
def test_not_asked(credentials: Credentials | None) -> None:
    with scripted(lambda _: OPEN) as proxy:
        report = measure(proxy, credentials)
    assert (report.verdict, found(report)) == ("compatible", [])
    due = "it wants none" if credentials is None else "those given were not sent, so nothing is known of them"
    assert due in words(report)
    assert proxy.authorizations == []


def test_authenticated_but_denied() -> None:
    def script(request: Request) -> Said:
        return DENIED if request.authorization == basic_value(GOOD) else ASKING

    with scripted(script) as proxy:
        report = measure(proxy, GOOD, probes=WRONG)
    assert [cause.code for cause in report.causes] == ["connect.all-denied"]
    assert any("user name and password are not the reason" in line for line in report.causes[0].because)
    assert "were accepted, but nothing is permitted to them" in words(report)
    assert "a wrong password is refused (407)" in words(report)


def test_denied_whatever_the_password_is() -> None:
    with scripted(lambda request: DENIED if request.authorization else ASKING) as proxy:
        report = measure(proxy, GOOD, probes=WRONG)
    assert [cause.code for cause in report.causes] == ["connect.all-denied"]
    assert "with a wrong password, the answer is the same (403)" in words(report)


def test_a_wrong_password_is_refused() -> None:
    with scripted(basic(GOOD)) as proxy:
        report = measure(proxy, GOOD, probes=WRONG)
    assert (report.verdict, found(report)) == ("compatible", [])
    assert "a wrong password is refused (407)" in words(report)
    assert len(others(proxy.authorizations)) == 1


@pytest.mark.parametrize("credentials", [None, GOOD], ids=["none", "given"])
def test_any_credentials_pass(credentials: Credentials | None) -> None:
    with scripted(anyone) as proxy:
        report = measure(proxy, credentials, probes=WRONG)
    codes = [cause.code for cause in report.causes]
    assert codes == (["auth.not-enforced"] if credentials else ["auth.required", "auth.not-enforced"])
    cause = report.causes[-1]
    assert (cause.severity, cause.confidence) == ("info", "conclusive")
    assert "a deliberately wrong password was accepted" in cause.because[0]
    assert len(others(proxy.authorizations)) == 1


def test_the_address_is_trusted_and_the_password_ignored() -> None:
    with scripted(lambda _: OPEN) as proxy:
        report = measure(proxy, GOOD, probes=WRONG)
    assert (report.verdict, found(report)) == ("compatible", [("auth.not-enforced", "info", "conclusive")])
    assert "the address is trusted, the password ignored" in report.causes[0].because[0]


def test_not_asked_but_a_wrong_password_is_refused_all_the_same() -> None:
    with scripted(lambda request: ASKING if request.authorization else OPEN) as proxy:
        report = measure(proxy, GOOD, probes=WRONG)
    assert (report.verdict, found(report)) == ("compatible", [])
    assert "a wrong password is refused (407)" in words(report)


def test_an_address_that_is_remembered_after_one_login() -> None:
    """Then nothing that passes afterwards says anything of passwords."""
    known: list[str] = []

    def script(request: Request) -> Said:
        if request.authorization == basic_value(GOOD):
            known.append("clerk")
        return OPEN if known else ASKING

    with scripted(script) as proxy:
        report = measure(proxy, GOOD, probes=EVERYTHING)
    assert (report.verdict, found(report)) == ("compatible", [])
    told = words(report)
    assert "after a login it lets this address pass without another" in told
    assert "with the user name in another case: not sent, after one login the proxy lets this address pass" in told
    assert len(others(proxy.authorizations)) == 1


@pytest.mark.parametrize("sensitive", [True, False])
def test_the_case_of_the_user_name(sensitive: bool) -> None:
    capitals = Credentials("CLERK", GOOD.password)
    with scripted(basic(GOOD, *([] if sensitive else [capitals]))) as proxy:
        report = measure(proxy, GOOD, probes=Probes(user_case=True))
    due = "in another case is refused: enter it exactly as it is (407)" if sensitive else "is accepted as well"
    assert due in words(report)
    assert others(proxy.authorizations) == [basic_value(capitals)]


def test_a_user_name_in_the_wrong_case_is_found() -> None:
    with scripted(basic(Credentials("EXAMPLE\\clerk", "pass-word"))) as proxy:
        report = measure(proxy, Credentials("EXAMPLE\\Clerk", "pass-word"), probes=Probes(user_case=True))
    assert found(report) == [("auth.rejected", "blocker", "conclusive")]
    assert "the same password is accepted with the user name in another case" in report.causes[0].because
    assert "The password is right; enter the user name" in explanation(report, "auth.rejected")


def test_the_other_form_of_the_user_name_is_found() -> None:
    with scripted(basic(Credentials("clerk@customer.example", "pass-word"))) as proxy:
        given = Credentials("CUSTOMER\\clerk", "pass-word")
        report = measure(proxy, given, probes=Probes(domain_form="clerk@customer.example"))
    assert found(report) == [("auth.rejected", "blocker", "conclusive")]
    assert "the same password is accepted under the other form of the user name" in report.causes[0].because
    assert len(proxy.authorizations) == 2


UMLAUT = Credentials("j\u00f6rg", "gr\u00fcn-x!")


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8"])
def test_the_encoding_that_the_proxy_takes(encoding: str) -> None:
    with scripted(basic(UMLAUT, encoding=encoding)) as proxy:
        report = measure(proxy, UMLAUT, probes=Probes(encoding=True))
    assert sorted(set(proxy.authorizations)) == sorted({basic_value(UMLAUT), basic_value(UMLAUT, "utf-8")})
    if encoding == "iso-8859-1":
        assert (report.verdict, found(report)) == ("compatible", [])
        assert "in UTF-8 they are refused (407)" in words(report)
    else:
        assert found(report) == [("auth.rejected", "blocker", "conclusive")]
        assert "the proxy reads them in UTF-8 and the device sends ISO-8859-1" in explanation(report, "auth.rejected")


@pytest.mark.parametrize(
    ("script", "credentials", "reason"),
    [
        (basic(GOOD), GOOD, "in UTF-8: not sent, user name and password are plain ASCII"),
        (basic(UMLAUT), Credentials("1234", "gr\u00fcn"), "in another case: not sent, the user name has no letters"),
        (basic(GOOD), BAD, "with a wrong password: not sent, the password given was refused already"),
        (lambda _: OPEN, GOOD, "in another case: not sent, the proxy did not ask for user name and password"),
        (
            lambda _: refusal('Proxy-Authenticate: Digest realm="x", nonce="n", qop="auth"'),
            GOOD,
            "with the user name in another case: not sent, the proxy does not offer Basic",
        ),
        (
            lambda _: Said(b"", "close"),
            GOOD,
            "no CONNECT was answered",
        ),
    ],
    ids=["ascii", "no-letters", "refused", "not-asked", "no-basic", "no-answer"],
)
@pytest.mark.slow
def test_a_probe_that_would_tell_nothing_is_not_made(script: Script, credentials: Credentials, reason: str) -> None:
    with scripted(script) as proxy:
        report = measure(proxy, credentials, probes=EVERYTHING)
    assert reason in words(report)


def test_without_being_asked_for_no_probe_is_made() -> None:
    with scripted(basic(GOOD)) as proxy:
        measure(proxy, GOOD)
    assert others(proxy.authorizations) == []


@pytest.mark.parametrize("password", ["", ":", "a:b", "@", "%41", '"', " x ", "\u00fc", "x" * 200, "\\"])
@pytest.mark.slow
def test_any_password_arrives_as_it_is(password: str) -> None:
    with scripted(basic(Credentials("clerk", password))) as proxy:
        report = measure(proxy, Credentials("clerk", password))
    assert (report.verdict, found(report)) == ("compatible", [])


@pytest.mark.parametrize("credentials", [Credentials("a:b", "x"), Credentials("clerk", "\u20ac5")])
def test_what_the_device_cannot_send_is_not_sent(credentials: Credentials) -> None:
    with scripted(basic(GOOD)) as proxy, pytest.raises(UsageError, match="the device cannot send these credentials"):
        measure(proxy, credentials)
    assert proxy.requests == []
