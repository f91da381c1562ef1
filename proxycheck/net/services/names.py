"""Questions to one DNS server by address, over UDP or TCP (RFC 1035 section 4.2), recorded as `network_dns`."""

import asyncio
import struct
from typing import Literal

import dns.exception
import dns.flags
import dns.message
import dns.rdatatype
import dns.resolver

from proxycheck.model.failure import Failure
from proxycheck.model.questions import CheckId, dns_question
from proxycheck.model.target import Target
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.services import datagram
from proxycheck.net.stream import Stream, dial
from proxycheck.net.trace import Trace

PORT = 53
UDP_WAIT_S = 1.5
"""For each of two tries."""
TCP_WAIT_S = 3.0

Transport = Literal["udp", "tcp"]
RecordType = Literal["A", "AAAA"]


def system_resolvers() -> tuple[str, ...]:
    """The addresses of the DNS servers that this system asks, in its order; none where it names none."""
    try:
        found = dns.resolver.Resolver().nameservers
    except (dns.exception.DNSException, OSError):
        return ()
    return tuple(dict.fromkeys(server for server in found if isinstance(server, str)))


async def resolve(
    trace: Trace, check: CheckId, server: str, name: str, record_type: RecordType = "A", *, transport: Transport = "udp"
) -> tuple[str, ...] | None:
    """The addresses that `server` gives for `name`; none for a name it does not know; None without a usable answer.

    The record's `variant` is `transport:type:name`, its `note` lists the addresses."""
    endpoint = Target(server, PORT).id
    recorder = trace.begin(check, "network_dns", endpoint, variant=dns_question(transport, record_type, name))
    query = dns.message.make_query(name, record_type, use_edns=False)
    question = query.to_wire()
    recorder.sent(question)
    try:
        if transport == "udp":
            answer = await datagram.ask(server, PORT, question, lambda data: data[:2] == question[:2], UDP_WAIT_S)
        else:
            answer = await _over_tcp(server, question)
    except OSError as error:
        failure = failure_of(error, "network_dns")
        recorder.finish(ended_by(failure), failure)
        return None
    recorder.received(answer)
    try:
        addresses = _addresses(answer)
    except dns.exception.DNSException as error:
        recorder.finish("closed", Failure("malformed", "network_dns", type(error).__name__))
        return None
    recorder.finish("closed", note=", ".join(addresses) or None)
    return addresses


async def _over_tcp(server: str, question: bytes) -> bytes:
    async with asyncio.timeout(TCP_WAIT_S):
        stream = await dial(server, PORT)
        try:
            await stream.send(struct.pack("!H", len(question)) + question)
            (length,) = struct.unpack("!H", await _exactly(stream, 2))
            return await _exactly(stream, length)
        finally:
            await stream.close()


async def _exactly(stream: Stream, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = await stream.receive(size - len(data))
        if not more:
            raise ConnectionResetError("closed before the answer was complete")
        data += more
    return data


def _addresses(answer: bytes) -> tuple[str, ...]:
    message = dns.message.from_wire(answer, ignore_trailing=True, raise_on_truncation=False)
    wanted = (dns.rdatatype.A, dns.rdatatype.AAAA)
    return tuple(item.to_text() for found in message.answer if found.rdtype in wanted for item in found)
