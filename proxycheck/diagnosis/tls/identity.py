"""Who answered inside a tunnel: the certificate chain shown, and what it proves by itself."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Literal

from msgspec import Struct, structs

from proxycheck.diagnosis.trust import Trust
from proxycheck.model.evidence import TlsEvidence
from proxycheck.model.trust import certificates_in
from proxycheck.wire.certificates.certificate import CertificateFacts, spki_of
from proxycheck.wire.certificates.facts import certificate_facts, issuer_of
from proxycheck.wire.certificates.names import name_matches
from proxycheck.wire.certificates.outcome import UNKNOWN_ISSUER, WRONG_SIGNATURE, Verification
from proxycheck.wire.certificates.verification import RootStore, verify

SctSummary = Literal["valid", "unknown-log", "invalid", "none"]
Disowned = Literal["name-and-key", "name", "another-key"]
_COMMON_NAME = re.compile(r"(?:^|[,+])CN=([^,+\\]+)")
_MOST_STEPS = 4
"""Certificates between a leaf and its root that are looked for elsewhere; public chains have one or two."""


class Identity(Struct, frozen=True):
    """The certificate chain of one handshake, judged by itself.

    `public` and `device` are what the chain as sent proves to each store; `completed` says that it leads to a public
    root with certificates that other hosts of the run sent. `issuer_key` identifies who signed the leaf: the key where
    it is known, else the name. `disowned` is how a leaf names a public issuer whose certificate is at hand and whose
    key did not sign it: by name and key identifier, by name without one, or with that of another key, which a public
    authority may have too. `has_issuer` is whether the issuer was sent or is a known root. `refused` is a leaf that a
    public authority's key signed and that OpenSSL refuses all the same, for what stands in the path.

    `names` is whether the leaf names the host as certificates have to, `meant` whether it does in any way.

    `trusted_here` is the subject of a root that only the computer of the run trusts, and that the chain leads to.
    `greeting` names the ClientHello that brought the certificate where it was not the ordinary one; `contradicted` says
    that the same host showed a public one to another ClientHello; `direct` is what it shows without the proxy."""

    host: str
    leaf: CertificateFacts
    chain: tuple[bytes, ...]
    public: Verification
    completed: bool
    device: Verification | None
    names: bool
    meant: bool
    possession: bool
    scts: SctSummary
    sct_logs: tuple[str, ...]
    issuer_key: str
    has_issuer: bool
    disowned: Disowned | None
    refused: bool = False
    trusted_here: str | None = None
    greeting: str | None = None
    contradicted: bool = False
    direct: "Identity | None" = None

    @property
    def anchored(self) -> bool:
        """Whether signatures lead from what was sent to a public root, dates aside."""
        return self.public.anchored

    @property
    def genuine(self) -> bool:
        """Whether a public authority issued the leaf: its chain says so, or a log that takes no others."""
        return self.anchored or self.completed or self.scts == "valid"

    @property
    def incomplete(self) -> bool:
        """Whether the issuer of the leaf was not sent and is no known root."""
        return not self.anchored and not self.has_issuer

    @property
    def ends_early(self) -> bool:
        """Whether some issuer above the leaf was not sent, as opposed to a root that is in no list."""
        return not self.anchored and self.public.code in UNKNOWN_ISSUER and not _self_signed(self.chain[-1])

    @property
    def strange(self) -> bool:
        """Whether no public authority issued the leaf, as opposed to a public one whose own certificate was not sent:
        every leaf of a public authority has timestamps."""
        return not self.genuine and not self.refused and (self.has_issuer or not self.leaf.has_scts)

    @property
    def make(self) -> tuple[object, ...]:
        """What certificates have in common that one program makes for many names, each under a key of its own."""
        leaf = self.leaf
        issuer = leaf.issuer.lower().replace(self.host.lower(), "*")
        lasts = leaf.not_after - leaf.not_before
        return issuer, leaf.self_signed, leaf.key_type, leaf.signature_algorithm, leaf.extensions, lasts

    @property
    def same_key_directly(self) -> bool:
        """Whether the same key answers without the proxy."""
        return self.direct is not None and self.direct.leaf.spki_sha256 == self.leaf.spki_sha256

    @property
    def same_issuer_directly(self) -> bool:
        """Whether the same authority signs without the proxy."""
        return self.direct is not None and self.direct.issuer_key == self.issuer_key

    @property
    def replaced(self) -> bool:
        """Whether the host shows its own, public certificate without the proxy, and through it one that somebody else
        made for it. One that does not even name the host is what another server shows, to which the name is led: PCs
        could not live with an inspector that makes such."""
        direct = self.direct
        if (
            not self.strange
            or not self.meant
            or direct is None
            or not (direct.genuine and direct.names)
            or self.same_key_directly
        ):
            return False
        return not (self.incomplete and self.leaf.issuer == direct.leaf.issuer)


def _self_signed(der: bytes) -> bool:
    try:
        return certificate_facts(der).self_signed
    except ValueError:
        return False


def chain_of(tls: TlsEvidence) -> tuple[bytes, ...]:
    """The chain of a handshake in DER, leaf first, without what cannot be read above the leaf. Empty when no
    certificate was shown, or when not even the leaf's issuer and key can be told apart."""
    return _readable_chain(tls.chain)


