"""Which hosts belong together."""

import ipaddress


def domain_of(host: str) -> str:
    """The last two labels of a name: near enough to tell the catalogue's owners apart; an address is its own."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ".".join(host.lower().rstrip(".").split(".")[-2:])
