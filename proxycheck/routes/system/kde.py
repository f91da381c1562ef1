"""KDE: the file `kioslaverc`, group `[Proxy Settings]` (KIO `src/core/kprotocolmanager.cpp`, Frameworks 5 and 6).

`ProxyType` is 0 none, 1 manual, 2 PAC, 3 WPAD, 4 names of environment variables. A proxy is `http://host 8080` (a
blank before the port) or a URL. `ReversedException` turns `NoProxyFor` into the list of hosts that *use* the proxy,
in manual mode only.
"""

import re
from collections.abc import Mapping
from typing import Final

from proxycheck.routes.bypass.bypass import BypassList
from proxycheck.routes.system.proxy_text import without_credentials
from proxycheck.routes.system.settings import ProxyReader, SystemSettings, Traffic

_KEYS: Final[tuple[tuple[str, Traffic, str], ...]] = (
    ("httpProxy", "http", "http"),
    ("httpsProxy", "https", "http"),
    ("ftpProxy", "ftp", "http"),
    ("socksProxy", "socks", "socks"),
)
_ESCAPES: Final = {"s": " ", "t": "\t", "n": "\n", "r": "\r", "\\": "\\"}


def parse_kde(text: str, variables: Mapping[str, str], where: str = "kioslaverc") -> SystemSettings:
    """The settings in a kioslaverc; `variables` is the environment, which type 4 refers to."""
    values = _group(text, "Proxy Settings")
    kind = values.get("ProxyType", "0")
    if kind == "2" and values.get("Proxy Config Script"):
        url = without_credentials(values["Proxy Config Script"])
        return SystemSettings(source="kde", where=where, pac_url=url)
    if kind == "3":
        return SystemSettings(source="kde", where=where, auto_detect=True)
    if kind not in {"1", "4"}:
        return SystemSettings(source="kde", where=where)
    if kind == "4":
        values = {key: variables.get(value, "") for key, value in values.items()}
    reader = ProxyReader()
    for key, traffic, scheme in _KEYS:
        # "//:" is what KDE 3 left behind for a proxy that was cleared.
        if values.get(key) and not values[key].startswith("//:"):
            reader.add(traffic, values[key], f"{where} {key}", scheme)
    reverse = kind == "1" and values.get("ReversedException", "").lower() in {"true", "1", "yes", "on"}
    return SystemSettings(
        source="kde",
        where=where,
        proxies=tuple(reader.proxies),
        bypass=_bypass(values.get("NoProxyFor", ""), f"{where} NoProxyFor", reverse) if reader.proxies else (),
        notes=tuple(reader.notes),
    )


def _bypass(text: str, setting: str, reverse: bool) -> tuple[BypassList, ...]:
    if not text.strip() and not reverse:
        return ()
    return (BypassList(("kde",), text, f"{setting}, reversed" if reverse else setting, reverse),)


def _group(text: str, wanted: str) -> dict[str, str]:
    """The entries of one group of a KConfig file. Flags behind a key (`httpProxy[$e]`) are dropped."""
    found: dict[str, str] = {}
    group = ""
    for line in text.splitlines():
        if line.startswith("["):
            group = line.strip()[1:].partition("]")[0]
        elif group == wanted and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            unescaped = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), value.strip())
            found[key.partition("[")[0].strip()] = unescaped
    return found
