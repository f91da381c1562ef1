"""What the identities of a run have in common: authorities that sign for unrelated hosts, keys that answer for several.

Only certificates that no public authority issued count, and only hosts of the device's catalogue: a network may well
certify its own hosts with an authority of its own, and a company its domains. What tells an inspecting proxy is that
hosts of unrelated owners look alike.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec import Struct, structs

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.products.pages import page_inside
from proxycheck.diagnosis.shape import alike, shape
from proxycheck.diagnosis.tls.device_greeting import Reading, shown_to_the_device
from proxycheck.diagnosis.tls.identity import Identity, chain_of, identify
from proxycheck.diagnosis.trust import Trust
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import NONEXISTENT, control_of, hello_of
from proxycheck.model.trust import TrustAnchors, certificates_in
from proxycheck.wire.certificates.facts import certificate_facts
from proxycheck.wire.certificates.names import name_matches
from proxycheck.wire.certificates.verification import RootStore, verify
from proxycheck.wire.domains import owner_of

_Key = TypeVar("_Key", bound=Hashable)
_OWNERS_THAT_SHARE_NO_SERVER = 3
_UNRELATED_OWNERS = 2


class Identities(Struct, frozen=True):
    """All identities of a run, by endpoint, and what they share.

    `by_greeting` are endpoints whose certificate came to a greeting alone, because the ordinary handshake failed before
    one was shown. `page_only` are endpoints whose TLS was ended only to show a page: they say nothing of the other
    hosts. `one_page` are endpoints of unrelated owners that all show one certificate, for none of them, and one page
    inside, `silent_inside` such inside whose TLS nothing came at all. `on_path` are authorities seen to sign on the
    path: for a name that cannot exist, or for one host's name in the tunnel of another; `made_in` are hosts in whose
    own tunnels a certificate was made for a name that cannot exist, whoever signed it, and `makes` how such ones are
    made. `to_all` are keys that all hosts of the run show, whatever the certificate names. `torn` are the owners of
    hosts that show a public certificate at one time and a foreign one at another; `by_connection` says that several
    owners' do, and that no greeting explains which. `owners` are the owners for whose names each foreign authority
    signed, `leaf_hosts` the hosts at which each foreign leaf's key answered, apart by whether the certificate named the
    host. `withheld` are owners whose hosts came without the issuer's certificate, where that holds for most of the run.
    `public_issuers` are the names of public issuers met. `only_through_proxy` are authorities in whose place public
    ones sign without the proxy, `also_without` those that sign without it as well. `unlisted` are roots (by
    fingerprint) that a person gave and no public list has, none of whose leaves carries a timestamp though those of
    public authorities do here, with the owners for whom they sign; `compared` says that others do in this very run, or
    that public roots were given too. `custom` says that the roots are not the public ones; `at` is the moment of the
    run."""

    by_endpoint: Mapping[str, Identity]
    by_greeting: frozenset[str]
    page_only: frozenset[str]
    one_page: frozenset[str]
    silent_inside: frozenset[str]
    on_path: frozenset[str]
    made_in: frozenset[str]
    makes: frozenset[tuple[object, ...]]
    to_all: frozenset[str]
    torn: frozenset[str]
    by_connection: bool
    owners: Mapping[str, frozenset[str]]
    leaf_hosts: Mapping[tuple[str, bool], frozenset[str]]
    withheld: frozenset[str]
    public_issuers: frozenset[str]
    only_through_proxy: frozenset[str]
    also_without: frozenset[str]
    unlisted: Mapping[str, frozenset[str]]
    compared: bool
    custom: bool
    at: datetime

    def shares_leaf_key(self, identity: Identity) -> tuple[str, ...]:
        """Hosts of other owners that showed the same leaf key although this certificate is not for them.

        Certificates that do not even name their hosts may be what one server shows for any name, and two unrelated
        hosts may be parked there; three are not."""
        hosts = self.leaf_hosts.get((identity.leaf.spki_sha256, identity.names), frozenset())
        if not identity.names and len({owner_of(host) for host in hosts}) < _OWNERS_THAT_SHARE_NO_SERVER:
            return ()
        own = owner_of(identity.host)
        return tuple(sorted(h for h in hosts if owner_of(h) != own and not name_matches(identity.leaf, h)))


def no_identities(trust: Trust) -> Identities:
    """Nothing read, where a fault of ours stopped the reading."""
    nobody: frozenset[str] = frozenset()
    return Identities(
        by_endpoint={},
        by_greeting=nobody,
        page_only=nobody,
        one_page=nobody,
        silent_inside=nobody,
        on_path=nobody,
        made_in=nobody,
        makes=frozenset(),
        to_all=nobody,
        torn=nobody,
        by_connection=False,
        owners={},
        leaf_hosts={},
        withheld=nobody,
        public_issuers=nobody,
        only_through_proxy=nobody,
        also_without=nobody,
        unlisted={},
        compared=False,
        custom=trust.custom,
        at=trust.at,
    )


def identities(case: Case, trust: Trust) -> Identities:
    """Reads every handshake of the case that showed a certificate."""
    authorities = _authorities(case)
    handshakes = _handshakes(case)
    direct = {record.endpoint: record for record in case.of("outside", "control_tls") if record.variant is None}

    def read(record: Evidence | None, host: str) -> Identity | None:
        return None if record is None or record.tls is None else identify(record.tls, host, trust, authorities)

    own_greeting = case.device.client_hello.profile
    found: dict[str, Identity] = {}
    for observation in case.observations:
        identity = _of(observation, handshakes[observation.id], direct.get(observation.id), read, own_greeting)
        if identity is not None:
            found[observation.id] = identity
    catalogue = frozenset(endpoint.host for endpoint in case.device.endpoints)
    own = None if trust.custom else _own_roots(case)
    if own is not None:
        found |= {key: _with_own_root(i, own, trust) for key, i in found.items() if i.host in catalogue}
    page_only = frozenset(o.id for o in case.observations if o.id in found and page_inside(case, o))
    counted = [i for key, i in found.items() if key not in page_only and i.host in catalogue]
    foreign = [identity for identity in counted if not identity.genuine]
    made = tuple(_on_path(case, trust, authorities))
    bare = _bare(counted) if trust.custom else {}
    compared = bool(bare) and (any(i.scts == "valid" for i in counted) or _listed_too(trust))
    return Identities(
        by_endpoint=found,
        by_greeting=frozenset(o.id for o in case.observations if o.id in found and not _shows_a_chain(o.payload)),
        page_only=page_only,
        one_page=_in_groups(case, found, _show_one_page),
        silent_inside=_in_groups(case, found, _are_silent_inside),
        on_path=frozenset(i.issuer_key for _, _, i in made),
        made_in=frozenset(host for kind, host, _ in made if kind == "no-such-name"),
        makes=frozenset(i.make for kind, _, i in made if kind != "server-name" and not i.genuine),
        to_all=_to_all(case, [i for i in found.values() if i.host in catalogue]),
        torn=frozenset(owner_of(i.host) for i in counted if _torn(i)),
        by_connection=_by_connection(counted, handshakes, read),
        owners=_grouped((i.issuer_key, owner_of(i.host)) for i in foreign if i.meant and not i.refused),
        leaf_hosts=_grouped(((i.leaf.spki_sha256, i.names), i.host) for i in foreign),
        withheld=_withheld(counted),
        public_issuers=frozenset(i.leaf.issuer for i in found.values() if i.genuine),
        only_through_proxy=frozenset(i.issuer_key for i in foreign if i.replaced),
        also_without=frozenset(i.direct.issuer_key for i in found.values() if i.direct and not i.direct.genuine),
        unlisted=_unlisted(bare, trust) if compared or (trust.custom_logs and trust.logs) else {},
        compared=compared,
        custom=trust.custom,
        at=trust.at,
    )


def _bare(counted: list[Identity]) -> dict[str, frozenset[str]]:
    """The roots that chains lead to, none of whose leaves carries a timestamp, and the owners of the hosts."""
    found = [(anchor, i) for i in counted if (anchor := i.public.anchor_sha256) is not None and i.anchored]
    vouched = {anchor for anchor, identity in found if identity.leaf.has_scts}
    return _grouped((anchor, owner_of(i.host)) for anchor, i in found if anchor not in vouched)


def _listed_too(trust: Trust) -> bool:
    """Whether public roots are among those that a person gave."""
    return not trust.public.anchors.fingerprints.isdisjoint(trust.listed.anchors.fingerprints)


def _unlisted(bare: Mapping[str, frozenset[str]], trust: Trust) -> dict[str, frozenset[str]]:
    return {root: owners for root, owners in bare.items() if root not in trust.listed.anchors.fingerprints}


def _own_roots(case: Case) -> RootStore | None:
    """The roots of the run's own computer that foreign chains led to, None where there are none."""
    notes = "".join(record.note or "" for record in case.of("controls", "control_roots"))
    try:
        found = tuple(der for der in certificates_in(notes.encode()) if certificate_facts(der))
    except ValueError:
        return None
    return RootStore(TrustAnchors(name="this computer", certificates=found)) if found else None


