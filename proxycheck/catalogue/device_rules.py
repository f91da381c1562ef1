"""What types cannot say of a device file: names, addresses and references that must agree."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address

from msgspec import structs

from proxycheck.catalogue.client_hellos import client_hello_names
from proxycheck.model.device import AddressRange, Device, DeviceFunction, Endpoint, PortNeed

# Hyphens anywhere inside a label: strict IDNA refuses `r1---sn-8pgbpohxqp5-auol`, DNS does not.
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9+])?")
_SPEAKS = {"https": ("tls",), "http": ("http",), "tcp": ("tls", "teamviewer")}


def broken_rules(device: Device, stem: str) -> Iterator[str]:
    """One sentence for each broken rule: the key, what stands there and what was expected.

    `stem` is the file's name without its ending, which is the name a person types."""
    if not _NAME.fullmatch(device.name):
        yield f"expected letters, digits and hyphens, got {device.name!r} - at `$.name`"
    if device.name != stem:
        yield f"expected name = {stem!r} like the file, got {device.name!r} - at `$.name`"
    for rule in _RULES:
        yield from rule(device)


def declared(device: Device) -> Device:
    """The device with the functions and TCP ports that its entries name, where the file declares none."""
    functions, network = device.functions, device.network
    if not functions:
        names = dict.fromkeys(name for _, used in _users(device) for name in used)
        functions = tuple(DeviceFunction(name=name, section="named by the file") for name in names)
    if not network.ports:
        ports = sorted({endpoint.port for endpoint in device.endpoints})
        needs = (PortNeed(port=port, transports=("tcp",), purpose="named by the hosts") for port in ports)
        network = structs.replace(network, ports=tuple(needs))
    return structs.replace(device, functions=functions, network=network)


def _endpoints(device: Device) -> Iterator[str]:
    if not device.endpoints:
        yield "expected one host or more - at `$.endpoints`"
    for index, endpoint in enumerate(device.endpoints):
        for key, problem in _endpoint(endpoint):
            yield f"{problem} - at `$.endpoints[{index}].{key}` ({endpoint.id})"
    yield from _repeated("$.endpoints", "a host:port", (endpoint.id for endpoint in device.endpoints))


def _endpoint(endpoint: Endpoint) -> Iterator[tuple[str, str]]:
    if not _HOST.fullmatch(endpoint.host):
        yield "host", f"expected a host name in lower case, got {endpoint.host!r}"
    allowed = _SPEAKS[endpoint.scheme]
    if endpoint.speaks not in allowed:
        wanted = " or ".join(allowed)
        yield "speaks", f"expected {wanted} with scheme {endpoint.scheme!r}, got {endpoint.speaks!r}"
    if not re.fullmatch(r"/[!-~]*", endpoint.path):
        yield "path", f"expected a path that begins with '/' and has no space, got {endpoint.path!r}"
    if endpoint.expect and (endpoint.speaks != "http" or endpoint.path != f"/{endpoint.expect}"):
        yield "expect", f"expected plain HTTP and path '/{endpoint.expect}' beside {endpoint.expect!r}"
    for url in endpoint.urls:
        if (printed := re.match(r"https?://([^/:]+)", url)) is None or printed[1].lower() != endpoint.host:
            yield "urls", f"expected URLs of the host {endpoint.host!r}, got {url!r}"
    for address in endpoint.addresses:
        if not _is_address(address):
            yield "addresses", f"expected an IP address, got {address!r}"
    if repeated := _twice(endpoint.addresses):
        yield "addresses", f"expected each address once, got {repeated[0]!r} again"


def _alternatives(device: Device) -> Iterator[str]:
    groups: dict[str, list[Endpoint]] = {}
    for endpoint in device.endpoints:
        if endpoint.any_of is not None:
            groups.setdefault(endpoint.any_of, []).append(endpoint)
    for group, members in groups.items():
        if len(members) < 2:
            yield f"expected two or more endpoints with any_of = {group!r}, got only {members[0].id}"
        if len({member.tier for member in members}) > 1:
            yield f"expected one tier for all endpoints with any_of = {group!r}, got several"
    servers = Counter(server.any_of for server in device.network.time_servers if server.any_of is not None)
    for group, count in servers.items():
        if count < 2:
            yield f"expected two or more time servers with any_of = {group!r}, got one"


