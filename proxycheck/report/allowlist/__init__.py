"""Allow-lists: the hosts of a device, in the syntax of the product at hand.

    entries     a device, or what a report found, as clean and sorted entries: no name gets further that is none
    lists       products that take a name a line
    squid, pac, fortigate, proxysg, json, spreadsheet, cloud     those that take more

`listing` is what callers use. A writer is a pure function of one `Task`: it returns the text and what the product
cannot express. A new format is one writer, one line in `WRITERS`, one `FormatName`, and a `[[format]]` in
`fixtures/allowlists.toml` with the place, the limits, the source, and whether an engine has shown that it works.
"""

from collections.abc import Iterator, Mapping

from proxycheck.errors import UsageError
from proxycheck.model.files.allowlist import AllowlistFormat, FormatName, Hosts, Limits, Listing, Place, Purpose
from proxycheck.model.text import counted
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
_MOST_NAMED = 500
"""More names than a note takes: then the list in plain text has them, each with its ports."""


def listing(
    hosts: Hosts,
    product: AllowlistFormat,
    purpose: Purpose | None = None,
    proxy: str | None = None,
    *,
    brief: bool = False,
) -> Listing:
    """The list of `hosts` for `product`: byte for byte the same whenever it is asked for.

    Without a `purpose`, the first that the product has a place for. `proxy` is the HOST:PORT that a PAC file names.
    `brief` counts the hosts that a note is about, where a list in plain text stands beside this one.
    Raises UsageError for a purpose that the product has no place for."""
    chosen = place(product, purpose)
    written = WRITERS[product.name](Task(hosts, product, chosen.purpose, proxy or _PROXY))
    words = texts().allowlist
    notes = (
        *_exempt(hosts),
        *(words.refused.format(names=", ".join(hosts.refused)) for _ in hosts.refused[:1]),
        *written.notes,
        *_ports(hosts, product, written, brief=brief),
        *_beyond(written, product.limits),
        *chosen.notes,
        *(words.replace.format(proxy=_PROXY) for _ in (product.name,) if product.name == "pac" and not proxy),
    )
    return Listing(written.text, written.entries, _where(hosts, chosen, product), _trust(chosen, product), notes)


def place(product: AllowlistFormat, purpose: Purpose | None = None) -> Place:
    """Where the product keeps the list for this purpose; its first place without one. Raises UsageError for none."""
    for known in product.places:
        if purpose in (None, known.purpose):
            return known
    served = product.places[0].purpose
    raise UsageError(f"{product.name} has no place for --purpose {purpose}; it serves --purpose {served} alone")


def _where(hosts: Hosts, chosen: Place, product: AllowlistFormat) -> str:
    """Where the list goes: its place by purpose is the wrong one for an exemption, unless the product does both."""
    if hosts.exemption is None or hosts.exemption.kind in chosen.exempts:
        return chosen.where
    return texts().allowlist.exempt_where.format(title=product.title, use=hosts.exemption.use)


def _exempt(hosts: Hosts) -> Iterator[str]:
    """What the list is for, where it is not for what its purpose says."""
    words = texts().allowlist
    if hosts.exemption is not None:
        causes = {code for entry in hosts.entries for code in entry.causes}
        yield words.exempt.format(causes=", ".join(sorted(causes)), use=hosts.exemption.use)
    for exemption, names in hosts.exempt:
        yield words.exempt_some.format(names=", ".join(names), use=exemption.use)


def _trust(chosen: Place, product: AllowlistFormat) -> str:
    if chosen.proved:
        return texts().causes.proved.format(engine=chosen.proved)
    return texts().allowlist.documented.format(source=product.source)


def _ports(hosts: Hosts, product: AllowlistFormat, written: Written, *, brief: bool) -> tuple[str, ...]:
    """What a list that does not name every port leaves to another rule: every host of it, or in brief how many."""
    if product.name == "pac":
        return ()
    unnamed = written.unnamed if product.ports else None
    users: dict[int, list[str]] = {}
    for entry in hosts.entries:
        for port in entry.ports:
            if unnamed is None or port in unnamed:
                users.setdefault(port, []).append(entry.name)
    words = texts().allowlist
    users.pop(443, None)
    if not users:
        return ()
    counts_alone = brief or sum(map(len, users.values())) > _MOST_NAMED
    told = "; ".join(
        words.port.format(port=port, names=counted(len(names), "host") if counts_alone else ", ".join(names))
        for port, names in sorted(users.items())
    )
    ends = (words.named_beside if brief else words.named_elsewhere,) if counts_alone else ()
    if unnamed is None:
        return (" ".join((words.ports.format(ports=told), *ends)),)
    return (" ".join((words.some_ports.format(unnamed=" or ".join(map(str, unnamed)), ports=told), *ends)),)


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
