"""Formats with a name a line."""

from collections.abc import Iterable

from msgspec import structs

from proxycheck.model.files.allowlist import Entry
from proxycheck.report.allowlist.task import Task, Written, lines_of, uncovered, with_domain
from proxycheck.report.texts import texts

_USUAL = (80, 443)
"""The ports that a browser does not write: an entry without a port stands for both."""


def plain(task: Task) -> Written:
    """`HOST:PORT` a line, every name below a domain as `*.DOMAIN:PORT`."""
    return lines_of(f"{entry.name}:{port}" for entry in task.entries for port in entry.ports)


def panos_url(task: Task) -> Written:
    """A trailing slash keeps an entry from matching longer names; `*.` needs a name below, so the domain itself has a
    line of its own."""
    return lines_of(with_domain(task.entries, "{}/", "*.{}/"))


def panos_exclusion(task: Task) -> Written:
    """`*` stands for one label here, so a pattern is written for one level and for two."""
    lines = with_domain(task.entries, "{}", "*.{}", "*.*.{}")
    patterns = [entry.name for entry in task.entries if entry.below]
    note = texts().allowlist.two_levels.format(patterns=", ".join(patterns))
    return lines_of(lines, (note,) if patterns else ())


def zscaler(task: Task) -> Written:
    """A leading dot stands for the domain and five levels below. One malformed entry would refuse all of them."""
    return lines_of(
        f".{e.host}" if e.below else e.host for e in uncovered(task.entries, task.product.limits.levels_below)
    )


def umbrella(task: Task) -> Written:
    """A domain stands for every name below, and `*.` is refused. No domain twice."""
    return lines_of(dict.fromkeys(entry.host for entry in uncovered(task.entries)))


def netskope(task: Task) -> Written:
    """To allow, an entry a line, with the ports that a browser would write; to leave TLS alone, all in one line."""
    if task.purpose == "no-inspect":
        names = [entry.name for entry in uncovered(task.entries)]
        return Written(",".join(names) + "\n" if names else "", len(names), unnamed=None)
    lines = [line for entry in uncovered(task.entries, by_port=True) for line in _with_ports(entry)]
    return structs.replace(lines_of(lines), unnamed=_USUAL)


def skyhigh(task: Task) -> Written:
    """The first line names the type of the list; strings are compared whole."""
    names = [entry for entry in task.entries if not entry.below]
    lines = [f'"{entry.host}" "{_quotable(", ".join(entry.functions))}"' for entry in names]
    written = lines_of(["type=string", *lines], _without_patterns(task))
    return Written(written.text, len(names), written.notes)


def checkpoint(task: Task) -> Written:
    """Regular expressions from the beginning of the URL to the slash: a bare name would match inside longer ones."""
    return lines_of(
        f"^https?://{'([^/]+' + chr(92) + '.)*' if entry.below else ''}{entry.host.replace('.', chr(92) + '.')}/"
        for entry in uncovered(task.entries)
    )


def pfsense(task: Task) -> Written:
    """A name a line with its description; names are looked up, so none can stand for others."""
    names = [entry for entry in task.entries if not entry.below]
    return lines_of(
        (f"{entry.host} {_quotable(', '.join(entry.functions))}" for entry in names), _without_patterns(task)
    )


def _with_ports(entry: Entry) -> Iterable[str]:
    usual = set(_USUAL) & set(entry.ports)
    yield from [entry.name] if usual else []
    yield from (f"{entry.name}:{port}" for port in entry.ports if port not in usual)


def _without_patterns(task: Task) -> tuple[str, ...]:
    names = ", ".join(entry.name for entry in task.entries if entry.below)
    return (texts().allowlist.no_patterns.format(title=task.product.title, names=names),) if names else ()


def _quotable(text: str) -> str:
    """A description that cannot end its quotes."""
    return text.replace('"', "'").replace("\\", "/")