def _with_own_root(identity: Identity, own: RootStore, trust: Trust) -> Identity:
    if identity.genuine:
        return identity
    path = verify(identity.chain, own, trust.at).path
    return structs.replace(identity, trusted_here=certificate_facts(path[-1]).subject) if path else identity


def _authorities(case: Case) -> tuple[bytes, ...]:
    """Certificates of authorities that anybody sent in this run, each once."""
    sent: dict[bytes, None] = {}
    for record in case.evidence:
        if record.tls is not None:
            sent.update(dict.fromkeys(chain_of(record.tls)[1:]))
    return tuple(der for der in sent if _is_authority(der))


def _is_authority(der: bytes) -> bool:
    try:
        return certificate_facts(der).is_ca
    except ValueError:
        return False


def _in_groups(
    case: Case, found: Mapping[str, Identity], wanted: Callable[[list[Observation]], bool]
) -> frozenset[str]:
    """The endpoints in groups of unrelated owners that show one foreign certificate, for none of them, and of which
    that is so."""
    groups: dict[str, list[Observation]] = defaultdict(list)
    for observation in case.observations:
        identity = found.get(observation.id)
        if identity is not None and not identity.genuine and not identity.names:
            groups[identity.leaf.spki_sha256].append(observation)
    chosen = (group for group in groups.values() if _unrelated(group) and wanted(group))
    return frozenset(observation.id for group in chosen for observation in group)


