"""Bypass lists: would this program go direct to this host, and which token of the list says so?

The same list means different things to different programs, and a token that one of them obeys is mere text to the
next; each dialect here follows the source or documentation that its function names, quirks included. Names are never
resolved, so a list of networks touches only hosts that are written as addresses; the two programs that do resolve
(KDE, and Python on macOS) are noted at their rule. What goes direct without being listed (localhost and the like) is
left out: no device needs it.
"""

from collections.abc import Callable
from typing import Final, Literal

from msgspec import Struct

from proxycheck.routes.bypass.programs import curl, go, python_requests, python_urllib
from proxycheck.routes.bypass.systems import chromium, gnome, kde, macos, windows
from proxycheck.routes.bypass.target import BypassTarget, bypass_target

Dialect = Literal[
    "curl",
    "go",
    "python-urllib",
    "python-requests",
    "chromium",
    "windows",
    "macos",
    "gnome",
    "kde",
]

_RULES: Final[dict[Dialect, Callable[[str, BypassTarget], str | None]]] = {
    "curl": curl,
    "go": go,
    "python-urllib": python_urllib,
    "python-requests": python_requests,
    "chromium": chromium,
    "windows": windows,
    "macos": macos,
    "gnome": gnome,
    "kde": kde,
}


class BypassList(Struct, frozen=True):
    """A list as it was written, and the programs that read it. `reversed`: only listed hosts use the proxy (KDE)."""

    dialects: tuple[Dialect, ...]
    text: str
    setting: str = ""
    reversed: bool = False


class Exclusion(Struct, frozen=True):
    """A program that goes direct, and the token that says so (in a reversed list: the whole list, which lacks it)."""

    dialect: Dialect
    token: str
    setting: str = ""


def matches(dialect: Dialect, text: str, host: str, port: int, scheme: str = "https") -> str | None:
    """The token of the list `text` that takes `host:port` past the proxy, or None.

    `scheme` tells whether the port would be visible in a URL: most programs can match `host:port` only then."""
    return _RULES[dialect](text, bypass_target(host, port, scheme))


def exclusions(bypass: BypassList, host: str, port: int, scheme: str = "https") -> tuple[Exclusion, ...]:
    """Every program of the list that would go direct to `host:port`, with the token that matched."""
    found = []
    for dialect in bypass.dialects:
        token = matches(dialect, bypass.text, host, port, scheme)
        if bypass.reversed:
            token = bypass.text if token is None else None
        if token is not None:
            found.append(Exclusion(dialect, token, bypass.setting))
    return tuple(found)
