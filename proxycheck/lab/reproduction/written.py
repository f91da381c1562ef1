"""A scenario as a TOML file that a person reads and `lab run` plays."""

import re
from typing import Any

import msgspec
import tomli_w

from proxycheck.model.files.scenario import Scenario

_NOT_ASCII = re.compile(r"[^\n\x20-\x7e]")
_LIST = re.compile(r"(?<== )\[\n((?: +.*,\n)+)\]")
"""A list as the library writes it, an item a line; a line end is never inside a string."""
_WIDE = 100
_HEAD = """\
# A customer's proxy, as a report of proxycheck shows it. Play it with: proxycheck lab run, or lab check.
# `source` names the report and its date, `from` the endpoints of the report that a rule was seen at.
"""


def toml_of(scenario: Scenario) -> bytes:
    """The file: ASCII alone, so that nothing a proxy sent steers the terminal that shows it; what has its default value
    is left out. Read again, it is the same scenario."""
    text = _NOT_ASCII.sub(_escaped, tomli_w.dumps(_table(scenario), indent=2))
    return (_HEAD + _LIST.sub(_short, text)).encode("ascii")


def _short(match: re.Match[str]) -> str:
    """The same list on one line, where there is room."""
    line = f"[{' '.join(item.strip() for item in match[1].splitlines()).removesuffix(',')}]"
    return line if len(line) <= _WIDE else match[0]


def _table(scenario: Scenario) -> dict[str, Any]:
    table = {**_without_defaults(scenario), "device": scenario.device}
    order = ("title", "source", "tags", "covers", "device", "note", "mode", "listener", "client", "behaviour", "beside")
    return {key: table[key] for key in (*order, "expect") if key in table}


def _without_defaults(value: msgspec.Struct) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for field in msgspec.structs.fields(value):
        given = getattr(value, field.name)
        default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        if given is not None and given != default:
            table[field.encode_name] = _plain(given)
    return table


def _plain(value: object) -> Any:
    if isinstance(value, msgspec.Struct):
        return _without_defaults(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _escaped(match: re.Match[str]) -> str:
    point = ord(match[0])
    return f"\\U{point:08X}" if point > 0xFFFF else f"\\u{point:04X}"
