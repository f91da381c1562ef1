"""The measurements of the check `network`: what this computer is told, and what answers when it asks."""

import asyncio
from collections.abc import Iterable

from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint, PortNeed, Tier, one_of_each
from proxycheck.model.failure import Failure
from proxycheck.model.questions import ADDRESSES6, GATEWAYS, GATEWAYS6, RESOLVERS
from proxycheck.model.target import Target
from proxycheck.net.computer.paths import read_paths
from proxycheck.net.direct import DirectRoute
from proxycheck.net.exchange import exchange
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.services.names import resolve, system_resolvers
from proxycheck.net.services.time import ask_time
from proxycheck.net.stream import Stream, dial
from proxycheck.routes.gateway import NetworkPaths
from proxycheck.wire.domains import domain_of
from proxycheck.wire.http.reply import ReplyReader
from proxycheck.wire.http.request import origin_request

MOST_RESOLVERS = 3
MOST_HOSTS = 3
"""Hosts that are tried on one port: of different owners, so that one that is gone decides nothing."""
IPV6_CANDIDATES = 6
CONNECT_S = 3.0
_RANK: dict[Tier, int] = {"required": 0, "recommended": 1, "optional": 2}
_DNS_PORT = 53


async def measure(session: Session) -> None:
    """Everything at once; what depends on a name waits for the servers to answer."""
    servers = _record_resolvers(session)
    paths = asyncio.create_task(_record_paths(session))
    await asyncio.gather(
        *(_question(session, server) for server in servers),
        *(_time(session, server.host, servers) for server in session.device.network.time_servers),
        *(_port(session, need, servers) for need in _ports(session)),
        _portal(session, servers),
        _ipv6(session, paths, servers),
        *_all_names(session, servers),
    )


def _record_resolvers(session: Session) -> tuple[str, ...]:
    """This system's DNS servers are recorded; returned are they and the ones that the device asks by address."""
    own = system_resolvers()[:MOST_RESOLVERS]
    session.trace.begin("network", "network_route", None, variant=RESOLVERS).finish("closed", note=", ".join(own))
    return tuple(dict.fromkeys((*own, *(server.address for server in session.device.network.dns_servers))))


async def _record_paths(session: Session) -> NetworkPaths:
    recorder = session.trace.begin("network", "network_route", None, variant=GATEWAYS)
    paths = await asyncio.get_running_loop().run_in_executor(None, read_paths)
    failure = Failure("unknown", "network_route", "; ".join(paths.notes)) if paths.notes else None
    recorder.finish("closed", failure, note=", ".join(paths.gateways))
    for variant, found in ((GATEWAYS6, paths.gateways6), (ADDRESSES6, paths.addresses6)):
        session.trace.begin("network", "network_route", None, variant=variant).finish("closed", note=", ".join(found))
    return paths


