"""Which hosts belong together."""

import ipaddress

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


def domain_of(host: str) -> str:
    """The last two labels of a name: near enough to tell the catalogue's owners apart; an address is its own."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ".".join(host.lower().rstrip(".").split(".")[-2:])


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
