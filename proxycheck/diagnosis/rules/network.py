"""The network beside the proxy: time, the way out, and the ports that are needed where no proxy is given.

What is measured is this computer's network; the device has the same only if it stands beside it. Behind a proxy a
closed way out is normal: names and hosts are the proxy's to reach. What the guide asks of the network is told there as
information, and where nothing at all answers beside the proxy, nothing is. A gateway of the device's own range breaks
it either way, and so does IPv6 that is announced and dead.
"""

from collections import defaultdict
from collections.abc import Iterator

from msgspec import structs

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.rules.name_service import CHECK, name_service
from proxycheck.model.cause import Severity
from proxycheck.model.device import Tier
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import GATEWAYS, RESOLVERS
from proxycheck.routes.gateway import within
from proxycheck.wire.http.reply import reply_in

_OUTSIDE = ("network_dns", "network_time", "network_tcp", "network_http")
_SERVICES = {"network_dns": "DNS", "network_time": "time", "network_tcp": "hosts", "network_http": "the portal's test"}
_NAMED = 3
_ENDED = {"timeout": "no answer", "refused": "refused", "unreachable": "no route", "reset": "cut"}


def network(case: Case) -> Iterator[Finding]:
    """Every need of the network that is not met."""
    yield from _gateway(case)
    yield from _ipv6(case)
    if case.proxy is None:
        yield from _needs(case)
    else:
        found = _own_resolvers(case) if only_the_proxy(case) else _needs(case)
        yield from (structs.replace(finding, severity="info") for finding in found)


def only_the_proxy(case: Case) -> bool:
    """Whether nothing outside answers beside the proxy: the ordinary network of an office that has one. This network's
    own DNS servers are inside."""
    asked = [r for operation in _OUTSIDE for r in case.of(CHECK, operation) if not _asks_own_resolver(case, r)]
    return bool(asked) and all(record.failure is not None for record in asked)


def _asks_own_resolver(case: Case, record: Evidence) -> bool:
    server = (record.endpoint or "").rpartition(":")[0].strip("[]")
    return record.operation == "network_dns" and server in told(case, RESOLVERS)


def _own_resolvers(case: Case) -> Iterator[Finding]:
    """What this network's own DNS servers do wrong, if they answer at all."""
    inside = tuple(r for r in case.evidence if r.operation != "network_dns" or _asks_own_resolver(case, r))
    if any(r.operation == "network_dns" and r.failure is None for r in inside):
        yield from name_service(structs.replace(case, evidence=inside))


def _needs(case: Case) -> Iterator[Finding]:
    tried = [r for r in case.of(CHECK, "network_tcp") if r.failure is None or r.failure.name != "unresolvable"]
    if case.proxy is None and tried and only_the_proxy(case):
        yield from _no_way_out(case)
        return
    unnamed = tuple(name_service(case))
    yield from unnamed
    yield from (finding for finding in _time(case) if not (unnamed and _without_a_name(case)))
    yield from _ports(case)
    yield from _portal(case)


def _no_way_out(case: Case) -> Iterator[Finding]:
    """Nothing outside answers at all: said once, and not of each service and each port again."""
    words: list[str] = []
    for operation, name in _SERVICES.items():
        asked = [r for r in case.of(CHECK, operation) if not _asks_own_resolver(case, r)]
        ways = ", ".join(dict.fromkeys(_how(record) for record in asked))
        if asked:
            words.append(f"{name} ({', '.join(dict.fromkeys(r.endpoint or '' for r in asked[:_NAMED]))}): {ways}")
    ports = tuple(need.port for need in case.device.network.ports)
    detail = "Nothing outside this network answers from here, whatever is asked: it is not one port alone."
    yield Finding("network.port-blocked", (), "strong", tuple(words), "blocker", detail=detail, ports=ports)


def told(case: Case, variant: str) -> tuple[str, ...]:
    """What this computer says of itself: its `gateways`, `gateways6`, `addresses6` or `resolvers`."""
    found = next((e.note or "" for e in case.of(CHECK, "network_route") if e.variant == variant), "")
    return tuple(filter(None, found.split(", ")))


def _gateway(case: Case) -> Iterator[Finding]:
    for gateway in told(case, GATEWAYS):
        for span in case.device.network.reserved_gateways:
            if within(gateway, span.first, span.last):
                said = f"the default gateway is {gateway}; the device uses {span.first} to {span.last} inside"
                yield Finding("network.gateway-conflict", (), "conclusive", (said,), "blocker")


