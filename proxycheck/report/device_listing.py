"""What a device needs, as text: the catalogue entry for people who open firewalls and proxies."""

from collections.abc import Iterable, Iterator
from typing import get_args

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from proxycheck.model.device import Device, Endpoint, Tier
from proxycheck.model.dialect import ReplyDialect

_TRAITS = {
    "success": "status that opens the tunnel",
    "interim": "interim statuses skipped",
    "success_body": "Content-Length on success",
    "early_bytes": "bytes that come with the reply",
    "basic_challenge": "Basic challenges understood",
    "unasked_credentials": "credentials sent unasked",
    "challenge_body": "content of a 407 skipped",
    "retry_after_close": "answers a 407 that closes",
    "attempts_limited": "gives up refused credentials",
    "credentials_encoding": "charset of credentials",
    "direct_fallback": "goes around a dead proxy",
}


def device_overview(devices: Iterable[Device]) -> RenderableType:
    """One line a device: its name for `--device`, its title, the number of endpoints, the guide."""
    table = _table("Device", "Title", "Endpoints", "Source")
    for device in devices:
        table.add_row(device.name, device.title, str(len(device.endpoints)), device.document)
    return table


def device_listing(device: Device) -> RenderableType:
    """Everything the catalogue knows of one device.

    Hosts come by tier and by function of the guide; after them what the network must give, what the device's
    proxy support can do, and where the guide was in doubt. Host names are never broken over lines."""
    return Group(
        Text.assemble((device.title, "bold"), f"  ({device.name}, {device.operating_system})"),
        Text(f"Source: {device.document}"),
        *(part for tier in get_args(Tier) for part in _tier(device, tier)),
        *_patterns(device),
        *_network(device),
        *_proxy(device),
        *_notes(device),
    )


def _tier(device: Device, tier: Tier) -> Iterator[RenderableType]:
    members = [endpoint for endpoint in device.endpoints if endpoint.tier == tier]
    if not members:
        return
    sections = dict.fromkeys(
        function.section
        for function in device.functions
        if any(endpoint.function == function.name for endpoint in members)
    )
    yield _heading(f"{tier.capitalize()} hosts", f"guide: {', '.join(sections)}")
    for function in device.functions:
        used = [endpoint for endpoint in members if endpoint.function == function.name]
        if used:
            yield _indent(Text.assemble((function.name, "bold"), f"  {function.purpose or ''}"), 2)
            yield _indent(_hosts(device, used), 4)


def _hosts(device: Device, endpoints: list[Endpoint]) -> Table:
    table = _table()
    for host in dict.fromkeys(endpoint.host for endpoint in endpoints):
        members = [endpoint for endpoint in endpoints if endpoint.host == host]
        table.add_row(host, _ports(members), Text("\n".join(_remarks(device, members)), style="dim"))
    return table


def _ports(members: list[Endpoint]) -> str:
    """`80 and 443` where both are needed, `443 or 80` where one is enough."""
    choices: dict[str, list[str]] = {}
    for endpoint in members:
        choices.setdefault(endpoint.any_of or endpoint.id, []).append(str(endpoint.port))
    return " and ".join(" or ".join(ports) for ports in choices.values())


def _remarks(device: Device, members: list[Endpoint]) -> Iterator[str]:
    yield from dict.fromkeys(url for item in members for url in item.urls if url.rstrip("/").count("/") > 2)
    yield from _elsewhere(device, members)
    for text, values in (
        ("also for", (name for item in members for name in item.also)),
        ("listed addresses:", (address for item in members for address in item.addresses)),
    ):
        if distinct := dict.fromkeys(values):
            yield f"{text} {', '.join(distinct)}"
    yield from dict.fromkeys(item.note for item in members if item.note)
    for confidence in dict.fromkeys(item.confidence for item in members if item.confidence != "guide"):
        ports = (str(item.port) for item in members if item.confidence == confidence)
        yield f"{confidence} (port {', '.join(ports)})"


def _elsewhere(device: Device, members: list[Endpoint]) -> Iterator[str]:
    """Alternatives at other hosts."""
    for group in dict.fromkeys(item.any_of for item in members if item.any_of):
        alternatives = [item for item in device.endpoints if item.any_of == group]
        others = [item.id for item in alternatives if item.host != members[0].host]
        if others:
            own = " or ".join(str(item.port) for item in members if item.any_of == group)
            yield f"instead of port {own}: {' or '.join(others)}"


