"""Who signs certificates in the hosts' place, and what origins show in disorder: `tls_authorities` and `names`."""

import re
from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

from proxycheck.diagnosis.judgement import Diagnosis
from proxycheck.diagnosis.tls.identity import Identity
from proxycheck.lab.internet import manners
from proxycheck.lab.reproduction.groups import Groups
from proxycheck.lab.reproduction.targets import Selector
from proxycheck.model.files.scenario import Table
from proxycheck.model.target import Target
from proxycheck.wire.certificates.certificate import UnreadableCertificateError
from proxycheck.wire.certificates.facts import certificate_facts
from proxycheck.wire.certificates.reading import strict_reading

_HOST_NAME = re.compile(r"[A-Za-z0-9*._-]{1,253}")
_ANOTHER = "another.invalid"
_NAMELESS = "CN=An authority whose name cannot be written"
_ORIGINS = frozenset(("tls.expired", "network.clock-wrong", "tls.incomplete-chain", "tls.untrusted", "tls.diverted"))
"""Causes that lie in what the host itself shows."""


def authority_rules(diagnosis: Diagnosis) -> list[Table]:
    """A rule for each authority that signed for hosts which are not its own, with the shape of its chains."""
    groups: Groups[Table] = Groups()
    others: list[Target] = []
    for judged in diagnosis.endpoints:
        observation = judged.observation
        target = Target(observation.endpoint.host, observation.endpoint.port)
        identity = diagnosis.identities.by_endpoint.get(observation.id)
        if identity is None:
            if observation.opened and observation.payload is not None and observation.proved:
                others.append(target)
        elif judged.tls is not None and _resigned(judged.tls.verdict, judged.tls.row):
            rule = authority(identity)
            groups.add(target, rule, tuple(str(value) for value in rule.values()))
        else:
            others.append(target)
    tls = [target for target in others if target.port]
    return [{**selector.fields, **rule} for selector, rule in groups.against(tls)]


def sends_twice(diagnosis: Diagnosis) -> bool:
    """Whether an authority sends one certificate twice, as Squid sends its own."""
    return any(
        judged.tls is not None and _resigned(judged.tls.verdict, judged.tls.row) and len(set(chain)) < len(chain)
        for judged in diagnosis.endpoints
        if (found := diagnosis.identities.by_endpoint.get(judged.observation.id)) is not None
        for chain in (found.chain,)
    )


def _resigned(verdict: str, row: str) -> bool:
    return verdict == "inspected" or row in ("page-only", "one-page-for-all")


def authority(identity: Identity) -> Table:
    """The authority behind one chain, and what of it was sent."""
    chain = [certificate_facts(der) for der in identity.chain]
    sent, top = chain[1:], chain[-1]
    rule: Table = {"issuer": writable(identity.leaf.issuer)}
    if sent and not sent[0].self_signed:
        rule["root"] = writable(top.subject if len(sent) > 1 else sent[0].issuer)
    rule["sends"] = "nothing" if not sent else "root" if top.self_signed else "issuer"
    if identity.leaf.key_type.upper().startswith("RSA"):
        rule["key"] = "rsa"
    if not identity.names:
        names = [name for name in identity.leaf.dns_names if _HOST_NAME.fullmatch(name)]
        rule["names"] = [*names[:4]] if names else [_ANOTHER]
    return rule


def writable(name: str) -> str:
    """Returns the RFC 4514 `name` where a certificate can be issued under it, else a name that says so.

    No warning is made an error on the way: that would hold for the threads of the lab too."""
    try:
        with strict_reading():
            read = x509.Name.from_rfc4514_string(name)
            # What is read from a string may be longer or shorter than its kind allows; what is issued may not.
            for attribute in read:
                x509.NameAttribute(attribute.oid, attribute.value)
    except UnreadableCertificateError:
        return _NAMELESS
    return name if read.rdns else _NAMELESS


def manner_of(identity: Identity, code: str, at: datetime) -> str:
    """The name of the box's manner that shows what this host showed."""
    match code:
        case "tls.incomplete-chain":
            return "incomplete"
        case "tls.untrusted":
            return "private"
        case "tls.diverted":
            return "another-name"
        case _:
            facts = [certificate_facts(der) for der in (*identity.chain, *identity.public.path)]
            return "not-yet-valid" if any(each.not_before > at for each in facts) else "expired"


def led_elsewhere(diagnosis: Diagnosis) -> Iterator[str]:
    """Pairs PATTERN HOST for the addon `names`: hosts whose certificates were in disorder."""
    found: Groups[str] = Groups()
    others = []
    for judged in diagnosis.endpoints:
        endpoint, identity = judged.observation.endpoint, diagnosis.identities.by_endpoint.get(judged.observation.id)
        target = Target(endpoint.host, endpoint.port)
        code = next((code for code in judged.causes if code in _ORIGINS), None)
        if identity is not None and code is not None and judged.observation.opened:
            manner = manner_of(identity, code, diagnosis.identities.at)
            found.add(target, manner, manner)
        else:
            others.append(target)
    for selector, manner in found.against(others):
        yield f"{_pattern(selector)} {manner}.{manners.DOMAIN}"


def _pattern(selector: Selector) -> str:
    """The same for HOST:PORT, as the addon has it."""
    ports = f":({'|'.join(map(str, selector.ports))})$" if selector.ports else ":"
    if not selector.hosts:
        return ports
    return "|".join(part.removesuffix("$") + ports for part in selector.hosts.split("$|"))
