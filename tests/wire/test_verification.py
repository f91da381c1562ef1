"""Chains against roots, offline."""

import contextlib
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from OpenSSL import SSL

from proxycheck.model.trust import KnownRoot, TrustAnchors
from proxycheck.wire.certificates.outcome import UNKNOWN_ISSUER, Verification
from proxycheck.wire.certificates.verification import RootStore, verify
from tests.support.chains import END, NOW, START, Issued, Key, authority, ec_key, leaf, name, rsa_key

_LATER = END + timedelta(days=1)
_MUCH_LATER = datetime(2040, 1, 1, tzinfo=UTC)


def _anchors(*roots: Issued, expiry_ignored: bool = False) -> TrustAnchors:
    ders = tuple(root.der for root in roots)
    return TrustAnchors(name="test", certificates=ders, expiry_ignored=expiry_ignored)


def _verify(chain: list[Issued], anchors: TrustAnchors, at: datetime = NOW) -> Verification:
    return verify([issued.der for issued in chain], RootStore(anchors), at)


def _long_lived(common_name: str, issuer: Issued | None = None) -> Issued:
    return authority(common_name, issuer, end=datetime(2050, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("new_key", [rsa_key, ec_key])
def test_a_chain_to_a_root(new_key: Callable[[], Key]) -> None:
    root = authority("Root", key=new_key())
    intermediate = authority("Intermediate", root)
    issued = leaf(intermediate, "www.example")
    outcome = _verify([issued, intermediate], _anchors(authority("Other"), root))
    assert outcome.ok
    assert outcome.anchored
    assert outcome.code == 0
    assert outcome.path == (issued.der, intermediate.der, root.der)
    assert outcome.anchor_sha256 == hashlib.sha256(root.der).hexdigest()


def test_order_repetition_and_strangers_in_the_chain_do_not_matter() -> None:
    root = authority("Root")
    upper = authority("Upper", root)
    lower = authority("Lower", upper)
    issued = leaf(lower, "www.example")
    sent = [issued, authority("Stranger"), root, upper, lower, root]
    assert _verify(sent, _anchors(root)).ok


def test_nothing_above_the_leaf_is_code_20_at_depth_0() -> None:
    root = authority("Root")
    outcome = _verify([leaf(authority("Intermediate", root), "www.example")], _anchors(root))
    assert (outcome.ok, outcome.code, outcome.depth) == (False, 20, 0)
    assert not outcome.anchored
    assert outcome.undecided is None


def test_a_private_authority_is_an_unknown_issuer() -> None:
    private = authority("Inspecting proxy")
    issued = leaf(private, "www.example")
    anchors = _anchors(authority("Root"))
    for sent, code in (([issued], 20), ([issued, private], 19), ([private], 18)):
        outcome = _verify(sent, anchors)
        assert outcome.code == code
        assert outcome.code in UNKNOWN_ISSUER
        assert outcome.path == ()


def test_a_namesake_of_a_root_is_not_the_root() -> None:
    outcome = _verify([leaf(authority("Root"), "www.example")], _anchors(authority("Root")))
    assert not outcome.ok
    assert not outcome.anchored


def test_a_tampered_leaf() -> None:
    root = authority("Root")
    issued = leaf(root, "www.example")
    broken = issued.der[:-1] + bytes([issued.der[-1] ^ 1])
    outcome = verify([broken], RootStore(_anchors(root)), NOW)
    assert (outcome.ok, outcome.code, outcome.depth) == (False, 7, 0)
    assert outcome.path == ()


def test_a_failed_verification_leaves_nothing_for_a_session_to_trip_over() -> None:
    """OpenSSL keeps errors in a queue of the thread, and a session takes what it finds there for its own."""
    root = authority("Root", key=rsa_key())
    issued = leaf(root, "www.example")
    at = len(issued.der) - 3
    broken = issued.der[:at] + bytes([issued.der[at] ^ 1]) + issued.der[at + 1 :]
    client = _established(issued)
    assert verify([broken], RootStore(_anchors(root)), NOW).code == 7
    with pytest.raises(SSL.WantReadError):
        client.recv(1)


def _established(issued: Issued) -> SSL.Connection:
    """A client in a session with the holder of `issued`, all in memory. TLS 1.2, since the tickets of TLS 1.3
    start the handshake's machinery again, and that empties the queue."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.use_certificate(issued.certificate)
    context.use_privatekey(issued.key)
    client, server = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None), SSL.Connection(context, None)
    client.set_connect_state()
    server.set_accept_state()
    for sender, receiver in ((client, server), (server, client)) * 3:
        with contextlib.suppress(SSL.WantReadError):
            sender.do_handshake()
        with contextlib.suppress(SSL.WantReadError):
            receiver.bio_write(sender.bio_read(65536))
    return client


def test_a_leaf_cannot_issue() -> None:
    root = authority("Root")
    cheat = leaf(root, "cheat.example")
    outcome = _verify([leaf(cheat, "www.example"), cheat], _anchors(root))
    assert not outcome.ok
    assert not outcome.anchored


def test_one_store_judges_many_moments() -> None:
    root = _long_lived("Root")
    chain = [leaf(root, "www.example").der]
    store = RootStore(_anchors(root))
    moments = [NOW, _LATER, NOW, START - timedelta(days=1), NOW, START, END]
    outcomes = [verify(chain, store, moment) for moment in moments]
    assert [outcome.code for outcome in outcomes] == [0, 10, 0, 9, 0, 0, 0]
    assert all(outcome.anchored for outcome in outcomes)


def test_a_moment_may_be_told_in_any_time_zone() -> None:
    root = _long_lived("Root")
    chain = [leaf(root, "www.example").der]
    ahead = timezone(timedelta(hours=14))
    assert verify(chain, RootStore(_anchors(root)), END.astimezone(ahead)).ok
    assert not verify(chain, RootStore(_anchors(root)), (END + timedelta(seconds=1)).astimezone(ahead)).ok


def test_an_expired_intermediate_is_told_from_an_expired_leaf() -> None:
    root = _long_lived("Root")
    intermediate = authority("Intermediate", root)
    lasting = leaf(intermediate, "www.example", end=datetime(2050, 1, 1, tzinfo=UTC))
    fleeting = leaf(intermediate, "www.example")
    outcome = _verify([lasting, intermediate], _anchors(root), _LATER)
    assert (outcome.ok, outcome.code, outcome.depth) == (False, 10, 1)
    assert _verify([fleeting, intermediate], _anchors(root), _LATER).depth == 0


def test_an_expired_certificate_of_a_stranger_is_a_stranger_first() -> None:
    private = authority("Inspecting proxy")
    outcome = _verify([leaf(private, "www.example"), private], _anchors(authority("Root")), _LATER)
    assert outcome.code == 19
    assert not outcome.anchored


def test_a_renewed_intermediate_is_found_beside_the_expired_one() -> None:
    root = _long_lived("Root")
    expired = authority("Intermediate", root)
    renewed = authority("Intermediate", root, end=datetime(2050, 1, 1, tzinfo=UTC), key=expired.key)
    issued = leaf(renewed, "www.example", end=datetime(2050, 1, 1, tzinfo=UTC))
    for others in ([expired, renewed], [renewed, expired]):
        outcome = _verify([issued, *others], _anchors(root), _LATER)
        assert outcome.ok
        assert renewed.der in outcome.path


def test_the_same_below_an_anchor_that_is_no_root() -> None:
    far = datetime(2050, 1, 1, tzinfo=UTC)
    anchor = authority("Anchor", authority("Root"), end=far)
    expired = authority("Intermediate", anchor)
    renewed = authority("Intermediate", anchor, end=far, key=expired.key)
    issued = leaf(renewed, "www.example", end=far)
    for others in ([expired, renewed], [renewed, expired]):
        outcome = _verify([issued, *others], _anchors(anchor), _LATER)
        assert outcome.path == (issued.der, renewed.der, anchor.der)


def test_an_expired_anchor_counts_only_where_its_dates_do() -> None:
    root = authority("Root")
    intermediate = authority("Intermediate", root, end=datetime(2050, 1, 1, tzinfo=UTC))
    chain = [leaf(intermediate, "www.example", end=datetime(2050, 1, 1, tzinfo=UTC)), intermediate]
    strict = _verify(chain, _anchors(root), _LATER)
    assert (strict.ok, strict.code, strict.depth, strict.anchored) == (False, 10, 2, True)
    assert _verify(chain, _anchors(root, expiry_ignored=True), _LATER).ok
    late = _verify(chain, _anchors(root, expiry_ignored=True), datetime(2051, 1, 1, tzinfo=UTC))
    assert (late.ok, late.depth) == (False, 0)


def test_a_cross_signed_root_leads_to_the_older_store() -> None:
    old_root, new_root = _long_lived("Old root"), authority("New root")
    cross = authority("New root", old_root, key=new_root.key)
    intermediate = authority("Intermediate", new_root)
    chain = [leaf(intermediate, "www.example"), intermediate, cross]
    old = _verify(chain, _anchors(old_root))
    assert old.ok
    assert old.path[-1] == old_root.der
    new = _verify(chain, _anchors(old_root, new_root))
    assert new.path[-1] == new_root.der
    assert not _verify(chain[:2], _anchors(old_root)).ok


def test_any_certificate_can_be_an_anchor() -> None:
    root = authority("Root")
    intermediate = authority("Intermediate", root)
    issued = leaf(intermediate, "www.example")
    assert _verify([issued], _anchors(intermediate)).path == (issued.der, intermediate.der)
    assert _verify([issued], _anchors(issued)).path == (issued.der,)


def test_a_root_known_by_fingerprint_counts_when_it_is_sent() -> None:
    root = authority("Old Root")
    issued = leaf(root, "www.example")
    known = KnownRoot(hashlib.sha256(root.der).hexdigest(), "Old Root")
    anchors = TrustAnchors(name="test", certificates=(authority("Root").der,), fingerprint_only=(known,))
    assert _verify([issued, root], anchors).ok
    silent = _verify([issued], anchors)
    assert not silent.ok
    assert silent.undecided == "Old Root"
    namesake = authority("Old Root")
    outcome = _verify([leaf(namesake, "www.example"), namesake], anchors)
    assert not outcome.ok
    assert outcome.undecided is None
    assert _verify([leaf(authority("Elsewhere"), "www.example")], anchors).undecided is None


def test_chains_that_are_none() -> None:
    root = authority("Root")
    store = RootStore(_anchors(root))
    for chain in ([], [b"junk"], [root.der, b"\x30\x00"], [root.der] * 33):
        outcome = verify(chain, store, NOW)
        assert (outcome.ok, outcome.code, outcome.path) == (False, 1, ())


def test_a_leaf_signed_by_an_authority_with_an_odd_serial_number_does_not_warn() -> None:
    key = ec_key()
    # The builder refuses serial number 0, which old roots have: its one octet is changed afterwards.
    der = Issued(
        x509.CertificateBuilder(
            subject_name=name("Root"),
            issuer_name=name("Root"),
            public_key=key.public_key(),
            serial_number=1,
            not_valid_before=START,
            not_valid_after=END,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256()),
        key,
    ).der.replace(b"\xa0\x03\x02\x01\x02\x02\x01\x01", b"\xa0\x03\x02\x01\x02\x02\x01\x00", 1)
    anchors = TrustAnchors(name="test", certificates=(der,))
    issued = leaf(Issued(x509.load_der_x509_certificate(authority("Root", key=key).der), key), "www.example")
    assert verify([issued.der, der], RootStore(anchors), NOW).ok


def test_joined_anchors() -> None:
    device, extra = authority("Device root"), authority("Extra root")
    known = KnownRoot(hashlib.sha256(extra.der).hexdigest(), "Extra root")
    before = TrustAnchors(name="device", certificates=(device.der,), fingerprint_only=(known,), expiry_ignored=True)
    after = before.joined(_anchors(extra, device))
    assert after.certificates == (device.der, extra.der)
    assert (after.name, after.fingerprint_only, after.expiry_ignored) == ("device", (), True)
    assert _verify([leaf(extra, "www.example")], after).ok
