"""Whether a certificate is for a host: RFC 9525, which looks at subjectAltName and nowhere else."""

import ipaddress
from functools import lru_cache

from proxycheck.wire.certificates.certificate import CertificateFacts

_SHORTEST_WILDCARD_LABELS = 3


def name_matches(facts: CertificateFacts, host: str) -> bool:
    """Whether `host` (a name or an IP literal, as in CONNECT) is one of the certificate's names.

    Case does not matter, nor does a dot at the end of `host`. A wildcard stands for exactly one label, alone
    and left-most (RFC 9525 section 6.3), above at least two labels. An IP literal matches an IP address only.
    Labels are compared as they are: names such as `r1---sn-abc.example` are no reason to fail."""
    address = _address(host)
    if address is not None:
        return any(_address(candidate) == address for candidate in facts.ip_addresses)
    wanted = _labels(host)
    return bool(wanted) and "*" not in host and any(_covers(_labels(pattern), wanted) for pattern in facts.dns_names)


def _covers(pattern: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    wildcard = pattern[:1] == ("*",) and len(pattern) >= _SHORTEST_WILDCARD_LABELS
    return pattern == wanted or (wildcard and pattern[1:] == wanted[1:])


@lru_cache(maxsize=4096)
def _labels(name: str) -> tuple[str, ...]:
    """The labels in lower case and ASCII; none where the name is empty or has an empty label."""
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return ()
    labels = tuple(ascii_name.lower().removesuffix(".").split("."))
    return labels if all(labels) else ()


@lru_cache(maxsize=4096)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
