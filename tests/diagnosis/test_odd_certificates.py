"""Certificates that break the rules, or are for something else: they never pass, and tell who signed them."""

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from msgspec import structs

from proxycheck.model.evidence import Evidence, TlsEvidence
from proxycheck.model.trust import TrustAnchors
from proxycheck.wire.certificates.facts import to_pem
from proxycheck.wire.certificates.verification import RootStore
from tests.diagnosis.recorded import OPENED, record
from tests.diagnosis.shown import findings, run, shown, verdicts
from tests.diagnosis.test_interception import AMAZON, BELIEVED, GOOGLE, PB, PUBLIC, UNRELATED, honest, rules
from tests.support import chains
from tests.support.odd_certificates import ODD, odd_der

COMPANY = chains.authority("Company CA")


def _odd(kind: str, host: str, *, possession: bool = True) -> list[Evidence]:
    chain = (to_pem(odd_der(COMPANY, kind, host)), to_pem(COMPANY.der))
    tls = TlsEvidence(host, authenticated=possession, chain=chain)
    return [
        record("endpoints", "connect", f"{host}:443", received=OPENED),
        record("endpoints", "tls", f"{host}:443", tls=tls),
    ]


@pytest.mark.parametrize("kind", ODD)
def test_odd_certificates_of_one_private_authority_are_inspection(kind: str) -> None:
    """One byte of each leaf BER instead of DER made every host pass."""
    told = rules([each for host in UNRELATED for each in _odd(kind, host)])
    assert told == dict.fromkeys(UNRELATED, "one-authority-for-unrelated-hosts")


@pytest.mark.parametrize("kind", ODD)
def test_one_odd_certificate_concerns_its_host_alone(kind: str) -> None:
    told = rules([*_odd(kind, PB), *honest(AMAZON, GOOGLE)])
    assert told == {PB: "unreadable", AMAZON: "proved-by-timestamp", GOOGLE: "proved-by-timestamp"}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_certificate_of_a_public_authority_is_no_pass(kind: str) -> None:
    company = RootStore(TrustAnchors(name="public", certificates=(COMPANY.der,)))
    told = verdicts(run(_odd(kind, PB)), structs.replace(BELIEVED, public=company, at=chains.NOW))
    assert (told[PB].row, told[PB].verdict, told[PB].cause) == ("unreadable", "inconclusive", "tls.untrusted")


@pytest.mark.parametrize("shown_as", [("no certificate",), ()])
def test_what_is_no_certificate_at_all_is_no_pass(shown_as: tuple[str, ...]) -> None:
    pem = tuple(to_pem(text.encode()) for text in shown_as)
    evidence = record("endpoints", "tls", f"{PB}:443", tls=TlsEvidence(PB, authenticated=True, chain=pem))
    opened = record("endpoints", "connect", f"{PB}:443", received=OPENED)
    told = verdicts(run([opened, evidence]), BELIEVED)
    assert (told[PB].verdict, told[PB].cause) == ("inconclusive", "tls.untrusted")
    assert [finding.code for finding in findings(run([opened, evidence]), BELIEVED)] == ["tls.untrusted"]