@lru_cache(maxsize=1024)
def _readable_chain(written: tuple[str, ...]) -> tuple[bytes, ...]:
    try:
        leaf, *above = (der for pem in written for der in _ders(pem))
    except ValueError:
        return ()
    return (leaf, *filter(_readable, above)) if _readable(leaf) else ()


@lru_cache(maxsize=1024)
def _ders(pem: str) -> tuple[bytes, ...]:
    """The same issuer stands above many leaves."""
    return certificates_in(pem.encode("ascii"))


def glance(tls: TlsEvidence, trust: Trust) -> tuple[Verification, bool] | None:
    """What the chain of one handshake proves, and whether it is for the host that was asked: enough to decide what to
    ask next. None when no readable certificate was shown."""
    chain = chain_of(tls)
    if not chain:
        return None
    return _verified(chain, trust.public, trust.at), name_matches(certificate_facts(chain[0]), tls.server_name)


def identify(tls: TlsEvidence, host: str, trust: Trust, seen: Sequence[bytes] = ()) -> Identity | None:
    """The identity shown in one handshake; None when no readable certificate was shown.

    `seen` are authorities' certificates that other hosts of the run sent: they complete a chain that was sent without
    its issuer."""
    chain = chain_of(tls)
    if not chain:
        return None
    leaf = certificate_facts(chain[0])
    public = _verified(chain, trust.public, trust.at)
    sent = (*chain[1:], *public.path[1:])
    issuer = public.path[1] if len(public.path) > 1 else issuer_of(chain[0], sent)  # OpenSSL has seen to it
    above = () if public.anchored else tuple(_upwards(chain, seen))
    known = issuer if issuer is not None else issuer_of(chain[0], above)
    spki, summary, logs = _vouched(chain[0], leaf, known, trust)
    return Identity(
        host=host,
        leaf=leaf,
        chain=chain,
        public=public,
        completed=bool(above) and _verified((*chain, *above), trust.public, trust.at).anchored,
        device=_on_device(chain, public, trust),
        names=name_matches(leaf, host),
        meant=_meant(leaf, host),
        possession=tls.authenticated,
        scts=summary,
        sct_logs=logs,
        issuer_key=f"name:{leaf.issuer}" if spki is None else f"key:{hashlib.sha256(spki).hexdigest()}",
        has_issuer=issuer is not None or leaf.self_signed,
        disowned=_disowned(leaf, public, (*chain[1:], *seen), trust) if known is None else None,
        refused=_refused(public, known, (*sent, *above), trust),
    )


def _meant(leaf: CertificateFacts, host: str) -> bool:
    """Whether the leaf names the host, be it only in its subject, where clients looked in old times: there is no doubt
    then for whom it was made."""
    common = tuple(_COMMON_NAME.findall(leaf.subject))
    return host in common or name_matches(structs.replace(leaf, dns_names=(*leaf.dns_names, *common)), host)


