"""`proxycheck canary serve`: an origin of one's own, to which the same bytes are known on both sides."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proxycheck.cli.ending import guarded
from proxycheck.cli.file_names import FilePath
from proxycheck.cli.in_order import InOrder
from proxycheck.errors import ConfigurationError, UsageError, unreadable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from proxycheck.canary.identity import Canary
    from proxycheck.canary.tls import TlsIdentity

_DEFAULT_PORT = 8443
_LOOPBACK = "127.0.0.1"


@click.group(cls=InOrder)
def canary() -> None:
    """A server of your own that proves what arrives through a proxy."""


@canary.command
@click.option(
    "--listen",
    default=_LOOPBACK,
    show_default=True,
    metavar="ADDRESS",
    help="Listen on this address; 0.0.0.0 is every one.",
)
@click.option(
    "--port",
    type=int,
    multiple=True,
    metavar="N",
    help="Listen here; of two, the second is for plain HTTP. Best are 443 and 80.",
)
@click.option("--name", metavar="HOST", help="What clients call this server; else the address.")
@click.option(
    "--certificate",
    type=FilePath(),
    metavar="FILE",
    help="The certificate and its chain (PEM); else one made at start.",
)
@click.option("--key", type=FilePath(), metavar="FILE", help="The certificate's private key (PEM).")
@click.option(
    "--signing-key",
    type=FilePath(),
    metavar="FILE",
    help="Keep the key that signs answers here: the canary's address stays the same. Made if it is missing.",
)
@guarded
def serve(
    *,
    listen: str,
    port: tuple[int, ...],
    name: str | None,
    certificate: Path | None,
    key: Path | None,
    signing_key: Path | None,
) -> int:
    """Serve a canary until Ctrl-C: check --canary asks it what arrives through a proxy.

    It answers whoever connects, contacts nobody, and sends no more content than it was sent."""
    import secrets

    from proxycheck.canary.identity import Canary

    ports = port or (_DEFAULT_PORT,)
    if len(ports) > 2 or not all(0 <= number <= 65535 for number in ports):
        raise UsageError("a canary listens on one port or on two, between 0 (any free one) and 65535")
    host = _host(name, listen)
    identity = _identity(host, certificate, key)
    served = Canary(_signing_key(signing_key), identity, secrets.token_hex(4))
    _run(served, host, listen, ports)
    return 0


def _host(name: str | None, listen: str) -> str:
    """What clients have to call this canary. Raises UsageError where the address to call is not known."""
    from proxycheck.wire.address import parse_target

    if name is None and listen in ("0.0.0.0", "::"):  # noqa: S104  compared, not bound
        raise UsageError(f"--listen {listen} is every address of this machine; add --name HOST, as clients call it")
    host = name or listen
    return parse_target(f"[{host}]:1" if ":" in host else f"{host}:1").host


def _run(served: "Canary", host: str, listen: str, ports: Sequence[int]) -> None:
    from proxycheck.canary.server import serve_here

    def announce(bound: tuple[int, ...]) -> None:
        print(_announcement(served.key, host, listen, bound), flush=True)  # noqa: T201  this is the command's output

    try:
        serve_here(served, listen, ports, announce)
    except OSError as error:
        where = " and ".join(str(number) for number in ports)
        raise ConfigurationError(f"the canary cannot listen on {listen}, port {where}: {error.strerror}") from error
    print("the canary has stopped", file=sys.stderr)  # noqa: T201


def _announcement(key: str, host: str, listen: str, ports: Sequence[int]) -> str:
    from proxycheck.canary.address import write_canary
    from proxycheck.model.canary import CanaryAddress
    from proxycheck.wire.command_line import quote

    address = write_canary(CanaryAddress(host, ports[0], ports[-1], key))
    where = ", ".join(str(number) for number in ports)
    lines = [f"The canary listens on {listen}, port {where}; Ctrl-C ends it. Behind the proxy, run:", ""]
    lines.append(f"  proxycheck check --proxy HOST:PORT --device NAME --canary {quote(address)}")
    if listen.startswith("127.") or listen in ("::1", "localhost"):
        lines += ["", "Only this machine reaches it there: --listen 0.0.0.0 --name HOST opens it to others."]
    return "\n".join(lines)


def _identity(host: str, certificate: Path | None, key: Path | None) -> "TlsIdentity":
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from OpenSSL import SSL

    from proxycheck.canary.tls import TlsIdentity, self_signed

    if certificate is None and key is None:
        return self_signed(host, datetime.now(UTC))
    if certificate is None or key is None:
        raise UsageError("--certificate and --key belong together; give both, or neither")
    try:
        chain = x509.load_pem_x509_certificates(_read(certificate))
        return TlsIdentity(chain, load_pem_private_key(_read(key), None))
    except (ValueError, TypeError, SSL.Error) as error:
        raise ConfigurationError(
            f"{certificate} and {key} are no certificate with its unencrypted private key in PEM form"
        ) from error


def _signing_key(path: Path | None) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if path is None:
        return Ed25519PrivateKey.generate()
    if not path.exists():
        return _new_signing_key(path)
    try:
        key = load_pem_private_key(_read(path), None)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"{path} is no unencrypted private key in PEM form") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path} is not an Ed25519 key; name a file that does not exist, to make one")
    return key


def _new_signing_key(path: Path) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate()
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
