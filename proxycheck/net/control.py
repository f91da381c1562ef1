"""Controls beside the proxy: public DNS for a name, a direct TCP connection to it. They only ever explain a failure."""

import asyncio

from proxycheck.model.failure import Failure
from proxycheck.model.target import Target
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.stream import dial
from proxycheck.net.trace import Trace

CONTROL_S = 3.0


async def resolve(trace: Trace, check: str, target: Target) -> str | None:
    """The first IPv4 address that the system's DNS servers give for the host, recorded as `control_dns`."""
    import dns.asyncresolver
    import dns.exception
    import dns.resolver

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


async def connect(trace: Trace, check: str, target: Target, address: str) -> bool:
    """A TCP connection straight to the host, closed at once, recorded as `control_tcp`."""
    recorder = trace.begin(check, "control_tcp", target.id)
    try:
        async with asyncio.timeout(CONTROL_S):
            stream = await dial(address, target.port)
    except OSError as error:
        failure = failure_of(error, "control_tcp")
        recorder.finish(ended_by(failure), failure)
        return False
    recorder.finish("closed", note=address)
    await stream.close()
    return True
