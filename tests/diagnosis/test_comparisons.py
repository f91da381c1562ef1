"""What a host shows to another greeting, and without the proxy: proof against the proxy, or for it."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from msgspec import structs

from proxycheck.diagnosis.judgement import Diagnosis, diagnose
from proxycheck.diagnosis.trust import Trust
from proxycheck.model.cause import Cause
from proxycheck.model.evidence import Evidence, TlsEvidence
from proxycheck.model.failure import FailureName
from proxycheck.model.trust import TrustAnchors
from proxycheck.wire.certificates.verification import RootStore
from tests.diagnosis.recorded import OPENED, case, record
from tests.support.chains import END, NOBODY, NOW, START, Issued, authority, ec_key, leaf, name

PB, PITNEY, GOOGLE = "distservp1.pb.com:443", "api.pitneybowes.com:443", "mtalk.google.com:443"
HSHH = "hshh.org:443"
_TIMESTAMPS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
PUBLIC = authority("Public Root")
OTHER_PUBLIC = authority("Other Public Root")
PRIVATE = authority("Company Root")
TRUST = Trust(
    public=RootStore(TrustAnchors(name="test", certificates=(PUBLIC.der, OTHER_PUBLIC.der))),
    device=None,
    logs={},
    custom=False,
    custom_logs=False,
    listed=NOBODY,
    at=NOW,
)


def _tls(*chain: Issued, host: str, profile: str = "openssl", proved: bool = True) -> TlsEvidence:
    pem = tuple(issued.pem.decode("ascii") for issued in chain)
    return TlsEvidence(host, profile=profile, authenticated=proved, chain=pem, flight=None if proved else "complete")


def _host(endpoint: str) -> str:
    return endpoint.rpartition(":")[0]


def _seen(endpoint: str, *chain: Issued) -> list[Evidence]:
    """An ordinary handshake through the proxy."""
    tls = _tls(*chain, host=_host(endpoint))
    opened = record("endpoints", "connect", endpoint, received=OPENED)
    return [opened, record("endpoints", "tls", endpoint, tls=tls)]


def _greeted(endpoint: str, *chain: Issued, profile: str = "android-7.0") -> Evidence:
    tls = _tls(*chain, host=_host(endpoint), profile=profile, proved=False)
    return record("hellos", "tls", endpoint, variant=f"hello:{profile}", tls=tls)


def _directly(endpoint: str, *chain: Issued, failure: FailureName | None = None) -> Evidence:
    return record("outside", "control_tls", endpoint, failure, tls=_tls(*chain, host=_host(endpoint)))


def _issued(issuer: Issued, endpoint: str, *, end: datetime | None = None) -> tuple[Issued, Issued]:
    return leaf(issuer, _host(endpoint), end=end or END), issuer


def _with_timestamps(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    """As every public leaf has them; whose they are is not looked at where the issuer is not known."""
    return builder.add_extension(x509.UnrecognizedExtension(_TIMESTAMPS, b"\x04\x02\x00\x00"), critical=False)


def _judged(*evidence: list[Evidence] | Evidence) -> Diagnosis:
    records = [e for part in evidence for e in (part if isinstance(part, list) else [part])]
    return diagnose(case(records), TRUST)


def _verdicts(diagnosis: Diagnosis) -> dict[str, str]:
    return {e.observation.id: e.tls.verdict for e in diagnosis.endpoints if e.tls is not None}


def _only(diagnosis: Diagnosis, code: str) -> Cause:
    assert [cause.code for cause in diagnosis.causes] == [code]
    return diagnosis.causes[0]


def test_a_public_certificate_without_the_proxy_convicts_it() -> None:
    """Of one host alone nothing else could tell; its authority is known from then on."""
    found = _judged(
        _seen(PB, *_issued(PRIVATE, PB)), _directly(PB, *_issued(PUBLIC, PB)), _seen(PITNEY, *_issued(PRIVATE, PITNEY))
    )
    cause = _only(found, "tls.inspected")
    assert cause.confidence == "conclusive"
    assert set(cause.endpoints) == {PB, PITNEY}
    assert "without the proxy it is signed by" in cause.because[0]


def test_a_certificate_that_does_not_name_the_host_is_another_servers() -> None:
    """A filter that answers in DNS, or a router's own page: nobody reads what the host would have said."""
    router = leaf(PRIVATE, "router.lan")
    found = _judged(
        _seen(PB, router, PRIVATE),
        _directly(PB, *_issued(PUBLIC, PB)),
        *(_seen(endpoint, *_issued(PUBLIC, endpoint)) for endpoint in (GOOGLE, PITNEY)),
    )
    cause = _only(found, "tls.untrusted")
    assert "router.lan" in cause.because[0]
    assert "leads to another server" in cause.because[0]
    assert "without the proxy a valid one comes" in cause.because[0]


