"""Chains that no public authority issued, many of them broken after they were signed, on servers of OpenSSL.

What OpenSSL does not take for its own server cannot be shown in a whole handshake: then another chain is made.
"""

import ssl
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.hostile.mutation import mutated
from tests.support.chains import Issued, authority, ec_key, leaf
from tests.support.worlds import device

_SERVERS = 64
"""Different servers of a campaign: each is made once."""
_TRIES = 40
_PEOPLE_KNOW = ("DigiCert Global Root G2", "GlobalSign Root CA", "Amazon Root CA 1", "GTS Root R1", "Example Root")


@cache
def _key() -> Issued:
    return _authority("Gate Inspection CA")


def _authority(name: str) -> Issued:
    return authority(name, start=_day(-1), end=_day(3000))


def _day(number: int) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=number)


@cache
def hostile_server(number: int) -> ssl.SSLContext:
    """One of the servers, the same for each number."""
    chance = Random(f"server {number}")
    for _ in range(_TRIES):
        chain, key = _chain(chance)
        found = _loaded(chain, key, newest=chance.choice((ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)))
        if found is not None:
            return found
    raise AssertionError(f"OpenSSL takes no chain for server {number}")


def any_server(chance: Random) -> ssl.SSLContext:
    """A server chosen by chance."""
    return hostile_server(chance.randrange(_SERVERS))


def _chain(chance: Random) -> tuple[list[bytes], bytes]:
    root = _key() if chance.random() < 0.6 else _authority(chance.choice(_PEOPLE_KNOW))
    hosts = sorted({endpoint.host for endpoint in device().endpoints})
    named = hosts if chance.random() < 0.7 else chance.sample(hosts, 3)
    first, last = chance.choice(((-1, 300), (-1, 300), (-1, 300), (-400, -100), (100, 300)))
    shown = leaf(root, *named, key=ec_key(), amend=chance.choice(_AMENDED), start=_day(first), end=_day(last))
    chain = [shown.der, root.der][: chance.choice((1, 2))]
    if chance.random() < 0.1:
        chain += [root.der] * 60
    return _broken(chance, chain), shown.key_pem


def _broken(chance: Random, chain: list[bytes]) -> list[bytes]:
    match chance.randrange(5):
        case 0:  # TRUE as BER may write it: OpenSSL takes it, a strict reader does not
            return [der.replace(b"\x01\x01\xff", b"\x01\x01\x01", 1) for der in chain]
        case 1:  # a version that does not exist
            return [
                der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01" + bytes([chance.choice((1, 3, 9))]))
                for der in chain
            ]
        case 2:  # another tag in a name
            tag = bytes([chance.choice((0x30, 0x02, 0x03, 0x1E, 0x16))])
            return [der.replace(b"\x55\x04\x03\x0c", b"\x55\x04\x03" + tag, chance.choice((1, 2))) for der in chain]
        case 3:
            return [mutated(chance, der, 2) if chance.random() < 0.7 else der for der in chain]
        case _:
            return chain


def _loaded(chain: Sequence[bytes], key: bytes, newest: ssl.TLSVersion) -> ssl.SSLContext | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = newest
    context.set_alpn_protocols(["http/1.1"])
    with tempfile.TemporaryDirectory() as folder:
        certificates, private = Path(folder) / "chain.pem", Path(folder) / "key.pem"
        certificates.write_text("".join(map(ssl.DER_cert_to_PEM_cert, chain)))
        private.write_bytes(key)
        try:
            context.load_cert_chain(certificates, private)
        except (ssl.SSLError, ValueError):
            return None
    return context


Amend = Callable[[x509.CertificateBuilder], x509.CertificateBuilder]


def _for_mail(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    return builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=True)


def _odd_policy(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), b"\x04\x03\x00\x01\xff")
    return builder.add_extension(odd, critical=False)


_AMENDED: tuple[Amend | None, ...] = (None, None, None, _for_mail, _odd_policy)
