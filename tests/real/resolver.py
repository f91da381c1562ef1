"""The name service of the private internet: one resolver per behaviour, each at an address of its own.

Every address listens on UDP and TCP port 53. A resolver that answers knows the hosts of the private internet by
IPv4 address, has no data for other types, and says NXDOMAIN for all other names.

As a process of its own, `python -m tests.real.resolver ADDRESS FILE` is the customer's internal DNS, which knows no
public name, and writes every name that it is asked for to FILE. FILE appears when it listens.
"""

import asyncio
import contextlib
import struct
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.real.namespaces import DEAD_ADDRESS, REFUSING_ADDRESS

GOOD = ("192.0.2.53", "8.8.8.8")
NXDOMAIN_FOR_ALL = "192.0.2.54"
REFUSES_ALL = "192.0.2.55"
SILENT = "192.0.2.56"
FAILS_ALL = "192.0.2.57"
AGEING = "192.0.2.58"
"""Knows all hosts as GOOD does, but for the three below."""
WITHOUT_A_DOMAIN = "192.0.2.59"
"""Knows all hosts as GOOD does, but for those below amazonaws.com: NXDOMAIN."""
WITHOUT_A_HOST = "192.0.2.60"
"""Knows all hosts as GOOD does, but for eureka.pitneybowes.com: NXDOMAIN."""
SINKHOLE = "192.0.2.61"
"""Leads all names below amazonaws.com to an address of somebody else."""

KNOWS_EVERYTHING = "192.0.2.62"
"""Knows all hosts as GOOD does, and has the address of somebody else for every other name, as some providers do."""
TEN_GONE = "192.0.2.63"
"""Knows all hosts as GOOD does, but for the ten of GONE_WITH_TIME."""

GONE = "decometlb5.pb.com"
"""A required host: NXDOMAIN."""
REFUSING = "hshh.org"
"""A recommended host: its address answers SYN with RST."""
DEAD = "gate.hockeyapp.net"
"""A recommended host: its address answers nothing."""

GONE_WITH_TIME = (
    *("decometlb5.pb.com", "ukcometlb12k.pb.com", "hshh.org", "gate.hockeyapp.net", "in.appcenter.ms"),
    *("csd-mailing.s3.amazonaws.com", "reports.crashlytics.com", "alt5-mtalk.google.com", "cn977.awmdm.com"),
    "registrar.iot.pitneycloud.com",
)
"""NXDOMAIN."""

_SOMEBODY_ELSE = "www.youtube.com"
_PARTIAL = (WITHOUT_A_DOMAIN, WITHOUT_A_HOST, SINKHOLE, KNOWS_EVERYTHING, TEN_GONE)


class Resolver:
    """Answers one query as the resolver at one address does, and tells `asked` the name."""

    def __init__(self, hosts: Mapping[str, str], address: str, asked: Callable[[str], object]) -> None:
        self._asked = asked
        self._hosts = {name.lower(): address for name, address in hosts.items()}
        if address == AGEING:
            self._hosts |= {REFUSING: REFUSING_ADDRESS, DEAD: DEAD_ADDRESS}
            self._hosts.pop(GONE, None)
        if address == WITHOUT_A_HOST:
            self._hosts.pop("eureka.pitneybowes.com", None)
        if address in (WITHOUT_A_DOMAIN, SINKHOLE):
            self._lead_astray(self._hosts.get(_SOMEBODY_ELSE) if address == SINKHOLE else None)
        for name in GONE_WITH_TIME if address == TEN_GONE else ():
            self._hosts.pop(name, None)
        self._other_names = self._hosts.get(_SOMEBODY_ELSE) if address == KNOWS_EVERYTHING else None
        self._refusal = {
            NXDOMAIN_FOR_ALL: dns.rcode.NXDOMAIN,
            REFUSES_ALL: dns.rcode.REFUSED,
            FAILS_ALL: dns.rcode.SERVFAIL,
        }.get(address)
        self._silent = address == SILENT

    def _lead_astray(self, address: str | None) -> None:
        for name in [name for name in self._hosts if name.endswith(".amazonaws.com")]:
            del self._hosts[name]
            if address is not None:
                self._hosts[name] = address

    def reply(self, wire: bytes) -> bytes | None:
        """The answer to a query in wire format (RFC 1035 section 4.1), or None for silence."""
        if self._silent:
            return None
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        response = dns.message.make_response(query, recursion_available=True)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        self._asked(name)
        known = self._hosts.get(name, self._other_names)
        if self._refusal is not None:
            response.set_rcode(self._refusal)
        elif known is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif question.rdtype == dns.rdatatype.A:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", known))
        return response.to_wire()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = self._resolver.reply(data)
        if reply and self._transport:
            self._transport.sendto(reply, addr)


async def serve_names(
    hosts: Mapping[str, str],
    addresses: Iterable[str] = (*GOOD, NXDOMAIN_FOR_ALL, REFUSES_ALL, FAILS_ALL, AGEING, SILENT, *_PARTIAL),
    asked: Callable[[str], object] = str,
) -> None:
    """Start listening on the addresses; the running loop keeps the servers."""
    loop = asyncio.get_running_loop()
    for address in addresses:
        resolver = Resolver(hosts, address, asked)
        await loop.create_datagram_endpoint(partial(_Datagrams, resolver), local_addr=(address, 53))
        await asyncio.start_server(partial(_stream, resolver), address, 53)


async def _stream(resolver: Resolver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            reply = resolver.reply(await reader.readexactly(length))
            if reply:
                writer.write(struct.pack("!H", len(reply)) + reply)
                await writer.drain()
    writer.close()


async def _serve_customer(address: str, file: Path) -> None:
    with file.open("w", buffering=1) as names:
        await serve_names({}, [address], lambda name: names.write(f"{name}\n"))
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve_customer(sys.argv[1], Path(sys.argv[2])))
