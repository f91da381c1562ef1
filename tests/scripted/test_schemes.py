"""Schemes: the verdict is the device's, and the given credentials are proved by what the proxy offers, once."""

from collections.abc import Callable

import pytest

from proxycheck.model.target import Credentials
from tests.scripted.accounts import BAD, BASIC, GOOD, basic, basic_value, digest, ntlm
from tests.scripted.proxy import OPEN, Request, Said, Script, explanation, measure, refusal, scripted, words

pytestmark = pytest.mark.slow


def proofs(values: list[str], scheme: str) -> int:
    """Values that prove the password: every one but the first message of NTLM."""
    return sum(value.startswith(scheme) and not value.startswith(f"{scheme} TlRMTVNTUAAB") for value in values)


@pytest.mark.usefixtures("ntlm_account")
@pytest.mark.parametrize(
    ("script", "scheme"),
    [
        pytest.param(lambda: digest(GOOD), "Digest", id="digest"),
        pytest.param(lambda: digest(GOOD, algorithm="MD5-sess"), "Digest", id="digest-md5-sess"),
        pytest.param(lambda: digest(GOOD, algorithm="SHA-256"), "Digest", id="digest-sha-256"),
        pytest.param(lambda: digest(GOOD, closes=True), "Digest", id="digest-on-two-connections"),
        pytest.param(ntlm, "NTLM", id="ntlm"),
        pytest.param(lambda: ntlm("Negotiate"), "Negotiate", id="negotiate"),
    ],
)
@pytest.mark.parametrize("credentials", [GOOD, BAD], ids=["right", "wrong"])
def test_the_given_credentials_are_proved_once_by_what_is_offered(
    script: Callable[[], Script], scheme: str, credentials: Credentials
) -> None:
    with scripted(script()) as proxy:
        report = measure(proxy, credentials)
    assert [(c.code, c.severity) for c in report.causes if c.severity != "info"] == [
        ("auth.scheme-unsupported", "blocker")
    ]
    told = explanation(report, "auth.scheme-unsupported")
    if credentials == GOOD:
        assert f"User name and password are right: the proxy accepted them by {scheme}." in told
        assert f"It offers only {scheme}: enable Basic for this device's address." in told
    else:
        assert "refused as well" in told
    assert not any(value.startswith("Basic") for value in proxy.authorizations)
    assert proofs(proxy.authorizations, scheme) == 1


def test_a_stale_nonce_is_no_refusal() -> None:
    with scripted(digest(GOOD, stale=1)) as proxy:
        report = measure(proxy, GOOD)
    assert "are right: the proxy accepted them by Digest" in explanation(report, "auth.scheme-unsupported")
    assert proofs(proxy.authorizations, "Digest") == 2


def test_the_nonce_for_the_next_request_is_used() -> None:
    with scripted(digest(GOOD, names_next=True)) as proxy:
        report = measure(proxy, GOOD)
    first, second = [value for value in proxy.authorizations if value.startswith("Digest")]
    assert 'nonce="nonce' in first
    assert 'nonce="next' in second
    assert "nc=00000001" in second
    assert "are right: the proxy accepted them by Digest" in explanation(report, "auth.scheme-unsupported")
    assert "it names the nonce of the next request, and accepts it" in words(report)


def test_a_proxy_that_names_a_nonce_and_forgets_it_is_told() -> None:
    asked: list[str] = []
    inner = digest(GOOD, names_next=True)

    def script(request: Request) -> Said:
        asked.append(request.authorization or "")
        return refusal("Proxy-Authenticate: Digest realm=r") if 'nonce="next' in asked[-1] else inner(request)

    with scripted(script) as proxy:
        report = measure(proxy, GOOD)
    assert "names the nonce of the next request, and does not accept it" in words(report)
    assert "are right: the proxy accepted them by Digest" in explanation(report, "auth.scheme-unsupported")


@pytest.mark.usefixtures("ntlm_account")
@pytest.mark.parametrize(("script", "scheme"), [(digest(GOOD), "Digest"), (ntlm(), "NTLM")], ids=["digest", "ntlm"])
def test_another_answer_to_a_proof_leaves_open_whether_it_was_right(script: Script, scheme: str) -> None:
    def denying(request: Request) -> Said:
        said = script(request)
        return refusal(status="403 Forbidden") if said.then == "tunnel" else said

    with scripted(denying) as proxy:
        report = measure(proxy, GOOD)
    told = explanation(report, "auth.scheme-unsupported")
    assert f"By {scheme}, user name and password get 403, which leaves open whether they are right." in told
    assert "are right: the proxy accepted" not in told
    assert proofs(proxy.authorizations, scheme) == 1