def _unrelated(group: list[Observation]) -> bool:
    return len({owner_of(o.endpoint.host) for o in group}) >= _OWNERS_THAT_SHARE_NO_SERVER


def _show_one_page(group: list[Observation]) -> bool:
    shown = [shape(answer, o.endpoint.host) for o in group if (answer := o.inside_answer) is not None]
    return len(shown) == len(group) and all(alike(shown[0], other) for other in shown)


def _are_silent_inside(group: list[Observation]) -> bool:
    """Whether each was asked for something inside TLS and nothing came: who reads has something to pass on, and a
    server to which names are led that are blocked, or gone, has not."""
    return all(o.inside is not None and not o.inside.received for o in group)


def _handshakes(case: Case) -> dict[str, list[Evidence]]:
    """Every handshake with each host itself, through the proxy: the ordinary ones and the greetings."""
    found: dict[str, list[Evidence]] = defaultdict(list)
    for record in (*case.of("endpoints", "tls"), *case.of("hellos", "tls"), *case.of("device-tls", "tls")):
        found[record.endpoint or ""].append(record)
    return found


def _of(
    observation: Observation, handshakes: Sequence[Evidence], direct: Evidence | None, read: Reading, own: str
) -> Identity | None:
    """The certificate that counts: the ordinary one, or what answers the device's own ClientHello, where that is a
    foreign one or proves less. What others are answered does not concern the device. Some inspectors speak no TLS that
    this computer does, and their certificate comes to the device's greeting alone."""
    host = observation.endpoint.host
    ordinary = read(observation.payload, host)
    others = [
        structs.replace(identity, greeting=record.tls.profile)
        for record in handshakes
        if record is not observation.payload and record.tls and (identity := read(record, host)) is not None
    ]
    shown = others if ordinary is None else [ordinary, *others]
    foreign = [i for i in shown if i.strange and (i is ordinary or i.greeting == own)]
    counts = foreign[0] if foreign and (ordinary is None or ordinary.genuine) else ordinary
    if counts is None:
        return None
    contradicted = counts in foreign and any(i.genuine and i.names for i in shown)
    if not foreign and ordinary is not None:
        counts = shown_to_the_device(ordinary, handshakes, read, own) or ordinary
    return structs.replace(counts, contradicted=contradicted, direct=read(direct, host))