@pytest.mark.parametrize(
    ("uses", "row"),
    [
        ([ExtendedKeyUsageOID.EMAIL_PROTECTION], "not-for-servers"),
        ([ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.SERVER_AUTH], "proved"),
        ([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE], "proved"),
    ],
)
@pytest.mark.parametrize("above", [False, True])
def test_a_certificate_for_other_uses_is_no_servers(uses: list[x509.ObjectIdentifier], row: str, above: bool) -> None:
    """A public authority for e-mail may be a company's own; a device refuses what it issues."""
    usage = x509.ExtendedKeyUsage(uses)

    def limited(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        return builder.add_extension(usage, critical=False)

    middle = chains.authority("Mail CA", COMPANY, amend=limited if above else None)
    leaf = chains.leaf(middle, PB, amend=None if above else limited)
    company = RootStore(TrustAnchors(name="public", certificates=(COMPANY.der,)))
    case = run(shown(PB, (leaf.certificate, middle.certificate)))
    assert verdicts(case, structs.replace(BELIEVED, public=company, at=chains.NOW))[PB].row == row


_UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")


def _critical(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    return builder.add_extension(_UNKNOWN, critical=True)


@pytest.mark.parametrize("hosts", [(PB,), UNRELATED])
def test_what_a_public_authority_signed_and_openssl_refuses_is_told_with_its_reason(hosts: tuple[str, ...]) -> None:
    evidence = [
        each
        for host in hosts
        for each in shown(host, (chains.leaf(COMPANY, host, amend=_critical).certificate, COMPANY.certificate))
    ]
    company = RootStore(TrustAnchors(name="public", certificates=(COMPANY.der,)))
    told = verdicts(run(evidence), structs.replace(BELIEVED, public=company, at=chains.NOW))
    assert {(j.row, j.verdict) for j in told.values()} == {("untrusted", "inconclusive")}
    assert "unhandled critical extension" in told[PB].proof
    assert ", whose own leads to a public root, " in told[PB].proof


def test_a_leaf_that_signs_is_no_authority_whoever_issued_it() -> None:
    company = RootStore(TrustAnchors(name="public", certificates=(COMPANY.der,)))
    believed = structs.replace(BELIEVED, public=company, at=chains.NOW)
    somebody = chains.leaf(COMPANY, "somebody.example")
    made = {host: (chains.leaf(somebody, host).certificate, somebody.certificate) for host in UNRELATED}
    one = verdicts(run(shown(PB, made[PB])), believed)[PB]
    assert (one.row, one.verdict) == ("untrusted", "inconclusive")
    assert "the one 1 above the host's: invalid CA certificate" in one.proof
    assert "public list" not in one.proof
    told = verdicts(run([each for host in UNRELATED for each in shown(host, made[host])]), believed)
    assert {j.row for j in told.values()} == {"one-authority-for-unrelated-hosts"}


@pytest.mark.parametrize(
    ("named", "sent"),
    [(PUBLIC.intermediate, True), (PUBLIC.intermediate, False), (PUBLIC.root, True), (PUBLIC.root, False)],
)
def test_a_leaf_under_a_public_name_that_the_public_key_did_not_sign_misses_no_certificate(
    named: x509.Certificate, sent: bool
) -> None:
    above = (named,) if sent else ()
    impostor = chains.Issued(named, chains.ec_key())
    told = verdicts(run([*shown(PB, (chains.leaf(impostor, PB).certificate, *above)), *honest(AMAZON)]), BELIEVED)[PB]
    assert (told.row, told.verdict, told.cause) == ("untrusted", "inconclusive", "tls.untrusted")
    assert "whose key did not sign it" in told.proof
    assert "not sent" not in told.proof
    many = [e for h in UNRELATED for e in shown(h, (chains.leaf(impostor, h).certificate, *above))]
    inspected = verdicts(run([*many, *honest("captive.apple.com")]), BELIEVED)[PB]
    assert inspected.row == "one-authority-for-unrelated-hosts"
    assert "not sent" not in inspected.proof
    assert "none of them sends" not in inspected.proof


def test_a_public_name_over_another_key_may_be_an_older_certificate_of_the_authoritys() -> None:
    """Which of them the host forgot is not known, so the name alone makes nothing public."""

    def older(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        public = chains.ec_key().public_key()
        return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)

    another = chains.leaf(chains.Issued(PUBLIC.intermediate, chains.ec_key()), PB, amend=older).certificate
    told = verdicts(run([*shown(PB, (another, PUBLIC.intermediate)), *honest(AMAZON)]), BELIEVED)[PB]
    assert (told.row, told.confidence) == ("chain-incomplete", "weak")
