"""Allow-lists: the hosts of a device, in the syntax of the product at hand.

    entries     a device, or what a report found, as clean and sorted entries: no name gets further that is none
    lists       products that take a name a line
    squid, pac, fortigate, proxysg, json, spreadsheet, cloud     those that take more

`listing` is what callers use. A writer is a pure function of one `Task`: it returns the text and what the product
cannot express. A new format is one writer, one line in `WRITERS`, one `FormatName`, and a `[[format]]` in
`fixtures/allowlists.toml` with the place, the limits, the source, and whether an engine has shown that it works.
"""

from collections.abc import Mapping

from proxycheck.errors import UsageError
from proxycheck.model.files.allowlist import AllowlistFormat, FormatName, Hosts, Limits, Listing, Place, Purpose
from proxycheck.report.allowlist import cloud, fortigate, json, lists, pac, proxysg, spreadsheet, squid
from proxycheck.report.allowlist.task import Task, Writer, Written
from proxycheck.report.texts import texts

WRITERS: Mapping[FormatName, Writer] = {
    "plain": lists.plain,
    "csv": spreadsheet.csv,
    "json": json.endpoints,
    "squid": squid.configuration,
    "pac": pac.script,
    "panos-url": lists.panos_url,
    "panos-exclusion": lists.panos_exclusion,
    "fortigate": fortigate.configuration,
    "zscaler": lists.zscaler,
    "umbrella": lists.umbrella,
    "netskope": lists.netskope,
    "skyhigh": lists.skyhigh,
    "proxysg": proxysg.configuration,
    "checkpoint": lists.checkpoint,
    "pfsense": lists.pfsense,
    "cloudflare": cloud.cloudflare,
    "aws-nfw": cloud.aws,
}

_PROXY = "proxy.example.com:8080"
_NAMED = 3


def listing(
    hosts: Hosts, product: AllowlistFormat, purpose: Purpose | None = None, proxy: str | None = None
) -> Listing:
    """The list of `hosts` for `product`: byte for byte the same whenever it is asked for.

    Without a `purpose`, the first that the product has a place for. `proxy` is the HOST:PORT that a PAC file names.
    Raises UsageError for a purpose that the product has no place for."""
    chosen = place(product, purpose)
    written = WRITERS[product.name](Task(hosts, product, chosen.purpose, proxy or _PROXY))
    words = texts().allowlist
    notes = (
        *(words.refused.format(names=_few(hosts.refused)) for _ in hosts.refused[:1]),
        *written.notes,
        *_ports(hosts, product, written),
        *_beyond(written, product.limits),
        *chosen.notes,
        *(words.replace.format(proxy=_PROXY) for _ in (product.name,) if product.name == "pac" and not proxy),
    )
    return Listing(written.text, written.entries, chosen.where, _trust(chosen, product), notes)


def place(product: AllowlistFormat, purpose: Purpose | None = None) -> Place:
    """Where the product keeps the list for this purpose; its first place without one. Raises UsageError for none."""
    for known in product.places:
        if purpose in (None, known.purpose):
            return known
    served = product.places[0].purpose
    raise UsageError(f"{product.name} has no place for --purpose {purpose}; it serves --purpose {served} alone")


def _trust(chosen: Place, product: AllowlistFormat) -> str:
    if chosen.proved:
        return texts().causes.proved.format(engine=chosen.proved)
    return texts().allowlist.documented.format(source=product.source)


def _ports(hosts: Hosts, product: AllowlistFormat, written: Written) -> tuple[str, ...]:
    """What a list that does not name every port leaves to another rule."""
    if product.name == "pac":
        return ()
    unnamed = written.unnamed if product.ports else None
    users: dict[int, list[str]] = {}
    for entry in hosts.entries:
        for port in entry.ports:
            if unnamed is None or port in unnamed:
                users.setdefault(port, []).append(entry.name)
    words = texts().allowlist
    others = [words.port.format(port=port, names=_few(names)) for port, names in sorted(users.items()) if port != 443]
    if not others:
        return ()
    if unnamed is None:
        return (words.ports.format(ports="; ".join(others)),)
    return (words.some_ports.format(unnamed=" or ".join(map(str, unnamed)), ports="; ".join(others)),)


def _few(names: "list[str] | tuple[str, ...]") -> str:
    rest = len(names) - _NAMED
    shown = ", ".join(names[:_NAMED])
    return texts().allowlist.few.format(names=shown, rest=rest) if rest > 0 else shown


def _beyond(written: Written, limits: Limits) -> tuple[str, ...]:
    longest = max(map(len, written.text.splitlines()), default=0)
    size = len(written.text.encode())
    notes, words = [], texts().allowlist
    if limits.entries is not None and written.entries > limits.entries:
        notes.append(words.too_many.format(entries=written.entries, most=limits.entries))
    if limits.bytes is not None and size > limits.bytes:
        notes.append(words.too_large.format(size=size, most=limits.bytes))
    if limits.characters is not None and longest > limits.characters:
        notes.append(words.too_long.format(longest=longest, most=limits.characters))
    return tuple(notes)
