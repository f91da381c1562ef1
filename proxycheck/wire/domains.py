"""Which hosts belong together.

Where a domain begins that is somebody's own, the Public Suffix List says, as far as registries run it: `co.uk` and
`kobe.jp` are nobody's. Its other half, domains under which companies let others have names, is not asked: what stands
under `amazonaws.com` is served by Amazon.
"""

import ipaddress
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_OWNERS = {
    "pb.com": ("pitneybowes.com", "pitneybowes.us", "pitneycloud.com", "precisely.com"),
    "google.com": (
        *("app-measurement.com", "crashlytics.com", "googleapis.com", "googlesyndication.com"),
        *("googleusercontent.com", "gstatic.com", "gvt1.com", "youtube.com"),
    ),
    "amazon.com": ("amazonaws.com", "cloudfront.net"),
    "microsoft.com": ("appcenter.ms", "hockeyapp.net"),
    "teamviewer.com": ("dyngate.com",),
}
"""Domains of one company, under the name of its first; each company's hosts may share keys and authorities."""
_OWNER_OF = {domain: owner for owner, domains in _OWNERS.items() for domain in domains}
_INSIDE = frozenset(("corp", "home", "internal", "intranet", "lan", "local", "localdomain", "private"))
"""Top-level names that exist only inside a network (RFC 6762 appendix G and custom)."""
_INSIDE_OWNER = "the network's own hosts"
_SPECIAL = frozenset(("home.arpa", "invalid", "localhost", "test"))
"""Names below which nothing of the internet stands, whoever uses them (RFC 6761, RFC 8375)."""


_BEGINS, _ENDS = "===BEGIN ICANN DOMAINS===", "===END ICANN DOMAINS==="


@lru_cache(maxsize=16384)
def domain_of(host: str) -> str:
    """The domain of a name that is somebody's own; a name that lies in none, and an address, are their own."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        name = host.lower().rstrip(".")
    return registrable(name) or name


def registrable(name: str) -> str | None:
    """The part of a name (in small letters) that somebody can register: one label below a public suffix. None for a
    public suffix, and for a name of one label. A top level that the list does not have counts as a suffix."""
    _, _, top = name.rpartition(".")
    if top == name or not all(name.split(".")):
        return None
    return _suffixes(top).privatesuffix(name)


@lru_cache(maxsize=256)
def _suffixes(top: str) -> "PublicSuffixList":
    """The part of the list under one top level: all of it takes a tenth of a second to read."""
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415  most commands ask for no domain

    try:
        spelt = top.encode("ascii").decode("idna")
    except UnicodeError:
        spelt = top
    return PublicSuffixList([rule for name in dict.fromkeys((top, spelt)) for rule in _rules(name)])


def _rules(top: str) -> Iterator[str]:
    """The lines that end in the label `top`. They are searched for: to look at each of them takes a tenth of a run."""
    lines = _list()
    if f"\n{top}\n" in lines:
        yield top
    ending = f".{top}\n"
    at = lines.find(ending)
    while at >= 0:
        rule = lines[lines.rfind("\n", 0, at) + 1 : at + len(ending) - 1]
        if not rule.startswith("//"):
            yield rule
        at = lines.find(ending, at + 1)


@cache
def _list() -> str:
    """The rules of the registries, one a line."""
    import publicsuffixlist  # noqa: PLC0415  most commands ask for no domain

    whole = Path(publicsuffixlist.__file__).with_name("public_suffix_list.dat").read_text("utf-8")
    return whole.partition(_BEGINS)[2].partition(_ENDS)[0]


@lru_cache(maxsize=16384)
def owner_of(host: str) -> str:
    """Who runs a host, as far as its name tells. Domains that are known to be one company's are one; so is everything
    that exists only inside a network, because a network's owner may well certify all of it."""
    domain = domain_of(host)
    try:
        return domain if ipaddress.ip_address(domain).is_global else _INSIDE_OWNER
    except ValueError:
        labels = domain.split(".")
    if len(labels) < 2 or labels[-1] in _INSIDE:
        return _INSIDE_OWNER
    return _OWNER_OF.get(domain, domain)


def is_inside(host: str) -> bool:
    """Whether a name or an address is nobody's on the internet: it exists inside a network, or nowhere."""
    labels = host.lower().rstrip(".").split(".")
    return owner_of(host) == _INSIDE_OWNER or not _SPECIAL.isdisjoint((labels[-1], ".".join(labels[-2:])))
