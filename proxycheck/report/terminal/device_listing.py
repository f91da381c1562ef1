"""What a device needs, as text: the catalogue entry for people who open firewalls and proxies.

Host names, addresses and URLs are never broken over lines, however narrow the terminal is: they are there to be copied.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from proxycheck.model.device import Device, Endpoint, Tier
from proxycheck.model.dialect import ReplyDialect
from proxycheck.model.text import counted
from proxycheck.report.cells import table
from proxycheck.report.page import Page

_TRAITS = {
    "success": "status that opens the tunnel",
    "interim": "interim statuses skipped",
    "status_line": "first line of a reply",
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
_COLUMNS = ("device", "host", "port", "scheme", "tier", "function", "also", "any_of", "wildcard", "confidence", "note")
_FIRST_COLUMN = 34
"""Wider than that, the first column of a row has a line of its own."""


def add_overview(page: Page, devices: Iterable[Device]) -> None:
    """Each device: its name for `--device`, its title and other names, the number of endpoints, the guide."""
    for device in devices:
        page.block((device.title, "bold"), label=(device.name, "cyan"), indent=16)
        if device.aliases:
            page.block(f"--device also takes: {', '.join(device.aliases)}", indent=16)
        page.block(f"{counted(len(device.endpoints), 'endpoint')}; {device.document}", indent=16)


def add_device(page: Page, device: Device) -> None:
    """Everything the catalogue knows of one device.

    Hosts come by tier and by function of the guide; after them what the network must give, what the device's
    proxy support can do, and where the guide was in doubt."""
    page.block((device.title, "bold"), f"  ({device.name}, {device.operating_system})")
    page.block(f"Source: {device.document}")
    for tier in get_args(Tier):
        _add_tier(page, device, tier)
    _add_patterns(page, device)
    _add_network(page, device)
    _add_proxy(page, device)
    _add_notes(page, device)


def device_csv(devices: Iterable[Device]) -> str:
    """A row for each endpoint of the devices, for spreadsheets."""
    return table(_COLUMNS, (_row(device, endpoint) for device in devices for endpoint in device.endpoints))


def _row(device: Device, endpoint: Endpoint) -> tuple[str, ...]:
    return (
        *(device.name, endpoint.host, str(endpoint.port), endpoint.scheme, endpoint.tier, endpoint.function),
        *(", ".join(endpoint.also), endpoint.any_of or "", endpoint.wildcard or "", endpoint.confidence),
        endpoint.note or "",
    )


def _add_tier(page: Page, device: Device, tier: Tier) -> None:
    members = [endpoint for endpoint in device.endpoints if endpoint.tier == tier]
    if not members:
        return
    used = {endpoint.function for endpoint in members}
    sections = dict.fromkeys(function.section for function in device.functions if function.name in used)
    _add_heading(page, f"{tier.capitalize()} hosts", f"guide: {', '.join(sections)}")
    for function in device.functions:
        if function.name in used:
            purpose = f"  {function.purpose}" if function.purpose else ""
            page.block((function.name, "bold"), purpose, indent=2)
            _add_hosts(page, device, [endpoint for endpoint in members if endpoint.function == function.name])


def _add_hosts(page: Page, device: Device, endpoints: list[Endpoint]) -> None:
    hosts = dict.fromkeys(endpoint.host for endpoint in endpoints)
    width = max(map(len, hosts))
    for host in hosts:
        members = [endpoint for endpoint in endpoints if endpoint.host == host]
        page.unwrapped("    ", (host, "cyan"), f"{' ' * (width - len(host))}  {_ports(members)}")
        for url in dict.fromkeys(url for item in members for url in item.urls if url.rstrip("/").count("/") > 2):
            page.code(url, 8)
        for remark in _remarks(device, members):
            page.block((remark, "dim"), indent=8)


def _ports(members: list[Endpoint]) -> str:
    """`80 and 443` where both are needed, `443 or 80` where one is enough."""
    choices: dict[str, list[str]] = {}
    for endpoint in members:
        choices.setdefault(endpoint.any_of or endpoint.id, []).append(str(endpoint.port))
    return " and ".join(" or ".join(ports) for ports in choices.values())


def _remarks(device: Device, members: list[Endpoint]) -> Iterator[str]:
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


def _add_patterns(page: Page, device: Device) -> None:
    if not (device.wildcards or device.url_patterns):
        return
    _add_heading(page, "Patterns that must pass")
    rows = [(w.pattern, w.tier, f"tested by {', '.join(w.stands) or 'no named host'}") for w in device.wildcards]
    for pattern in device.url_patterns:
        instead = f"or open port {pattern.alternative_to} instead" if pattern.alternative_to else ""
        rows.append((f"{pattern.method} {pattern.path}", pattern.tier, instead))
    _add_rows(page, rows)


def _add_network(page: Page, device: Device) -> None:
    network = device.network
    _add_heading(page, "Network")
    needs, advice = network.bandwidth_required_kbit_s, network.bandwidth_recommended_kbit_s
    rows: list[tuple[str, str, str]] = []
    if needs:
        rows.append(("bandwidth", "required", f"{needs} kbit/s each way, {advice} kbit/s recommended"))
    rows += [(f"port {port.port} {'+'.join(port.transports)}", port.tier, port.purpose) for port in network.ports]
    rows += [(f"DNS server {each.address}", each.tier, each.note or each.function) for each in network.dns_servers]
    rows += [(f"time server {each.host}", each.tier, each.note or each.function) for each in network.time_servers]
    for span in network.reserved_gateways:
        rows.append((f"no gateway in {span.first} - {span.last}", "required", span.note or ""))
    for span in network.address_ranges:
        rows.append((f"address range {span.first} - {span.last}", "information", span.note or ""))
    _add_rows(page, rows)
    for requirement in network.requirements:
        _add_bullet(page, requirement)
    if not rows and not network.requirements:
        _add_bullet(page, "nothing is stated")


def _add_proxy(page: Page, device: Device) -> None:
    proxy = device.proxy
    _add_heading(page, "Proxy support", proxy.source)
    if not proxy.known:
        _add_bullet(page, "unknown: it is tested as a device that takes an HTTP proxy with Basic, and nothing else")
        return
    ways = {"tunnel": "inside CONNECT", "forward": "as an absolute-form request"}
    rows = [
        ("sign-in", f"{', '.join(proxy.auth_schemes)} ({proxy.auth_schemes_confidence})", ""),
        ("plain HTTP", f"{ways[proxy.plain_http]} ({proxy.plain_http_confidence})", ""),
    ]
    for label, able in (
        ("SOCKS", proxy.socks),
        ("PAC file", proxy.pac),
        ("exceptions", proxy.exclusions),
        ("TLS to the proxy", proxy.tls_to_proxy),
        ("further root certificates", proxy.trust_store_changeable),
    ):
        rows.append((label, "yes" if able else "no", ""))
    if proxy.screen_fields:
        rows.append(("on its screen", ", ".join(proxy.screen_fields), ""))
    _add_rows(page, rows)
    if proxy.note:
        _add_bullet(page, proxy.note)
    if proxy.dialect:
        _add_heading(page, "How it reads a proxy's replies", proxy.dialect.platform)
        _add_rows(page, list(_traits(proxy.dialect)))


def _traits(dialect: ReplyDialect) -> Iterator[tuple[str, str, str]]:
    for field, label in _TRAITS.items():
        trait = getattr(dialect, field)
        if trait is not None:
            yield label, f"{_value(trait.value)} ({trait.confidence})", trait.note or ""


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _add_notes(page: Page, device: Device) -> None:
    if device.notes:
        _add_heading(page, "Notes", "what the guide says, and what was decided")
    for note in device.notes:
        _add_bullet(page, f"{note.subject}: {note.text} Decision: {note.decision}")


def _add_heading(page: Page, title: str, remark: str = "") -> None:
    page.blank()
    page.block((title, "bold underline"), (f"  {remark}" if remark else "", "dim"))


def _add_rows(page: Page, rows: Sequence[tuple[str, str, str]]) -> None:
    """What is named, a word for it, and more in prose."""
    width = min(_FIRST_COLUMN, max((len(name) for name, *_ in rows), default=0))
    for name, word, more in rows:
        text = f"{word}; {more}" if more else word
        if len(name) > width:
            page.unwrapped(f"  {name}")
            page.block(text, indent=width + 4)
        else:
            page.block(text, label=name, start=2, indent=width + 4)


def _add_bullet(page: Page, text: str) -> None:
    page.block(text, label="-", start=2, indent=4)