def _ranked(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """One for each host, required ones first."""
    ranked = sorted(endpoints, key=lambda endpoint: _RANK[endpoint.tier])
    return one_of_each(ranked, lambda endpoint: endpoint.host)


async def _question(session: Session, server: str) -> None:
    """A name that the device needs over UDP and TCP, and two that cannot exist."""
    needed = _ranked(session.device.endpoints)[0].host
    await asyncio.gather(
        resolve(session.trace, "network", server, needed),
        resolve(session.trace, "network", server, needed, transport="tcp"),
        # The reserved domain of RFC 6761 section 6.4, and a name nobody can have registered: some that lie about
        # names which do not exist know better than to lie about the first.
        resolve(session.trace, "network", server, f"{session.nonce}.invalid"),
        resolve(session.trace, "network", server, f"{session.nonce}.com"),
    )


def _all_names(session: Session, servers: tuple[str, ...]) -> list["asyncio.Future[None]"]:
    """Without a proxy the device resolves every name itself: all required ones are asked for."""
    if not session.direct or not servers:
        return []

    async def ask(host: str) -> None:
        async with session.limit.places():
            await resolve(session.trace, "network", servers[0], host)

    hosts = [e.host for e in _ranked(session.device.endpoints) if e.tier == "required"][1:]
    return [asyncio.ensure_future(ask(host)) for host in hosts]


async def _address(session: Session, host: str, servers: tuple[str, ...]) -> str | None:
    """The host's first IPv4 address from whichever server knows it first."""
    asked = [asyncio.create_task(resolve(session.trace, "network", server, host)) for server in servers]
    try:
        for answered in asyncio.as_completed(asked):
            addresses = await answered
            if addresses:
                return addresses[0]
        return None
    finally:
        for task in asked:
            task.cancel()


async def _time(session: Session, host: str, servers: tuple[str, ...]) -> None:
    await ask_time(session.trace, "network", host, await _address(session, host, servers))


def _ports(session: Session) -> list[PortNeed]:
    """All TCP ports where nothing else tries them; behind a proxy, those that the guide wants open beside it."""
    beside = {pattern.alternative_to for pattern in session.device.url_patterns}
    tcp = [need for need in session.device.network.ports if "tcp" in need.transports and need.port != _DNS_PORT]
    if session.direct:
        return [] if session.endpoints else tcp
    return [need for need in tcp if f"{need.port}/tcp" in beside]


async def _port(session: Session, need: PortNeed, servers: tuple[str, ...]) -> None:
    """Connections to a few hosts of the guide on that port, closed at once."""
    on_port = _ranked(e for e in session.device.endpoints if e.port == need.port)
    chosen = one_of_each(on_port, lambda endpoint: domain_of(endpoint.host))[:MOST_HOSTS]
    await asyncio.gather(*(_connect(session, Target(e.host, e.port), servers) for e in chosen))


async def _connect(session: Session, target: Target, servers: tuple[str, ...]) -> None:
    address = await _address(session, target.host, servers)
    async with session.limit.places():
        stream = await _dial(session, target, address)
    if stream is not None:
        await stream.close()


async def _dial(session: Session, target: Target, address: str | None, variant: str | None = None) -> Stream | None:
    recorder = session.trace.begin("network", "network_tcp", target.id, variant=variant)
    if address is None:
        recorder.finish("closed", Failure("unresolvable", "network_tcp", f"{target.host} has no address here"))
        return None
    try:
        async with asyncio.timeout(min(CONNECT_S, session.way.timeout_s)):
            stream = await dial(address, target.port)
    except OSError as error:
        failure = failure_of(error, "network_tcp")
        recorder.finish(ended_by(failure), failure, note=address)
        return None
    recorder.finish("open", note=address)
    return stream


async def _portal(session: Session, servers: tuple[str, ...]) -> None:
    """Where no host is tried otherwise: the device's own test for a portal; its answer also carries a time of day."""
    endpoint = next((e for e in session.device.endpoints if e.expect == "generate_204"), None)
    if endpoint is None or session.endpoints or not isinstance(session.way, DirectRoute):
        return
    target = Target(endpoint.host, endpoint.port)
    stream = await _dial(session, target, await _address(session, endpoint.host, servers), variant="portal")
    if stream is None:
        return
    recorder = session.trace.begin("network", "network_http", endpoint.id)
    request = origin_request(target, endpoint.path, user_agent=session.way.agent)
    _, ended, failure = await exchange(stream, recorder, request, ReplyReader("GET"), "network_http", CONNECT_S)
    recorder.finish(ended, failure)
    await stream.close()


async def _ipv6(session: Session, paths: "asyncio.Task[NetworkPaths]", servers: tuple[str, ...]) -> None:
    """Where IPv6 is announced: one host by IPv6 and by IPv4, so that a closed way out is not taken for a dead IPv6."""
    found = await paths
    if not found.addresses6 or not found.gateways6 or not servers:
        return
    ranked = _ranked(session.device.endpoints)
    candidates = sorted(ranked, key=lambda endpoint: endpoint.expect is None)[:IPV6_CANDIDATES]
    asked = (resolve(session.trace, "network", servers[0], endpoint.host, "AAAA") for endpoint in candidates)
    for endpoint, addresses in zip(candidates, await asyncio.gather(*asked), strict=True):
        if addresses:
            target = Target(endpoint.host, endpoint.port)
            plain = await _address(session, endpoint.host, servers)
            ways = (_dial(session, target, addresses[0], "ipv6"), _dial(session, target, plain, "ipv4"))
            for stream in await asyncio.gather(*ways):
                if stream is not None:
                    await stream.close()
            return