def _refused(public: Verification, issuer: bytes | None, others: Sequence[bytes], trust: Trust) -> bool:
    """Whether the authority that signed is public, and what it signed is refused all the same. A key whose certificate
    is no authority's may sign nothing: whoever does that is not the authority above it."""
    if public.anchored or public.code in UNKNOWN_ISSUER or issuer is None or not certificate_facts(issuer).is_ca:
        return False
    return _verified((issuer, *others), trust.public, trust.at).anchored


@lru_cache(maxsize=1024)
def _verified(chain: tuple[bytes, ...], roots: RootStore, at: datetime) -> Verification:
    """A chain is looked at while it is measured, for what to ask next, and again when it is judged."""
    return verify(chain, roots, at)


def _on_device(chain: tuple[bytes, ...], public: Verification, trust: Trust) -> Verification | None:
    """What the chain proves to the device. A good path that ends at an anchor of its own is as good there: OpenSSL is
    not asked again."""
    if trust.device is None:
        return None
    if public.ok and (trust.custom or public.anchor_sha256 in trust.device.anchors.fingerprints):
        return public
    return _verified(chain, trust.device, trust.at)


def _upwards(chain: tuple[bytes, ...], seen: Sequence[bytes]) -> Iterator[bytes]:
    """Certificates out of `seen` that lead on from the end of the chain."""
    last = chain[-1]
    for _ in range(_MOST_STEPS):
        issuer = None if _self_signed(last) else issuer_of(last, seen)
        if issuer is None or issuer in chain:
            return
        yield issuer
        last = issuer


def _disowned(
    leaf: CertificateFacts, public: Verification, candidates: Sequence[bytes], trust: Trust
) -> Disowned | None:
    """How the leaf, which none of the candidates signed, names a public authority among them, or a root."""
    if leaf.self_signed:
        return None
    namesakes = [der for der in candidates if _readable(der) and certificate_facts(der).subject == leaf.issuer]
    paths = ((der, *_upwards((der,), candidates)) for der in namesakes)
    keys = {certificate_facts(path[0]).subject_key_id for path in paths if _verified(path, trust.public, trust.at).path}
    if leaf.authority_key_id is None:
        return "name" if keys or public.code == WRONG_SIGNATURE else None
    if leaf.authority_key_id in keys:
        return "name-and-key"
    return "another-key" if keys else None


def _readable(der: bytes) -> bool:
    try:
        certificate_facts(der)
    except ValueError:
        return False
    return True


_Vouched = tuple[bytes | None, SctSummary, tuple[str, ...]]


@lru_cache(maxsize=1024)
def _vouched(der: bytes, leaf: CertificateFacts, issuer: bytes | None, trust: Trust) -> _Vouched:
    """The issuer's key (SubjectPublicKeyInfo), where it is known, and what the timestamps say of the leaf under it. The
    timestamps of a leaf that breaks the rules say nothing."""
    if leaf.problem is not None:
        return None if issuer is None else spki_of(issuer), "none", ()
    if issuer is not None or leaf.self_signed:
        spki = spki_of(der if issuer is None else issuer)
        return spki, *_scts(der, spki, trust)
    from proxycheck.wire.certificates.issuer_keys import possible_issuer_keys  # noqa: PLC0415  cryptography, as below

    possible = [(spki, *_scts(der, spki, trust)) for spki in possible_issuer_keys(der)]
    right = next((each for each in possible if each[1] == "valid"), None)
    if right is not None or not possible:
        return right or (None, "none", ())
    return None, *possible[0][1:]


def _scts(leaf: bytes, issuer_spki: bytes, trust: Trust) -> tuple[SctSummary, tuple[str, ...]]:
    from proxycheck.wire.certificates.sct import verify_scts  # noqa: PLC0415  cryptography loads with the first chain

    results = verify_scts(leaf, issuer_spki, trust.logs)
    valid = tuple(result.log or result.log_id for result in results if result.verdict == "valid")
    if valid:
        return "valid", valid
    if any(result.verdict == "invalid" for result in results):
        return "invalid", tuple(result.log or "" for result in results if result.verdict == "invalid")
    return ("unknown-log" if results else "none"), ()