def test_one_that_names_the_host_in_its_subject_alone_was_made_for_it() -> None:
    key, issuer = ec_key(), PRIVATE.certificate.subject
    serial = x509.random_serial_number()
    builder = x509.CertificateBuilder(issuer, name(_host(PB)), key.public_key(), serial, START, END)
    old = Issued(PRIVATE.sign(builder), key)
    found = _judged(_seen(PB, old, PRIVATE), _directly(PB, *_issued(PUBLIC, PB)))
    assert _only(found, "tls.inspected").confidence == "conclusive"


def test_what_answers_the_devices_own_greeting_has_to_prove_the_host() -> None:
    """A public certificate of somebody else's, to this greeting alone: the ordinary handshake proves nothing for the
    device. Where the greeting was answered by the host as well, that was one of its servers."""
    ordinary, elsewhere = _seen(PB, *_issued(PUBLIC, PB)), _greeted(PB, leaf(PUBLIC, "portal.example.net"), PUBLIC)
    found = _judged(ordinary, elsewhere)
    assert _only(found, "tls.diverted").endpoints == (PB,)
    assert found.endpoints[0].verdict != "pass"
    assert _judged(ordinary, elsewhere, _greeted(PB, *_issued(PUBLIC, PB))).causes == ()


@pytest.mark.parametrize("profile", ["modern", "large", "android-9"])
def test_what_another_greeting_is_answered_does_not_concern_the_device(profile: str) -> None:
    """An inspector of newer clients: what the device sends gets through to the host."""
    foreign = _tls(*_issued(PRIVATE, PB), host=_host(PB), profile=profile, proved=False)
    other = record("hellos", "tls", PB, variant=f"hello:{profile}", tls=foreign)
    found = _judged(_seen(PB, *_issued(PUBLIC, PB)), _greeted(PB, *_issued(PUBLIC, PB)), other)
    assert _verdicts(found) == {PB: "passthrough"}
    assert found.causes == ()


def test_a_genuine_chain_with_a_signature_of_another_key_proves_nothing() -> None:
    copied = _greeted(PB, *_issued(PUBLIC, PB))
    assert copied.tls is not None
    signed_otherwise = structs.replace(copied, tls=structs.replace(copied.tls, possession="other-key"))
    ordinary = _seen(PB, *_issued(PUBLIC, PB))
    assert _verdicts(_judged(ordinary, copied)) == {PB: "passthrough"}
    assert _verdicts(_judged(ordinary, signed_otherwise)) == {PB: "inconclusive"}


def test_another_servers_certificate_for_another_greeting_is_no_inspection() -> None:
    found = _judged(_seen(PB, *_issued(PUBLIC, PB)), _greeted(PB, leaf(PRIVATE, "router.lan"), PRIVATE))
    cause = _only(found, "tls.untrusted")
    assert "to another TLS greeting the host shows its public one" in cause.because[0]


def test_the_same_certificate_both_ways_is_the_hosts_own() -> None:
    own = _issued(PRIVATE, HSHH)
    cause = _only(_judged(_seen(HSHH, *own), _directly(HSHH, *own)), "tls.untrusted")
    assert "has no part in it" in cause.because[0]
    again = _only(_judged(_seen(HSHH, *own), _directly(HSHH, *_issued(PRIVATE, HSHH))), "tls.untrusted")
    assert "of the same authority comes without the proxy" in again.because[0]


def test_one_authority_both_ways_for_unrelated_hosts_is_not_the_proxy() -> None:
    found = _judged(
        *(_seen(endpoint, *_issued(PRIVATE, endpoint)) for endpoint in (PB, GOOGLE, HSHH)),
        _directly(PB, *_issued(PRIVATE, PB)),
    )
    cause = _only(found, "tls.inspected")
    assert cause.confidence == "strong"
    assert "not the proxy under test" in cause.because[0]
    assert "antivirus" in cause.explanation
    assert not [remedy for remedy in cause.remedies if remedy.product]


def test_an_authority_seen_both_ways_convicts_nobody_by_another_host() -> None:
    """One host is public without the proxy, another is not: the authority is not the proxy's alone."""
    found = _judged(
        _seen(PB, *_issued(PRIVATE, PB)),
        _directly(PB, *_issued(PUBLIC, PB)),
        _seen(HSHH, *_issued(PRIVATE, HSHH)),
        _directly(HSHH, *_issued(PRIVATE, HSHH)),
    )
    assert all(cause.confidence == "strong" for cause in found.causes)


