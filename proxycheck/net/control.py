"""Controls beside the proxy: public DNS for a name, a direct TCP connection to it, TLS on that connection.

They only ever explain what was seen through the proxy.
"""

import asyncio
import ipaddress

from proxycheck.model.failure import Failure
from proxycheck.model.files.client_hello import HelloProfile
from proxycheck.model.questions import CheckId
from proxycheck.model.target import Target
from proxycheck.net import hello as hello_io
from proxycheck.net import payload
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.payload import handshake, hear
from proxycheck.net.stream import dial
from proxycheck.net.trace import Trace
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.http.reply import Reply
from proxycheck.wire.tls.client_hello import ClientHello

CONTROL_S = 3.0


async def resolve(trace: Trace, check: CheckId, target: Target) -> str | None:
    """Returns the first IPv4 address that the system's DNS servers give for the host, recorded as `control_dns`; an IP
    literal is returned without a question. None when there is no answer. Raises nothing."""
    try:
        return str(ipaddress.ip_address(target.host))
    except ValueError:
        pass
    import dns.asyncresolver  # noqa: PLC0415  slow, and most runs ask nothing
    import dns.exception  # noqa: PLC0415
    import dns.resolver  # noqa: PLC0415

    recorder = trace.begin(check, "control_dns", target.id)
    try:
        resolver = dns.asyncresolver.Resolver()
        answer = await resolver.resolve(target.host, "A", lifetime=CONTROL_S)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
        recorder.finish("closed", Failure("unresolvable", "control_dns", type(error).__name__))
        return None
    except dns.exception.Timeout:
        recorder.finish("timeout", Failure("timeout", "control_dns", "no answer from the system's DNS servers"))
        return None
    except (dns.exception.DNSException, OSError) as error:
        recorder.finish("closed", Failure("unreachable", "control_dns", type(error).__name__))
        return None
    addresses: list[str] = [record.to_text() for record in answer]
    recorder.finish("closed", note=", ".join(addresses))
    return addresses[0]


async def connect(trace: Trace, check: CheckId, target: Target, address: str) -> Tunnel | None:
    """A TCP connection straight to the host, recorded as `control_tcp`; None when there is none."""
    recorder = trace.begin(check, "control_tcp", target.id)
    try:
        async with asyncio.timeout(CONTROL_S):
            stream = await dial(address, target.port)
    except OSError as error:
        failure = failure_of(error, "control_tcp")
        recorder.finish(ended_by(failure), failure)
        return None
    recorder.finish("open", note=address)
    return Tunnel(stream, Reply())


async def authenticate(
    trace: Trace,
    check: CheckId,
    target: Target,
    connection: Tunnel,
    limits: HelloProfile | None = None,
    request: bytes | None = None,
) -> None:
    """A whole TLS handshake on that connection, recorded as `control_tls`. With a `request`, the host is asked for
    bytes inside it."""
    client = await handshake(
        trace, check, target.id, target.host, connection, CONTROL_S, operation="control_tls", limits=limits
    )
    if request is not None and client.state == "established":
        await hear(trace, check, target.id, request, client, connection, CONTROL_S)


async def fetch(trace: Trace, check: CheckId, target: Target, connection: Tunnel, request: bytes) -> None:
    """A plain request on that connection, recorded as `http`."""
    await payload.fetch(trace, check, target.id, request, connection, CONTROL_S)


async def greet(
    trace: Trace, check: CheckId, target: Target, connection: Tunnel, hello: ClientHello, variant: str
) -> None:
    """A ClientHello of that kind on that connection, and the server's flight, recorded as `control_tls`."""
    await hello_io.greet(
        trace, check, target.id, target.host, hello, connection, CONTROL_S, variant=variant, operation="control_tls"
    )
