"""Fills in what the knowledge says: sentences, and configuration lines for whoever has to enter them."""

from collections.abc import Mapping, Sequence
from string import Formatter

from proxycheck.model.files.knowledge import EACH_FIELDS

_LONGEST_LINE = 240
"""Characters of hosts on one line: several on a screen, and far below what any product reads."""


def sentence(template: str, values: Mapping[str, str]) -> str:
    """`template` with its fields replaced. Raises KeyError for a field that `values` lacks."""
    return Formatter().vformat(template, (), values)


def configuration(template: str, ports: Sequence[int], hosts: Sequence[str], values: Mapping[str, str]) -> str:
    """Configuration lines, complete: whatever `values` holds for the same names, lists are never cut short here.

    `{ports}` and `{hosts}` are separated by spaces, `{port_list}` and `{host_list}` by commas; a line that names
    `{port}`, `{host}` or `{host_regex}` is repeated for each, one that names `{hosts}` for as many as fit, and both are
    left out when there is none."""
    names = [str(port) for port in ports]
    whole = {
        **values,
        "ports": " ".join(names),
        "port_list": ",".join(names),
        "hosts": " ".join(hosts),
        "host_list": ",".join(hosts),
    }
    lines: list[str] = []
    for line in template.splitlines():
        named = {name for _, name, _, _ in Formatter().parse(line)}
        used = named & EACH_FIELDS
        if "port" in used:
            lines += [sentence(line, {**whole, "port": name}) for name in names]
        elif "hosts" in named:
            lines += [sentence(line, {**whole, "hosts": portion}) for portion in _portions(hosts)]
        elif used:
            lines += [sentence(line, {**whole, "host": h, "host_regex": h.replace(".", r"\.")}) for h in hosts]
        else:
            lines.append(sentence(line, whole))
    return "\n".join(lines)


def _portions(hosts: Sequence[str]) -> list[str]:
    """The hosts, separated by spaces, in as many texts as it takes for none to be too long."""
    portions: list[str] = []
    for host in hosts:
        if portions and len(portions[-1]) + len(host) < _LONGEST_LINE:
            portions[-1] += f" {host}"
        else:
            portions.append(host)
    return portions
