"""Squid: lines for squid.conf."""

from collections.abc import Iterable, Iterator

from proxycheck.model.files.allowlist import Entry
from proxycheck.report.allowlist.task import Task, Written, uncovered
from proxycheck.report.texts import texts

_WIDTH = 120
_PRIVATE = "10.0.0.0/8 100.64.0.0/10 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 fc00::/7 fe80::/10"


def configuration(task: Task) -> Written:
    """Lines for squid.conf: `.example.com` stands for the domain and all below, and no name is listed beside a pattern
    that stands for it already, which Squid refuses or warns of.

    To allow, hosts are grouped by their ports: no host gets a port that the device does not ask it for."""
    entries = uncovered(task.entries, by_port=task.purpose == "allow")
    if not entries:
        return Written(task.heading, 0)
    lines = _allow(task, entries) if task.purpose == "allow" else _splice(task, entries)
    return Written(task.heading + "".join(f"{line}\n" for line in lines), len(entries))


def _allow(task: Task, entries: tuple[Entry, ...]) -> Iterator[str]:
    yield f"# {texts().allowlist.squid['allow']}"
    yield f"acl {task.name}_clients src {_PRIVATE}"
    groups: dict[tuple[int, ...], list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.ports, []).append(entry)
    for number, (ports, members) in enumerate(sorted(groups.items()), start=1):
        group = f"{task.name}_{number}"
        yield ""
        yield from _folded(f"acl {group}_hosts dstdomain", uncovered(members))
        yield f"acl {group}_ports port {' '.join(map(str, ports))}"
        yield f"http_access allow {task.name}_clients {group}_hosts {group}_ports"


def _splice(task: Task, entries: tuple[Entry, ...]) -> Iterator[str]:
    yield f"# {texts().allowlist.squid['no-inspect']}"
    yield from _folded(f"acl {task.name}_not_inspected ssl::server_name", entries)
    yield f"ssl_bump splice {task.name}_not_inspected"


def _folded(beginning: str, entries: Iterable[Entry]) -> Iterator[str]:
    """As many names a line as fit; lines with the same acl name add up."""
    line = beginning
    for entry in entries:
        name = f".{entry.host}" if entry.below else entry.host
        if line != beginning and len(line) + 1 + len(name) > _WIDTH:
            yield line
            line = beginning
        line += f" {name}"
    yield line
