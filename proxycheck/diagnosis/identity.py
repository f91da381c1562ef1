"""Who answered inside a tunnel: the chain shown, what it proves, and which other hosts showed the same keys."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from proxycheck.diagnosis.hosts import domain_of
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.pages import page_inside
from proxycheck.diagnosis.trust import Trust
from proxycheck.model.evidence import TlsEvidence
from proxycheck.model.trust import certificates_in
from proxycheck.wire.certificates import CertificateFacts, certificate_facts, issuer_of, spki_of
from proxycheck.wire.host_names import name_matches
from proxycheck.wire.sct import verify_scts
from proxycheck.wire.verification import UNKNOWN_ISSUER, RootStore, Verification, verify

SctSummary = Literal["valid", "unknown-log", "invalid", "none"]


class Identity(Struct, frozen=True):
    """The certificate chain of one handshake, judged by itself.

    `issuer_key` identifies who signed the leaf: the key where its certificate was sent or is a known root, else
    name and key identifier. `bare` counts what every public leaf has and this one lacks."""

    host: str
    leaf: CertificateFacts
    chain: tuple[bytes, ...]
    public: Verification
    device: Verification | None
    names: bool
    possession: bool
    scts: SctSummary
    sct_logs: tuple[str, ...]
    issuer_key: str
    bare: int

    @property
    def anchored(self) -> bool:
        """Whether signatures lead to a public root, dates aside."""
        return self.public.anchored

    @property
    def incomplete(self) -> bool:
        """Whether the issuer of the leaf was not sent and is no known root."""
        return not self.anchored and self.issuer_key.startswith("name:") and not self.leaf.self_signed


def identify(tls: TlsEvidence, host: str, trust: Trust) -> Identity | None:
    """The identity shown in one handshake; None when no readable certificate was shown."""
    try:
        chain = certificates_in("".join(tls.chain).encode("ascii"))
        leaf = certificate_facts(chain[0])
    except (IndexError, ValueError):
        return None
    public = _verified(chain, trust.public, trust.at)
    issuer = issuer_of(chain[0], (*chain[1:], *public.path[1:]))
    summary, logs = _scts(chain[0], issuer, trust)
    return Identity(
        host=host,
        leaf=leaf,
        chain=chain,
        public=public,
        device=None if trust.device is None else _verified(chain, trust.device, trust.at),
        names=name_matches(leaf, host),
        possession=tls.authenticated,
        scts=summary,
        sct_logs=logs,
        issuer_key=_issuer_key(leaf, issuer),
        bare=sum(not present for present in (leaf.has_scts, leaf.policies, leaf.ca_issuers, _revocable(leaf))),
    )


@lru_cache(maxsize=1024)
def _verified(chain: tuple[bytes, ...], roots: RootStore, at: datetime) -> Verification:
    """A chain is looked at while it is measured, for what to ask next, and again when it is judged."""
    return verify(chain, roots, at)


def _revocable(leaf: CertificateFacts) -> bool:
    return bool(leaf.crl_distribution_points or leaf.ocsp)


def _issuer_key(leaf: CertificateFacts, issuer: bytes | None) -> str:
    if issuer is not None:
        return f"key:{certificate_facts(issuer).spki_sha256}"
    if leaf.self_signed:
        return f"key:{leaf.spki_sha256}"
    return f"name:{leaf.issuer}/{leaf.authority_key_id}"


def _scts(leaf: bytes, issuer: bytes | None, trust: Trust) -> tuple[SctSummary, tuple[str, ...]]:
    if issuer is None:
        return "none", ()
    results = verify_scts(leaf, spki_of(issuer), trust.logs)
    valid = tuple(result.log or result.log_id for result in results if result.verdict == "valid")
    if valid:
        return "valid", valid
    if any(result.verdict == "invalid" for result in results):
        return "invalid", tuple(result.log or "" for result in results if result.verdict == "invalid")
    return ("unknown-log" if results else "none"), ()


class Identities(Struct, frozen=True):
    """All identities of a run, and what they share. Only chains that are not public count towards the sharing.

    `page_only` are endpoints whose TLS was ended only to show a page: they say nothing of the other hosts. `on_path`
    are authorities seen to sign on the path: for a name that cannot exist, or for one host's name in the
    tunnel of another."""

    by_endpoint: Mapping[str, Identity]
    page_only: frozenset[str]
    on_path: frozenset[str]
    issuer_domains: Mapping[str, frozenset[str]]
    leaf_hosts: Mapping[str, frozenset[str]]
    public_issuers: frozenset[str]

    def shares_leaf_key(self, identity: Identity) -> tuple[str, ...]:
        """Hosts that showed the same leaf key although this certificate is not for them."""
        hosts = self.leaf_hosts.get(identity.leaf.spki_sha256, frozenset())
        return tuple(sorted(host for host in hosts if not name_matches(identity.leaf, host)))


def identities(case: Case, trust: Trust) -> Identities:
    """Reads every completed handshake of the case."""
    found: dict[str, Identity] = {}
    for observation in case.observations:
        identity = _of(observation, trust)
        if identity is not None:
            found[observation.id] = identity
    page_only = frozenset(o.id for o in case.observations if o.id in found and page_inside(case, o))
    foreign = [identity for key, identity in found.items() if not identity.anchored and key not in page_only]
    return Identities(
        by_endpoint=found,
        page_only=page_only,
        on_path=frozenset(_on_path(case, trust)) if foreign else frozenset(),
        issuer_domains=_grouped((i.issuer_key, domain_of(i.host)) for i in foreign),
        leaf_hosts=_grouped((i.leaf.spki_sha256, i.host) for i in foreign),
        public_issuers=frozenset(i.leaf.issuer for i in found.values() if i.anchored),
    )


def _of(observation: Observation, trust: Trust) -> Identity | None:
    payload = observation.payload
    if payload is None or payload.tls is None or not payload.tls.chain:
        return None
    return identify(payload.tls, observation.endpoint.host, trust)


def _on_path(case: Case, trust: Trust) -> Iterator[str]:
    for record in case.of("controls", "tls"):
        kind, _, _ = (record.variant or "").partition(":")
        identity = None if record.tls is None else identify(record.tls, record.tls.server_name, trust)
        if identity is None or identity.anchored:
            continue
        # A host with an authority of its own shows that in its own tunnel whatever it is called; only a certificate
        # made for the name just invented tells that somebody signs on demand.
        if kind in ("nonexistent-name", "server-name") or (kind == "no-such-name" and identity.names):
            yield identity.issuer_key


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for key, member in pairs:
        groups[key].add(member)
    return {key: frozenset(members) for key, members in groups.items()}


def unknown_issuer(identity: Identity) -> bool:
    """Whether the chain ends at an issuer that no list names."""
    return identity.public.code in UNKNOWN_ISSUER