def test_an_expired_certificate_both_ways_is_the_hosts_own() -> None:
    late = _issued(PUBLIC, HSHH, end=datetime(2026, 6, 1, tzinfo=UTC))
    cause = _only(_judged(_seen(HSHH, *late), _directly(HSHH, *late)), "tls.expired")
    assert "has no part in it" in cause.because[-1]


def test_a_diverted_host_that_shows_its_own_certificate_without_the_proxy() -> None:
    cause = _only(
        _judged(_seen(HSHH, *_issued(PUBLIC, PB)), _directly(HSHH, *_issued(OTHER_PUBLIC, HSHH))), "tls.diverted"
    )
    assert "without the proxy a valid one comes" in cause.because[0]


def test_an_incomplete_chain_both_ways_accuses_nobody() -> None:
    short, _ = _issued(authority("Intermediate", PUBLIC), HSHH)
    cause = _only(_judged(_seen(HSHH, short), _directly(HSHH, short)), "tls.incomplete-chain")
    assert "has no part in it" in cause.because[0]


def test_an_incomplete_chain_that_is_whole_without_the_proxy_is_not_inspection() -> None:
    middle = authority("Intermediate", PUBLIC)
    first, second = (leaf(middle, _host(HSHH), amend=_with_timestamps) for _ in range(2))
    found = _judged(_seen(HSHH, first), _directly(HSHH, second, middle))
    assert _only(found, "tls.incomplete-chain")


def test_a_foreign_certificate_for_the_devices_greeting_counts() -> None:
    """Some interceptors choose by the ClientHello: whoever is treated as the device sees what the device sees."""
    found = _judged(
        *(_seen(endpoint, *_issued(PUBLIC, endpoint)) for endpoint in (PB, GOOGLE)),
        _greeted(PB, *_issued(PRIVATE, PB)),
    )
    cause = _only(found, "tls.inspected")
    assert (cause.confidence, cause.endpoints) == ("conclusive", (PB,))
    assert _verdicts(found) == {PB: "inspected", GOOGLE: "passthrough"}


@pytest.mark.parametrize("profile", ["modern", "large", "android-9"])
def test_a_foreign_certificate_for_greetings_that_the_device_never_sends_costs_it_nothing(profile: str) -> None:
    found = _judged(
        *(_seen(endpoint, *_issued(PUBLIC, endpoint)) for endpoint in (PB, GOOGLE)),
        *(_greeted(endpoint, *_issued(PRIVATE, endpoint), profile=profile) for endpoint in (PB, GOOGLE)),
    )
    assert found.causes == ()
    assert set(_verdicts(found).values()) == {"passthrough"}


def test_a_public_certificate_for_the_devices_greeting_does_not_excuse_the_others() -> None:
    found = _judged(_seen(PB, *_issued(PRIVATE, PB)), _greeted(PB, *_issued(PUBLIC, PB)))
    assert _only(found, "tls.inspected").confidence == "conclusive"


def test_what_no_greeting_explains_depends_on_the_connection() -> None:
    """Two exits, one of which inspects: a list of the hosts that were hit helps nobody."""
    found = _judged(
        _seen(PB, *_issued(PUBLIC, PB)),
        _greeted(PB, *_issued(PRIVATE, PB)),
        _seen(GOOGLE, *_issued(PRIVATE, GOOGLE)),
        _greeted(GOOGLE, *_issued(PUBLIC, GOOGLE)),
        _seen(HSHH, *_issued(PUBLIC, HSHH)),
    )
    cause = _only(found, "tls.inspected")
    assert set(cause.endpoints) == {PB, GOOGLE}
    assert "the TLS greeting does not decide" in cause.because[0]
    assert cause.because[-1] == "1 other endpoint came through unchanged this time"
    assert "depends on the connection" in cause.explanation
    assert "exempt the device's address" in cause.explanation
    assert not [r for r in cause.remedies if "hshh" in r.text or "pb.com" in r.text or "google" in r.text]


def test_the_same_greeting_both_ways_at_unrelated_hosts_depends_on_the_connection() -> None:
    evidence: list[list[Evidence] | Evidence] = [
        *(_seen(endpoint, *_issued(PUBLIC, endpoint)) for endpoint in (PB, GOOGLE)),
        *(_greeted(endpoint, *_issued(PRIVATE, endpoint)) for endpoint in (PB, GOOGLE)),
    ]
    assert "to one TLS greeting" in _only(_judged(*evidence), "tls.inspected").because[0]
    again = _greeted(PB, *_issued(PUBLIC, PB))
    assert "does not decide" in _only(_judged(*evidence, again), "tls.inspected").because[0]


