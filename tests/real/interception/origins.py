"""Hosts whose own certificates are in disorder, as hosts on the real internet are; no proxy is to blame for them."""

import datetime
import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from proxycheck.lab.internet.ct_log import LabLog
from proxycheck.model.cause import CauseCode
from proxycheck.model.report import TlsVerdict
from tests.real.authority import Authority, Key, new_key, write_chain

EXPIRED = "smb.pitneybowes.com"
NOT_YET_VALID = "in.appcenter.ms"
INCOMPLETE = "play.vidyard.com"
INCOMPLETE_AND_UNLOGGED = "ds977.awmdm.com"
FOR_ANOTHER_NAME = "pb-ota.redbend.com"
SELF_SIGNED = "hshh.org"
PRIVATE = ("ms1app.pb.com", "pbdlsp1.pb.com")
PRIVATE_WITH_ONE_KEY = ("decometlb5.pb.com", "decometlb20.pb.com")
PRIVATE_FOR_TWO_DOMAINS = ("cometservp1.pb.com", "sendpro.pitneybowes.com")
PARKED = ("gate.hockeyapp.net", "settings.crashlytics.com")
UNLOGGED = "captive.apple.com"
LOGGED_ELSEWHERE = "www.youtube.com"
PUBLIC_WITH_ONE_KEY = ("pitneybowes.okta.com", "registrar.iot.pitneycloud.com")

ANSWERS: Mapping[str, tuple[TlsVerdict, CauseCode | None]] = {
    EXPIRED: ("passthrough", "tls.expired"),
    NOT_YET_VALID: ("passthrough", "tls.expired"),
    INCOMPLETE: ("passthrough", "tls.incomplete-chain"),
    INCOMPLETE_AND_UNLOGGED: ("inconclusive", "tls.incomplete-chain"),
    FOR_ANOTHER_NAME: ("inconclusive", "tls.diverted"),
    SELF_SIGNED: ("inconclusive", "tls.untrusted"),
    **dict.fromkeys((*PRIVATE, *PRIVATE_WITH_ONE_KEY, *PRIVATE_FOR_TWO_DOMAINS), ("inconclusive", "tls.untrusted")),
    **dict.fromkeys(PARKED, ("inconclusive", "tls.untrusted")),
    UNLOGGED: ("passthrough", None),
    LOGGED_ELSEWHERE: ("passthrough", None),
    **dict.fromkeys(PUBLIC_WITH_ONE_KEY, ("passthrough", None)),
}
"""The right verdict on TLS, and the cause that names the host."""

_DAY = datetime.timedelta(days=1)
Chain = list[x509.Certificate]


def misbehaving(public: Authority, folder: Path) -> Mapping[str, Path]:
    """Files of key and chain for these hosts."""
    numbers = itertools.count()
    found: dict[str, Path] = {}
    for hosts, chain, key in _all(public):
        path = folder / f"own-{next(numbers)}.pem"
        write_chain(path, chain, key)
        found.update(dict.fromkeys(hosts, path))
    return found


def _all(public: Authority) -> Iterator[tuple[tuple[str, ...], Chain, Key]]:
    key = new_key()
    yield (EXPIRED,), public.issue([EXPIRED], key, days=-3), key
    yield (NOT_YET_VALID,), public.issue([NOT_YET_VALID], key, days=127), key
    yield (INCOMPLETE,), public.issue([INCOMPLETE], key)[:1], key
    yield (FOR_ANOTHER_NAME,), public.issue(["portal.redbend.example"], key), key
    yield from _unlogged(public)
    for hosts in (PRIVATE, PRIVATE_WITH_ONE_KEY, PRIVATE_FOR_TWO_DOMAINS):
        yield from _private(hosts)
    for host in PUBLIC_WITH_ONE_KEY:
        yield (host,), public.issue([host], key), key
    key = new_key()
    yield (SELF_SIGNED,), [_self_signed(SELF_SIGNED, key)], key
    yield PARKED, [_self_signed("localhost", key)], key


def _unlogged(public: Authority) -> Iterator[tuple[tuple[str, ...], Chain, Key]]:
    """Public certificates without timestamps, and one with those of a log that is on nobody's list."""
    key = new_key()
    yield (UNLOGGED,), public.unlogged().issue([UNLOGGED], key), key
    yield (INCOMPLETE_AND_UNLOGGED,), public.unlogged().issue([INCOMPLETE_AND_UNLOGGED], key)[:1], key
    elsewhere = public.unlogged(LabLog("On nobody's list"))
    yield (LOGGED_ELSEWHERE,), elsewhere.issue([LOGGED_ELSEWHERE], key), key


def _private(hosts: Iterable[str]) -> Iterator[tuple[tuple[str, ...], Chain, Key]]:
    """Certificates by an authority of the hosts' own operator, the chain complete."""
    hosts = tuple(hosts)
    authority, shared = Authority(f"Operator of {hosts[0]}"), new_key()
    for host in hosts:
        key = shared if hosts == PRIVATE_WITH_ONE_KEY else new_key()
        yield (host,), [*authority.issue([host], key), authority.root], key


def _self_signed(name: str, key: Key) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 365 * _DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
