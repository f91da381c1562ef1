"""What this system knows of its own network: addresses of names, its domains, its own address."""

import contextlib
import socket

NAME_S = 3.0
"""How long a name may take."""


async def ipv4_addresses(name: str) -> tuple[str, ...] | None:
    """The IPv4 addresses that the system's DNS servers give for a name, with its search domains; none for a name that
    has none. None where no server answers."""
    import dns.asyncresolver  # noqa: PLC0415  slow, and most runs ask nothing
    import dns.exception  # noqa: PLC0415
    import dns.resolver  # noqa: PLC0415

    try:
        answer = await dns.asyncresolver.Resolver().resolve(name, "A", lifetime=NAME_S, search=True)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, OSError, UnicodeError):
        return None
    return tuple(record.to_text() for record in answer)


def search_domains() -> tuple[str, ...]:
    """This computer's own domains, without final dots; none where it has none."""
    import dns.resolver  # noqa: PLC0415

    try:
        resolver = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        return ()
    return tuple(domain.to_text(omit_final_dot=True) for domain in (resolver.domain, *resolver.search))


def own_address() -> str:
    """The address that this computer would use towards the internet, or an empty text; nothing is sent to find out."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return ""