def _functions(device: Device) -> Iterator[str]:
    names = [function.name for function in device.functions]
    yield from _repeated("$.functions", "a name", names)
    for table, used in _users(device):
        for name in used:
            if name not in names:
                yield f"expected a function declared in `$.functions`, got {name!r} - at `$.{table}`"


def _users(device: Device) -> tuple[tuple[str, Iterable[str]], ...]:
    """Where functions are named, and which."""
    network = device.network
    return (
        ("endpoints", (name for item in device.endpoints for name in (item.function, *item.also))),
        ("wildcards", (item.function for item in device.wildcards)),
        ("url_patterns", (item.function for item in device.url_patterns)),
        ("network.dns_servers", (item.function for item in network.dns_servers)),
        ("network.time_servers", (item.function for item in network.time_servers)),
    )


def _wildcards(device: Device) -> Iterator[str]:
    patterns = {wildcard.pattern: wildcard for wildcard in device.wildcards}
    yield from _repeated("$.wildcards", "a pattern", (wildcard.pattern for wildcard in device.wildcards))
    marked = {(endpoint.host, endpoint.wildcard) for endpoint in device.endpoints if endpoint.wildcard}
    for pattern, wildcard in patterns.items():
        if not pattern.startswith("*.") or not _HOST.fullmatch(pattern[2:]):
            yield f"expected a pattern such as '*.example.com', got {pattern!r} - at `$.wildcards`"
        for host in wildcard.stands:
            if (host, pattern) not in marked or not host.endswith(pattern[1:]):
                yield (
                    f"expected an endpoint with wildcard = {pattern!r} whose host matches it, "
                    f"got {host!r} - at `$.wildcards`"
                )
    for host, pattern in sorted(marked):
        if pattern not in patterns or host not in patterns[pattern].stands:
            yield f"expected {host!r} in the `stands` of the wildcard {pattern!r} - at `$.wildcards`"


def _ports(device: Device) -> Iterator[str]:
    needs = device.network.ports
    open_ports = {f"{need.port}/{transport}" for need in needs for transport in need.transports}
    yield from _repeated("$.network.ports", "a port", (str(need.port) for need in needs))
    for endpoint in device.endpoints:
        if f"{endpoint.port}/tcp" not in open_ports:
            yield f"expected TCP port {endpoint.port} of {endpoint.id} - at `$.network.ports`"
    for pattern in device.url_patterns:
        if pattern.alternative_to is not None and pattern.alternative_to not in open_ports:
            wanted = ", ".join(sorted(open_ports))
            yield f"expected one of {wanted}, got {pattern.alternative_to!r} - at `$.url_patterns`"


def _network(device: Device) -> Iterator[str]:
    network = device.network
    for server in network.time_servers:
        if not _HOST.fullmatch(server.host):
            yield f"expected a host name in lower case, got {server.host!r} - at `$.network.time_servers`"
    for resolver in network.dns_servers:
        if not _is_address(resolver.address):
            yield f"expected an IP address, got {resolver.address!r} - at `$.network.dns_servers`"
    for key in ("reserved_gateways", "address_ranges"):
        spans: tuple[AddressRange, ...] = getattr(network, key)
        for span in spans:
            if not _is_range(span):
                yield f"expected first <= last, got {span.first} to {span.last} - at `$.network.{key}`"


def _client_hellos(device: Device) -> Iterator[str]:
    known = client_hello_names()
    for name in (device.client_hello.profile, *device.client_hello.also):
        if name not in known:
            yield f"expected one of {', '.join(known)}, got {name!r} - at `$.client_hello`"


_RULES: tuple[Callable[[Device], Iterator[str]], ...] = (
    _endpoints,
    _alternatives,
    _functions,
    _wildcards,
    _ports,
    _network,
    _client_hellos,
)


def _twice(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _repeated(key: str, what: str, values: Iterable[str]) -> Iterator[str]:
    for value in _twice(values):
        yield f"expected {what} only once, got {value!r} again - at `{key}`"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_range(span: AddressRange) -> bool:
    if not (_is_address(span.first) and _is_address(span.last)):
        return False
    first, last = ip_address(span.first), ip_address(span.last)
    return first.version == last.version and int(first) <= int(last)