def _patterns(device: Device) -> Iterator[RenderableType]:
    if not (device.wildcards or device.url_patterns):
        return
    yield _heading("Patterns that must pass")
    table = _table()
    for wildcard in device.wildcards:
        stands = ", ".join(wildcard.stands) or "no named host"
        table.add_row(wildcard.pattern, wildcard.tier, f"tested by {stands}")
    for pattern in device.url_patterns:
        instead = f"or open port {pattern.alternative_to} instead" if pattern.alternative_to else ""
        table.add_row(f"{pattern.method} {pattern.path}", pattern.tier, instead)
    yield _indent(table, 2)


def _network(device: Device) -> Iterator[RenderableType]:
    network = device.network
    yield _heading("Network")
    table = _table()
    needs, advice = network.bandwidth_required_kbit_s, network.bandwidth_recommended_kbit_s
    table.add_row("bandwidth", "required", f"{needs} kbit/s each way, {advice} kbit/s recommended")
    for port in network.ports:
        table.add_row(f"port {port.port} {'+'.join(port.transports)}", port.tier, port.purpose)
    for resolver in network.dns_servers:
        table.add_row(f"DNS server {resolver.address}", resolver.tier, resolver.note or resolver.function)
    for server in network.time_servers:
        table.add_row(f"time server {server.host}", server.tier, server.note or server.function)
    for span in network.reserved_gateways:
        table.add_row(f"no gateway in {span.first} - {span.last}", "required", span.note or "")
    for span in network.address_ranges:
        table.add_row(f"address range {span.first} - {span.last}", "information", span.note or "")
    yield _indent(table, 2)
    for requirement in network.requirements:
        yield _bullet(requirement)


def _proxy(device: Device) -> Iterator[RenderableType]:
    proxy = device.proxy
    yield _heading("Proxy support", proxy.source)
    table = _table()
    table.add_row("sign-in", f"{', '.join(proxy.auth_schemes)} ({proxy.auth_schemes_confidence})")
    ways = {"tunnel": "inside CONNECT", "forward": "as an absolute-form request"}
    table.add_row("plain HTTP", f"{ways[proxy.plain_http]} ({proxy.plain_http_confidence})")
    for label, able in (
        ("SOCKS", proxy.socks),
        ("PAC file", proxy.pac),
        ("exceptions", proxy.exclusions),
        ("TLS to the proxy", proxy.tls_to_proxy),
        ("further root certificates", proxy.trust_store_changeable),
    ):
        table.add_row(label, "yes" if able else "no")
    if proxy.screen_fields:
        table.add_row("on its screen", ", ".join(proxy.screen_fields))
    yield _indent(table, 2)
    if proxy.note:
        yield _bullet(proxy.note)
    if proxy.dialect:
        yield _heading("How it reads a proxy's replies", proxy.dialect.platform)
        yield _indent(_traits(proxy.dialect), 2)


def _traits(dialect: ReplyDialect) -> Table:
    table = _table()
    for field, label in _TRAITS.items():
        trait = getattr(dialect, field)
        if trait is not None:
            table.add_row(label, f"{_value(trait.value)} ({trait.confidence})", trait.note or "")
    return table


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _notes(device: Device) -> Iterator[RenderableType]:
    if device.notes:
        yield _heading("Notes", "what the guide says, and what was decided")
    for note in device.notes:
        yield _bullet(f"{note.subject}: {note.text} Decision: {note.decision}")


def _heading(title: str, remark: str = "") -> Text:
    return Text.assemble("\n", (title, "bold underline"), (f"  {remark}" if remark else "", "dim"))


def _table(*titles: str) -> Table:
    table = Table(box=None, show_header=bool(titles), padding=(0, 2, 0, 0), pad_edge=False)
    for index, title in enumerate(titles or ("", "", "")):
        table.add_column(title, overflow="fold", no_wrap=index == 0)
    return table


def _indent(content: RenderableType, columns: int) -> Padding:
    return Padding(content, (0, 0, 0, columns))


def _bullet(text: str) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row("  -", Text(text))
    return table
