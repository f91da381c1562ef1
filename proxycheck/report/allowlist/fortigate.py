"""Fortinet: a feed of names, or exemptions from inspection for the command line."""

from collections.abc import Iterable, Iterator

from proxycheck.report.allowlist.task import Task, Written, lines_of, with_domain

_CATEGORY = 144
_PROFILE = "NAME-OF-THE-PROFILE"


def configuration(task: Task) -> Written:
    """To allow, a feed of the type category: a name a line. To leave TLS alone, the commands that exempt the hosts.

    Proxy mode exempts an address object by the addresses its name resolves to, which is too much and too little at
    once: hosts are given a local web rating, and that rating is exempted."""
    entries = task.entries
    if task.purpose == "allow":
        return lines_of(with_domain(entries, "{}", "*.{}"))
    hosts = [entry.host for entry in entries]
    patterns = [entry.name for entry in entries if entry.below]
    lines = [*_ratings(task.name, hosts), *_objects(patterns), *_exemptions(patterns)] if entries else []
    return Written("".join(f"{line}\n" for line in lines), len(entries))


def _ratings(name: str, hosts: Iterable[str]) -> Iterator[str]:
    yield from (
        "config webfilter ftgd-local-cat",
        f'    edit "{name}"',
        f"        set id {_CATEGORY}",
        "    next",
        "end",
    )
    yield "config webfilter ftgd-local-rating"
    for host in dict.fromkeys(hosts):
        yield from (f'    edit "{host}"', f"        set rating {_CATEGORY}", "    next")
    yield "end"


def _objects(patterns: list[str]) -> Iterator[str]:
    if not patterns:
        return
    yield "config firewall wildcard-fqdn custom"
    for pattern in patterns:
        yield from (f'    edit "{pattern}"', f'        set wildcard-fqdn "{pattern}"', "    next")
    yield "end"


def _exemptions(patterns: list[str]) -> Iterator[str]:
    yield from ("config firewall ssl-ssh-profile", f'    edit "{_PROFILE}"', "        config ssl-exempt")
    kinds = [("fortiguard-category", str(_CATEGORY)), *(("wildcard-fqdn", f'"{pattern}"') for pattern in patterns)]
    for kind, value in kinds:
        yield from ("            edit 0", f"                set type {kind}", f"                set {kind} {value}")
        yield "            next"
    yield from ("        end", "    next", "end")