def _shows_a_chain(record: Evidence | None) -> bool:
    return record is not None and record.tls is not None and bool(chain_of(record.tls))


def _torn(identity: Identity) -> bool:
    """Whether the host shows a public certificate and a foreign one, both made for it."""
    return identity.contradicted and identity.meant


def _by_connection(
    counted: Sequence[Identity],
    handshakes: Mapping[str, Sequence[Evidence]],
    read: Reading,
) -> bool:
    """Whether one greeting brought both certificates at one host, or two greetings did so the one way round at some
    hosts and the other way round at others. An inspector that chooses by the greeting does neither; several exits, of
    which not all inspect, do. Of one owner alone it may be the owner's servers that differ."""
    torn = {identity.host for identity in counted if _torn(identity)}
    if len({owner_of(host) for host in torn}) < _UNRELATED_OWNERS:
        return False
    orders: set[tuple[_Greeting, _Greeting]] = set()
    for key, records in handshakes.items():
        host = _host(key)
        seen = [(_greeting(record), read(record, host)) for record in records if host in torn]
        public = {greeting for greeting, i in seen if i is not None and i.genuine and i.names}
        foreign = {greeting for greeting, i in seen if i is not None and i.strange and i.meant}
        orders.update(itertools.product(public, foreign))
    return any(other == one or (other, one) in orders for one, other in orders)


_Greeting = tuple[str | None, str | None]


def _greeting(record: Evidence) -> _Greeting:
    """The ClientHello of a handshake, and how it went out."""
    return record.tls.profile if record.tls else None, record.variant if hello_of(record.variant) else None


_Made = tuple[str | None, str, Identity]


def _on_path(case: Case, trust: Trust, authorities: tuple[bytes, ...]) -> Iterator[_Made]:
    """Certificates made on the path: in which kind of comparison, in whose tunnel, and what was shown."""
    for record in case.of("controls", "tls"):
        control = control_of(record.variant)
        kind = control[0] if control is not None else record.variant
        if record.tls is None or kind not in (NONEXISTENT, "server-name", "no-such-name"):
            continue
        if kind == "server-name" and owner_of(_host(record.endpoint)) == owner_of(record.tls.server_name):
            continue  # servers of one owner may well answer for each other's names
        identity = identify(record.tls, record.tls.server_name, trust, authorities)
        # A host with an authority of its own shows that in its own tunnel whatever it is called, and a server to which
        # names are led that are blocked, or do not exist, shows its own certificate; only one made for the name just
        # asked for tells that somebody signs on demand. No public authority signs for an invented name, so there it
        # does not matter whether the root is one that a person named.
        if identity is not None and identity.meant and (kind != "server-name" or not identity.genuine):
            yield kind, _host(record.endpoint), identity


def _to_all(case: Case, shown: Sequence[Identity]) -> frozenset[str]:
    """The one key that most of the endpoints asked for show, of several owners, while no host shows another and no name
    that cannot exist leads to it. Filters spare some and lead what does not exist to the same server."""
    keys = frozenset(identity.leaf.spki_sha256 for identity in shown)
    asked = sum(o.endpoint.speaks == "tls" and o.measured for o in case.observations)
    owners = {owner_of(identity.host) for identity in shown}
    if len(keys) > 1 or 2 * len(shown) <= asked or len(owners) < _OWNERS_THAT_SHARE_NO_SERVER:
        return frozenset()
    elsewhere = (chain_of(e.tls) for e in case.of("controls", "tls") if e.tls is not None and e.variant == NONEXISTENT)
    return keys - {certificate_facts(chain[0]).spki_sha256 for chain in elsewhere if chain}


def _host(endpoint: str | None) -> str:
    return (endpoint or "").rpartition(":")[0]


def _withheld(counted: list[Identity]) -> frozenset[str]:
    hosts = {identity.host for identity in counted}
    without = {i.host for i in counted if i.incomplete and not i.genuine and i.names}
    return frozenset(owner_of(host) for host in without) if 2 * len(without) > len(hosts) else frozenset()


def _grouped(pairs: Iterable[tuple[_Key, str]]) -> dict[_Key, frozenset[str]]:
    groups: dict[_Key, set[str]] = defaultdict(set)
    for key, member in pairs:
        groups[key].add(member)
    return {key: frozenset(members) for key, members in groups.items()}
