"""Fills in what the knowledge says: sentences, and configuration lines for the administrator who enters them."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from string import Formatter

from proxycheck.model.files.knowledge import EACH_FIELDS, EACH_PORT_FIELDS

_LONGEST_LINE = 240
"""Characters of hosts on one line: several on a screen, and far below what any product reads."""


def fields(template: str) -> frozenset[str]:
    """What `template` names in braces."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def sentence(template: str, values: Mapping[str, str]) -> str:
    """`template` with its fields replaced. Raises KeyError for a field that `values` lacks."""
    return Formatter().vformat(template, (), values)


def configuration(
    template: str, ports: Sequence[int], hosts: Sequence[str], values: Mapping[str, str], needed: Sequence[int] = ()
) -> str:
    """Configuration lines, complete: whatever `values` holds for the same names, lists are never cut short here.

    `{ports}` and `{hosts}` are separated by spaces, `{port_list}` and `{host_list}` by commas; `{needed_ports}` are
    `ports` and `needed`. Lines that name `{port}`, `{needed_port}`, `{host}` or `{host_regex}` are repeated for each,
    those that follow one another together; a line that names `{hosts}` is repeated for as many as fit. Both are left
    out when there is none. `{host:.0}` names a host and writes nothing: such a line is repeated with its neighbours."""
    names = [str(port) for port in ports]
    all_needed = [str(port) for port in sorted({*ports, *needed})]
    whole = {
        **values,
        "ports": " ".join(names),
        "needed_ports": " ".join(all_needed),
        "port_list": ",".join(names),
        "hosts": " ".join(hosts),
        "host_list": ",".join(hosts),
        "host_regexes": "|".join(map(_escaped, hosts)),
    }
    each: dict[str, list[dict[str, str]]] = {
        "port": [{"port": name} for name in names],
        "needed_port": [{"needed_port": name} for name in all_needed],
        "host": [{"host": host, "host_regex": _escaped(host)} for host in hosts],
        "hosts": [{"hosts": portion} for portion in _portions(hosts)],
        "": [{}],
    }
    lines: list[str] = []
    for kind, block in groupby(template.splitlines(), _repeated_for):
        members = list(block)
        runs = [members] if kind in (*EACH_PORT_FIELDS, "host") else [[line] for line in members]
        lines += [sentence(line, {**whole, **one}) for run in runs for one in each[kind] for line in run]
    return "\n".join(lines)


def _escaped(host: str) -> str:
    return host.replace(".", r"\.")


def _repeated_for(line: str) -> str:
    """What a line is repeated for; empty where it stands once."""
    named = fields(line)
    if named & EACH_FIELDS:
        return next((field for field in EACH_PORT_FIELDS if field in named), "host")
    return "hosts" if "hosts" in named else ""


def _portions(hosts: Sequence[str]) -> list[str]:
    """The hosts, separated by spaces, in as many texts as it takes for none to be too long."""
    portions: list[str] = []
    for host in hosts:
        if portions and len(portions[-1]) + len(host) < _LONGEST_LINE:
            portions[-1] += f" {host}"
        else:
            portions.append(host)
    return portions
