"""No lock-out: what the proxy counts is what was promised, however many hosts and however parallel."""

import pytest

from proxycheck.catalogue.devices import load_device
from proxycheck.cli.probes import warn
from proxycheck.model.probes import Probes
from proxycheck.model.target import Credentials, ProxyAddress
from proxycheck.runner import Plan, most_refused_logins
from tests.scripted.accounts import BAD, BASIC, GOOD, basic, basic_value, digest, ntlm
from tests.scripted.proxy import OPEN, Request, Said, Script, endpoints, measure, refusal, scripted

ALL = Probes(bad_password=True, user_case=True, encoding=True, domain_form="clerk@customer.example")
ASKING = refusal(BASIC)


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


@pytest.mark.parametrize("device", ["sendpro-c", "connectplus"])
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_refused_password_is_sent_once(script: Script, device: str) -> None:
    with scripted(script) as proxy:
        report = measure(proxy, BAD, device=device, hosts=endpoints(150))
    assert proxy.authorizations == [basic_value(BAD)]
    assert report.verdict == "incompatible"


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_probes_add_one_each_at_most_and_never_the_same(script: Script) -> None:
    umlaut = Credentials("clerk", "gr\u00fcn-x!")
    with scripted(script) as proxy:
        measure(proxy, umlaut, hosts=endpoints(60), probes=ALL)
    assert len(proxy.authorizations) == len(set(proxy.authorizations))
    assert len(proxy.authorizations) <= 1 + 4


@pytest.mark.usefixtures("ntlm_account")
@pytest.mark.parametrize("script", [digest(GOOD), ntlm(), ntlm("Negotiate")], ids=["digest", "ntlm", "negotiate"])
def test_a_password_refused_by_another_scheme_is_sent_once(script: Script) -> None:
    def mostly(request: Request) -> Said:
        return OPEN if request.target.startswith("h0.") else script(request)

    with scripted(mostly) as proxy:
        measure(proxy, BAD, hosts=endpoints(150), probes=ALL)
    proofs = [value for value in proxy.authorizations if " TlRMTVNTUAAB" not in value]
    assert len(proofs) == 1
    assert not proofs[0].startswith("Basic")


def test_right_credentials_go_unasked_only_after_they_were_accepted() -> None:
    with scripted(basic(GOOD)) as proxy:
        measure(proxy, GOOD, hosts=endpoints(50))
    assert proxy.requests[0].authorization is None
    assert set(proxy.authorizations) == {basic_value(GOOD)}


@pytest.mark.parametrize(
    ("credentials", "probes", "quiet", "most", "due"),
    [
        (None, Probes(), False, 0, None),
        (GOOD, Probes(), False, 1, "1 refused login of 'clerk'"),
        (GOOD, Probes(), True, 1, None),
        (GOOD, ALL, True, 5, "5 refused logins of 'clerk'"),
        (None, Probes(bad_password=True), False, 1, "1 refused login"),
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
    said = f"proxycheck: this run may cause at most {due} at the proxy.\n" if due else ""
    assert capsys.readouterr().err == said
    assert most_refused_logins(plan) == most
