"""Reads the addresses people type: a proxy (`HOST:PORT`, `http://user@host:port`) and a target (`HOST:PORT`).

Strict, because a wrong guess here would test another machine: what is not plainly an address is refused with
one sentence that says what to write. No message repeats what stands before an `@`: it may hold a password.
"""

import ipaddress
import re
from urllib.parse import unquote

from msgspec import Struct

from proxycheck.errors import ConfigurationError, UsageError
from proxycheck.model.target import ProxyAddress, Target

SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
"""What a proxy URL may begin with; all but `http` are judged, for no device can use them."""

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")


class Place(Struct, frozen=True):
    """Where a person writes the address of a proxy, in what the sentence about a mistake tells to do: how the address
    is written there, what to do with a password in it, how a user name is given, and how one without a password."""

    address: str
    password: str
    user: str
    login: str


COMMAND_LINE = Place(
    address="write --proxy HOST:PORT or --proxy http://HOST:PORT",
    password="a password does not belong on the command line, where every process can read it; "  # noqa: S106  words
    "write --proxy http://USER@HOST:PORT and give the password by --password-file, --password-stdin, "
    "PROXYCHECK_PASSWORD or the prompt. The one just typed is in the history of the shell now: delete it there",
    user="write --user NAME",
    login="write --user NAME alone and give the password by --password-file, --password-stdin, PROXYCHECK_PASSWORD "
    "or the prompt",
)


def parse_proxy(text: str, place: Place = COMMAND_LINE) -> ProxyAddress:
    """The proxy that `text`, written in `place`, names; no scheme means `http`.

    Raises UsageError for anything else than `[scheme://][user@]host:port`, and for a password in it."""
    scheme, authority = _split_scheme(text.strip())
    user, at, address = authority.rpartition("@")
    if ":" in user:
        raise UsageError(place.password)
    _refuse_spaces(text.strip(), place.address)
    if scheme not in SCHEMES:
        raise UsageError(f"{scheme!r} is not a kind of proxy that exists; {place.address}")
    address = address.removesuffix("/")
    if re.search(r"[/?#]", address):
        raise UsageError(f"a proxy address has no path, query or fragment; {place.address}")
    target = _parse_host_port(address, "the proxy", place.address)
    username = parse_username(_unquoted(user, place), place) if at else None
    return ProxyAddress(scheme, target.host, target.port, username)


def stored_proxy(url: str) -> ProxyAddress:
    """The proxy of a saved report, as `ProxyAddress.url` writes it.

    Raises ConfigurationError for anything else: then the report was changed, and nobody typed it."""
    scheme, _, authority = url.partition("://")
    host, _, port = authority.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if scheme not in SCHEMES or not host.isprintable() or not host or not re.fullmatch(r"[0-9]{1,5}", port):
        raise ConfigurationError(f"the report's proxy address {url[:80]!r} is none; ask for the report again")
    return ProxyAddress(scheme, host, int(port))


def parse_target(text: str) -> Target:
    """The `HOST:PORT` that `text` names, IPv6 literals in brackets.

    Raises UsageError for anything else."""
    form = "write HOST:PORT, such as www.example.com:443"
    if "://" in text or re.search(r"[/?#@\s]", text):
        raise UsageError(f"{text!r} is not an address; {form}")
    return _parse_host_port(text, f"{text!r}", form)


def parse_username(text: str, place: Place = COMMAND_LINE) -> str:
    """`text`, written in `place`, as a user name for the proxy.

    Raises UsageError for an empty one, for control characters, and for a colon: Basic authentication ends the
    name there (RFC 7617 section 2), and what follows it was most likely meant as a password."""
    if not text:
        raise UsageError(f"the user name is empty; {place.user}, or leave it out")
    if ":" in text:
        raise UsageError(f"a user name holds no colon (RFC 7617); {place.login}")
    if not text.isprintable():
        raise UsageError("the user name holds a control character or bytes that are not text; write it again")
    return text


def _split_scheme(text: str) -> tuple[str, str]:
    scheme, separator, rest = text.partition("://")
    if not separator or not re.fullmatch(r"[A-Za-z0-9+.-]*", scheme):
        return "http", text
    return scheme.lower(), rest


def _refuse_spaces(text: str, form: str) -> None:
    if not text:
        raise UsageError(f"the proxy address is empty; {form}")
    if any(character.isspace() or not character.isprintable() for character in text):
        raise UsageError(f"a proxy address has no spaces or control characters; {form}")


def _unquoted(user: str, place: Place) -> str:
    try:
        return unquote(user, errors="strict")
    except UnicodeDecodeError:
        raise UsageError(f"the user name in the proxy address is not percent-encoded UTF-8; {place.user}") from None


def _parse_host_port(text: str, subject: str, form: str) -> Target:
    host, port = _split_port(text, subject, form)
    if not host:
        raise UsageError(f"{subject} has no host name; {form}")
    return Target(_parse_host(host, form), _parse_port(port, subject, form))


def _split_port(text: str, subject: str, form: str) -> tuple[str, str]:
    if text.startswith("["):
        host, bracket, rest = text.partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f"{subject} has an unfinished IPv6 bracket; write [ADDRESS]:PORT")
        host, port = host + bracket, rest[1:]
    elif text.count(":") > 1:
        raise UsageError(f"{subject} looks like an IPv6 address without brackets; write [ADDRESS]:PORT")
    else:
        host, _, port = text.partition(":")
    if not port:
        raise UsageError(f"{subject} has no port; {form}")
    return host, port


def _parse_port(text: str, subject: str, form: str) -> int:
    if not (text.isascii() and text.isdigit()):
        # Not repeated: after `name:` people write passwords.
        raise UsageError(f"{subject} has a port that is not a number; {form}")
    if len(text) > 5 or not 1 <= int(text) <= 65535:
        raise UsageError(f"{subject} has the port {text[:12]}, but a port is between 1 and 65535; {form}")
    return int(text)


def _parse_host(text: str, form: str) -> str:
    if text.startswith("["):
        try:
            return str(ipaddress.IPv6Address(text[1:-1].replace("%25", "%")))
        except ValueError:
            raise UsageError(f"{text} is not an IPv6 address; {form}") from None
    host = text if text.isascii() else _to_ascii(text, form)
    labels = host.removesuffix(".").split(".")
    if len(host) > 253 or not all(_LABEL.match(label) for label in labels):
        raise UsageError(f"{text[:80]!r} is not a host name or an IP address; {form}")
    if labels[-1].isdigit():
        return _parse_ipv4(host, form)
    return host


def _parse_ipv4(host: str, form: str) -> str:
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        raise UsageError(f"{host} is not an IPv4 address; {form}") from None


def _to_ascii(host: str, form: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        raise UsageError(f"{host[:80]!r} cannot be written as an international host name; {form}") from None