def _time(case: Case) -> Iterator[Finding]:
    records = {record.endpoint: record for record in case.of(CHECK, "network_time")}
    groups: dict[str, list[tuple[str, Tier, Evidence]]] = defaultdict(list)
    for server in case.device.network.time_servers:
        record = records.get(f"{server.host}:123")
        if record is not None:
            groups[server.any_of or server.host].append((server.host, server.tier, record))
    for members in groups.values():
        if all(record.failure is not None for _, _, record in members):
            because = tuple(f"{host}: {_how(record)}" for host, _, record in members)
            required = any(tier == "required" for _, tier, _ in members)
            severity: Severity = "blocker" if required and case.proxy is None else "degraded"
            yield Finding("network.ntp-blocked", (), "strong", because, severity)


def _without_a_name(case: Case) -> bool:
    """Whether no time server could be asked because none has an address here: that is told of DNS."""
    found = [record.failure for record in case.of(CHECK, "network_time")]
    return all(failure is not None and failure.name == "unresolvable" for failure in found)


def _how(record: Evidence) -> str:
    failure = record.failure
    if failure is None:
        return "answers"
    if failure.name == "unresolvable":
        return "its name is not known to the DNS servers here"
    return _ENDED.get(failure.name, failure.detail or failure.name)


def _ports(case: Case) -> Iterator[Finding]:
    """Ports on which no host answers although its name is known; only where the device has to go that way itself."""
    if case.proxy is not None:
        return
    by_port: dict[int, list[Evidence]] = defaultdict(list)
    for record in case.of(CHECK, "network_tcp"):
        known = record.failure is None or record.failure.name != "unresolvable"
        if record.variant is None and known and record.endpoint is not None:
            by_port[int(record.endpoint.rpartition(":")[2])].append(record)
    closed = {port: found for port, found in by_port.items() if all(record.failure is not None for record in found)}
    passing = sorted(port for port in by_port if port not in closed)
    needs = {need.port: need for need in case.device.network.ports}
    for port, found in sorted(closed.items()):
        words = [f"{record.endpoint}: {_how(record)}" for record in found]
        if passing:
            words.append(f"port {', '.join(map(str, passing))}: open")
        severity: Severity = "blocker" if needs[port].tier == "required" else "degraded"
        detail = f"Port {port} is needed for: {needs[port].purpose}."
        if _has_alternative(case, port) and passing:
            severity, detail = "info", f"{detail} The guide's other way, by URLs on the open ports, is free."
        yield Finding(
            "network.port-blocked",
            (),
            "strong" if passing else "weak",
            tuple(words),
            severity,
            detail=detail,
            ports=(port,),
        )


def _has_alternative(case: Case, port: int) -> bool:
    return any(pattern.alternative_to == f"{port}/tcp" for pattern in case.device.url_patterns)


def _ipv6(case: Case) -> Iterator[Finding]:
    """An address without a way out, or a way that leads nowhere while IPv4 reaches the same host."""
    addresses = told(case, "addresses6")
    if not addresses:
        return
    severity: Severity = "degraded" if case.device.network.dead_ipv6_breaks else "info"
    if not told(case, "gateways6"):
        said = f"this computer has the public IPv6 address {addresses[0]} and no IPv6 route to the internet"
        yield Finding("network.ipv6-broken", (), "conclusive", (said,), severity)
        return
    tried = {record.variant: record for record in case.of(CHECK, "network_tcp") if record.variant in ("ipv4", "ipv6")}
    six, four = tried.get("ipv6"), tried.get("ipv4")
    if six is not None and four is not None and six.failure is not None and four.failure is None:
        said = f"{six.endpoint} at {six.note}: {_how(six)}; by IPv4 it answers"
        yield Finding("network.ipv6-broken", (), "strong", (said,), severity)


def _portal(case: Case) -> Iterator[Finding]:
    """The device's own test for a captive portal: any other answer than an empty 204 is a portal's."""
    for record in case.of(CHECK, "network_http"):
        reply = reply_in(record)
        if reply.status and (reply.status != 204 or reply.body):
            where = reply.value("Location")
            said = f"{record.endpoint} answers {reply.status}" + (f", redirecting to {where}" if where else "")
            yield Finding("http.captive-portal", (), "conclusive", (f"{said}, not an empty 204",), "blocker")