def test_servers_of_one_owner_may_differ_among_themselves() -> None:
    found = _judged(
        _seen(PB, *_issued(PUBLIC, PB)),
        _greeted(PB, *_issued(PRIVATE, PB)),
        _greeted(PB, *_issued(PUBLIC, PB)),
        _seen(GOOGLE, *_issued(PUBLIC, GOOGLE)),
    )
    assert "does not decide" not in _only(found, "tls.inspected").because[0]


def _unspoken(endpoint: str) -> list[Evidence]:
    """An ordinary handshake with somebody who speaks no TLS that this computer does."""
    opened = record("endpoints", "connect", endpoint, received=OPENED)
    return [opened, record("endpoints", "tls", endpoint, "tls-protocol", tls=TlsEvidence(_host(endpoint)))]


def test_a_certificate_that_comes_to_the_devices_greeting_alone_counts() -> None:
    """An old inspector: no handshake of this computer completes with it, and the device shows it all the same."""
    found = _judged(
        *(_unspoken(endpoint) for endpoint in (PB, GOOGLE)),
        *(_greeted(endpoint, *_issued(PRIVATE, endpoint)) for endpoint in (PB, GOOGLE)),
        _seen(HSHH, *_issued(PUBLIC, HSHH)),
    )
    cause = _only(found, "tls.inspected")
    assert set(cause.endpoints) == {PB, GOOGLE}
    assert _verdicts(found) == {PB: "inspected", GOOGLE: "inspected", HSHH: "passthrough"}
    assert found.verdict == "incompatible"


def test_a_public_one_that_comes_to_the_devices_greeting_alone_proves_nothing() -> None:
    found = _judged(
        *(_unspoken(endpoint) for endpoint in (PB, GOOGLE)),
        *(_greeted(endpoint, *_issued(PUBLIC, endpoint)) for endpoint in (PB, GOOGLE)),
        _seen(HSHH, *_issued(PUBLIC, HSHH)),
    )
    assert [cause.code for cause in found.causes] == ["tls.blocked"]
    assert _verdicts(found) == {HSHH: "passthrough"}


def _by_itself(endpoint: str) -> Issued:
    """What a server shows that was never given a certificate."""
    names = x509.SubjectAlternativeName([x509.DNSName(_host(endpoint))])
    return authority(_host(endpoint), amend=lambda builder: builder.add_extension(names, critical=False))


def test_a_second_server_of_one_host_that_signed_for_itself_inspects_nothing() -> None:
    for seen in (
        [*_seen(PB, *_issued(PUBLIC, PB)), _greeted(PB, _by_itself(PB))],
        [*_seen(PB, _by_itself(PB)), _greeted(PB, *_issued(PUBLIC, PB))],
    ):
        found = _judged(seen, _seen(GOOGLE, *_issued(PUBLIC, GOOGLE)))
        cause = _only(found, "tls.untrusted")
        assert _verdicts(found) == {PB: "inconclusive", GOOGLE: "passthrough"}
        assert "signed by itself; to another TLS greeting the host shows its public one" in cause.because[0]


def test_hosts_of_two_owners_do_not_both_have_such_a_server() -> None:
    found = _judged(
        *(_seen(endpoint, *_issued(PUBLIC, endpoint)) for endpoint in (PB, GOOGLE)),
        *(_greeted(endpoint, _by_itself(endpoint)) for endpoint in (PB, GOOGLE)),
    )
    assert _only(found, "tls.inspected").confidence == "conclusive"


def test_public_certificates_may_differ_by_greeting() -> None:
    """Hosts have certificates of several kinds, and some forget an intermediate with one of them."""
    short = leaf(authority("Intermediate", PUBLIC), _host(PITNEY), amend=_with_timestamps)
    found = _judged(
        *(_seen(endpoint, *_issued(PUBLIC, endpoint)) for endpoint in (PB, PITNEY)),
        _greeted(PB, *_issued(OTHER_PUBLIC, PB)),
        _greeted(PITNEY, short),
    )
    assert found.causes == ()
    assert set(_verdicts(found).values()) == {"passthrough"}


def test_a_handshake_that_fails_both_ways_is_the_hosts_matter() -> None:
    dead = [
        record("endpoints", "connect", HSHH, received=OPENED),
        record("endpoints", "tls", HSHH, "eof", tls=TlsEvidence(_host(HSHH))),
    ]
    works = _seen(PB, *_issued(PUBLIC, PB))
    assert _only(_judged(works, dead), "tls.blocked").confidence == "strong"
    both = _only(_judged(works, dead, _directly(HSHH, failure="eof")), "endpoint.down")
    assert (both.severity, both.endpoints) == ("info", (HSHH,))
    alone = _only(_judged(works, dead, _directly(HSHH, *_issued(PUBLIC, HSHH))), "tls.blocked")
    assert alone.confidence == "conclusive"