@pytest.mark.slow
def test_an_endless_stale_nonce_ends() -> None:
    with scripted(digest(GOOD, stale=99)) as proxy:
        report = measure(proxy, GOOD)
    assert "auth.scheme-unsupported" in [cause.code for cause in report.causes]
    assert proofs(proxy.authorizations, "Digest") <= 3


@pytest.mark.usefixtures("ntlm_account")
def test_ntlm_on_a_connection_that_closes_between_its_messages_is_told() -> None:
    with scripted(ntlm(closes=True)) as proxy:
        report = measure(proxy, GOOD)
    told = explanation(report, "auth.scheme-unsupported")
    assert "could not be tested by NTLM: the proxy closes the connection between the messages" in told
    assert proofs(proxy.authorizations, "NTLM") == 0
    assert "NTLM would log in a connection, in three messages that have to travel on it" in words(report)


@pytest.mark.parametrize("close", ["Connection: close", "Proxy-Connection: close"])
def test_ntlm_with_a_close_that_is_only_announced_is_told(close: str) -> None:
    token = "TlRMTVNTUAACAAAAAAAAADgAAAA="

    def script(request: Request) -> Said:
        return refusal(f"Proxy-Authenticate: NTLM{f' {token}' if request.authorization else ''}", close)

    with scripted(script) as proxy:
        report = measure(proxy, GOOD)
    assert "closes the connection between the messages" in explanation(report, "auth.scheme-unsupported")


def test_ntlm_that_is_not_continued_is_told() -> None:
    with scripted(lambda _: refusal("Proxy-Authenticate: NTLM")) as proxy:
        report = measure(proxy, GOOD)
    told = explanation(report, "auth.scheme-unsupported")
    assert "could not be tested by NTLM: the proxy did not go on with NTLM" in told
    assert proofs(proxy.authorizations, "NTLM") == 0


@pytest.mark.usefixtures("ntlm_account")
def test_where_negotiate_means_kerberos_only_ntlm_is_next() -> None:
    inner = ntlm()

    def script(request: Request) -> Said:
        value = request.authorization or ""
        said = inner(request)
        if value.startswith("NTLM") and said != refusal("Proxy-Authenticate: NTLM"):
            return said
        return refusal("Proxy-Authenticate: Negotiate", "Proxy-Authenticate: NTLM")

    with scripted(script) as proxy:
        report = measure(proxy, GOOD)
    assert "accepted them by NTLM. It offers only Negotiate, NTLM" in explanation(report, "auth.scheme-unsupported")


def test_a_scheme_nobody_speaks_is_told() -> None:
    with scripted(lambda _: refusal('Proxy-Authenticate: Bearer realm="x"')) as proxy:
        report = measure(proxy, GOOD)
    told = explanation(report, "auth.scheme-unsupported")
    assert "could not be tested: none of the schemes offered is spoken here" in told
    assert proxy.authorizations == []


def test_a_digest_of_an_unknown_algorithm_is_told() -> None:
    challenge = 'Proxy-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-999'
    with scripted(lambda _: refusal(challenge)) as proxy:
        report = measure(proxy, GOOD)
    assert "could not be tested by Digest: Digest algorithm SHA-999" in explanation(report, "auth.scheme-unsupported")
    assert proxy.authorizations == []


def test_a_tunnel_before_any_proof_proves_nothing() -> None:
    def script(request: Request) -> Said:
        return OPEN if request.authorization else refusal("Proxy-Authenticate: NTLM")

    with scripted(script) as proxy:
        report = measure(proxy, GOOD)
    assert "let the request pass before anything was proved" in explanation(report, "auth.scheme-unsupported")


def test_without_credentials_nothing_is_tried() -> None:
    with scripted(digest(GOOD)) as proxy:
        report = measure(proxy)
    told = explanation(report, "auth.scheme-unsupported")
    assert "were not tested, because none were given" in told
    assert proxy.authorizations == []


@pytest.mark.parametrize("order", [1, -1], ids=["basic-last", "basic-first"])
def test_several_schemes_on_lines_of_their_own_in_both_orders(order: int) -> None:
    lines = ("Proxy-Authenticate: Negotiate", "Proxy-Authenticate: NTLM", BASIC)[::order]
    with scripted(basic(GOOD, challenge=refusal(*lines))) as proxy:
        report = measure(proxy, GOOD)
    assert (report.verdict, report.causes) == ("compatible", ())
    assert set(proxy.authorizations) == {basic_value(GOOD)}


def test_refused_by_basic_means_never_tried_by_another_scheme() -> None:
    asking = refusal('Proxy-Authenticate: Digest realm="r", nonce="n", qop="auth"', "Proxy-Authenticate: NTLM", BASIC)
    with scripted(basic(GOOD, challenge=asking)) as proxy:
        report = measure(proxy, BAD)
    assert [cause.code for cause in report.causes] == ["auth.rejected"]
    assert proxy.authorizations == [basic_value(BAD)]
