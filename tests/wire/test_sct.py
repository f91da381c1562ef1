"""Signed certificate timestamps, with a log of our own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID

from proxycheck.lab.internet.ct_log import LabLog, with_timestamps
from proxycheck.model.trust import CtLog
from proxycheck.wire.certificates.certificate import spki_of
from proxycheck.wire.certificates.facts import certificate_facts
from proxycheck.wire.certificates.sct import SctResult, signed_data, verify_scts
from tests.support.chains import NOW, Issued, authority, leaf, rsa_key

_GIVEN = NOW - timedelta(days=3, microseconds=-7000)


def _logged(issuer: Issued, *logs: LabLog, host: str = "www.example") -> Issued:
    return leaf(
        issuer,
        host,
        amend=lambda builder: with_timestamps(builder, issuer.sign, issuer.spki, logs, _GIVEN),
    )


def _known(*logs: LabLog) -> dict[bytes, CtLog]:
    return {entry.log.log_id: entry.log for entry in logs}


def _verdicts(results: tuple[SctResult, ...]) -> list[str]:
    return [result.verdict for result in results]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_genuine_timestamps_are_valid(count: int) -> None:
    issuer = authority("Issuer")
    logs = [LabLog(f"log {number}") for number in range(count)]
    issued = _logged(issuer, *logs)
    results = verify_scts(issued.der, issuer.spki, _known(*logs))
    assert _verdicts(results) == ["valid"] * count
    assert [result.log for result in results] == [f"log {number}" for number in range(count)]
    assert {result.timestamp for result in results} == {_GIVEN}
    assert certificate_facts(issued.der).has_scts


def test_an_unknown_log_is_unknown_and_not_wrong() -> None:
    issuer, known, unknown = authority("Issuer"), LabLog("known"), LabLog("unknown")
    results = verify_scts(_logged(issuer, unknown, known).der, issuer.spki, _known(known))
    assert _verdicts(results) == ["unknown-log", "valid"]
    assert results[0].log is None


def test_the_issuer_is_bound_in() -> None:
    issuer, namesake, log = authority("Issuer"), authority("Issuer"), LabLog()
    results = verify_scts(_logged(issuer, log).der, namesake.spki, _known(log))
    assert _verdicts(results) == ["invalid"]


def _copied(genuine: x509.Certificate, key_of: Issued, mimic: Issued) -> Issued:
    """What a mimic can do: every field and extension of the origin, its own key or issuer."""
    builder = x509.CertificateBuilder(
        subject_name=genuine.subject,
        issuer_name=genuine.issuer,
        public_key=key_of.key.public_key(),
        serial_number=genuine.serial_number,
        not_valid_before=genuine.not_valid_before_utc,
        not_valid_after=genuine.not_valid_after_utc,
    )
    for extension in genuine.extensions:
        value: x509.ExtensionType = extension.value
        if isinstance(value, x509.PrecertificateSignedCertificateTimestamps):
            value = x509.UnrecognizedExtension(extension.oid, value.public_bytes())
        builder = builder.add_extension(value, extension.critical)
    return Issued(mimic.sign(builder), key_of.key)


def test_a_mimic_that_copies_serial_dates_and_timestamps_is_found_out() -> None:
    issuer, mimic, log = authority("Issuer"), authority("Issuer"), LabLog()
    genuine = _logged(issuer, log)
    own_key = leaf(mimic, "www.example")
    for copy in (
        _copied(genuine.certificate, own_key, mimic),
        _copied(genuine.certificate, genuine, mimic),
    ):
        facts, original = certificate_facts(copy.der), certificate_facts(genuine.der)
        assert (facts.serial, facts.not_before, facts.has_scts) == (original.serial, original.not_before, True)
        assert _verdicts(verify_scts(copy.der, mimic.spki, _known(log))) == ["invalid"]
    # With the real issuer's key named, the copy under another leaf key still fails.
    copy = _copied(genuine.certificate, own_key, mimic)
    assert _verdicts(verify_scts(copy.der, issuer.spki, _known(log))) == ["invalid"]


def test_timestamps_of_another_certificate_do_not_fit() -> None:
    issuer, log = authority("Issuer"), LabLog()
    other = _logged(issuer, log, host="other.example").certificate
    timestamps = other.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value

    def borrowed(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        extension = x509.UnrecognizedExtension(
            ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS, timestamps.public_bytes()
        )
        return builder.add_extension(extension, critical=False)

    issued = leaf(issuer, "www.example", amend=borrowed)
    assert _verdicts(verify_scts(issued.der, issuer.spki, _known(log))) == ["invalid"]


def test_no_timestamps() -> None:
    issuer = authority("Issuer")
    assert verify_scts(leaf(issuer, "www.example").der, issuer.spki, {}) == ()


@pytest.mark.parametrize("content", [b"", b"\x04\x00", b"\x04\x02\x00\x05", b"\x04\x04\x00\x02\x00\x30", b"junk"])
def test_unreadable_timestamps_are_none(content: bytes) -> None:
    issuer = authority("Issuer")

    def broken(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        oid = ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS
        return builder.add_extension(x509.UnrecognizedExtension(oid, content), critical=False)

    assert verify_scts(leaf(issuer, "www.example", amend=broken).der, issuer.spki, {}) == ()


def test_a_log_may_sign_with_rsa(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer, log, key = authority("Issuer"), LabLog(), rsa_key()
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def timestamp(precertificate: bytes, issuer_spki: bytes, at: datetime) -> bytes:
        data = signed_data(at, precertificate, issuer_spki, b"")
        signature = key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        milliseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
        return (
            b"\x00"
            + log.log.log_id
            + milliseconds.to_bytes(8, "big")
            + b"\x00\x00\x04\x01"
            + len(signature).to_bytes(2, "big")
            + signature
        )

    stand_in: Callable[[bytes, bytes, datetime], bytes] = timestamp
    monkeypatch.setattr(log, "timestamp", stand_in)
    logs = {log.log.log_id: msgspec.structs.replace(log.log, key=spki)}
    issued = _logged(issuer, log)
    assert _verdicts(verify_scts(issued.der, issuer.spki, logs)) == ["valid"]
    assert _verdicts(verify_scts(issued.der, authority("Other").spki, logs)) == ["invalid"]


def test_the_issuer_key_comes_from_the_sent_certificate() -> None:
    issuer, log = authority("Issuer", key=rsa_key()), LabLog()
    assert _verdicts(verify_scts(_logged(issuer, log).der, spki_of(issuer.der), _known(log))) == ["valid"]


def test_an_odd_serial_number_does_not_warn() -> None:
    issuer, log = authority("Issuer"), LabLog()

    def odd(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        # AuthorityKeyIdentifier with a serial number of 0, which the library's own class refuses to write.
        key_id = x509.ObjectIdentifier("2.5.29.35")
        name = issuer.certificate.subject.public_bytes()
        directory_name = b"\xa4" + bytes([len(name)]) + name
        body = b"\xa1" + bytes([len(directory_name)]) + directory_name + b"\x82\x01\x00"
        extension = x509.UnrecognizedExtension(key_id, b"\x30" + bytes([len(body)]) + body)
        builder = builder.add_extension(extension, critical=False)
        return with_timestamps(builder, issuer.sign, issuer.spki, [log], _GIVEN)

    issued = leaf(issuer, "www.example", amend=odd)
    assert _verdicts(verify_scts(issued.der, issuer.spki, _known(log))) == ["valid"]
    assert certificate_facts(issued.der).problem is None


def test_no_certificate_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r".+"):
        verify_scts(b"junk", b"", {})
