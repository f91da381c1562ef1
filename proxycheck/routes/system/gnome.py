"""GNOME: the output of `gsettings list-recursively org.gnome.system.proxy`.

A line is `schema key value`, the value in GVariant text form (GLib, "GVariant Text Format"): `'text'`, `8080`,
`true`, `['a', 'b']`, `@as []`. Modes and keys: gsettings-desktop-schemas, `org.gnome.system.proxy`.
"""

import ast
import re
from typing import Final

from proxycheck.routes.bypass.bypass import BypassList
from proxycheck.routes.system.proxy_text import without_credentials
from proxycheck.routes.system.settings import ManualProxy, ProxyReader, SystemSettings, Traffic

SCHEMA: Final = "org.gnome.system.proxy"
_CHILDREN: Final[tuple[tuple[str, Traffic, str], ...]] = (
    ("http", "http", "http"),
    ("https", "https", "http"),
    ("ftp", "ftp", "http"),
    ("socks", "socks", "socks"),  # GIO tries SOCKS5, 4a and 4 in turn
)

_Value = str | int | bool | list[str]


def parse_gnome(text: str) -> SystemSettings:
    """The settings in the output; mode `none`, or no such schema, gives settings that are not `configured`."""
    values = _values(text)
    mode = values.get(f"{SCHEMA} mode")
    where = f"gsettings {SCHEMA}"
    if mode == "auto":
        url = _text(values.get(f"{SCHEMA} autoconfig-url"))
        # An empty address asks for WPAD: the schema's own description of the key.
        return SystemSettings(
            source="gnome", where=where, pac_url=without_credentials(url) if url else None, auto_detect=not url
        )
    if mode != "manual":
        return SystemSettings(source="gnome", where=where)
    reader = ProxyReader()
    for child, traffic, scheme in _CHILDREN:
        host, port = _text(values.get(f"{SCHEMA}.{child} host")), values.get(f"{SCHEMA}.{child} port")
        if host and port:
            reader.add(traffic, f"{host}:{port}", f"{SCHEMA}.{child}", scheme)
    ignored = values.get(f"{SCHEMA} ignore-hosts")
    tokens = ignored if isinstance(ignored, list) else []
    setting = f"{SCHEMA} ignore-hosts"
    return SystemSettings(
        source="gnome",
        where=where,
        proxies=_with_user(reader.proxies, values),
        bypass=(BypassList(("gnome",), ", ".join(tokens), setting),) if tokens and reader.proxies else (),
        notes=tuple(reader.notes),
    )


def _values(text: str) -> dict[str, _Value]:
    found: dict[str, _Value] = {}
    for line in text.splitlines():
        words = line.strip().split(" ", 2)
        if len(words) == 3 and words[0].startswith(SCHEMA):
            value = _variant(words[2])
            if value is not None:
                found[f"{words[0]} {words[1]}"] = value
    return found


def _variant(text: str) -> _Value | None:
    """The few GVariant types these keys have; Python writes strings, numbers and arrays of them the same way."""
    if text in {"true", "false"}:
        return text == "true"
    try:
        value: object = ast.literal_eval(re.sub(r"^(@\w+|u?int\d+)\s+", "", text))
    except (SyntaxError, ValueError):
        return None
    if isinstance(value, list):
        return [str(item) for item in value]
    return value if isinstance(value, (str, int)) else None


def _text(value: _Value | None) -> str:
    return value.strip() if isinstance(value, str) else ""


def _with_user(proxies: list[ManualProxy], values: dict[str, _Value]) -> tuple[ManualProxy, ...]:
    """The user name, which GNOME keeps for the HTTP proxy only."""
    user = _text(values.get(f"{SCHEMA}.http authentication-user"))
    if not user or values.get(f"{SCHEMA}.http use-authentication") is not True:
        return tuple(proxies)
    return tuple(
        ManualProxy(proxy.traffic, type(proxy.address)(*_parts(proxy), user), proxy.setting)
        if proxy.traffic == "http"
        else proxy
        for proxy in proxies
    )


def _parts(proxy: ManualProxy) -> tuple[str, str, int]:
    return proxy.address.scheme, proxy.address.host, proxy.address.port
