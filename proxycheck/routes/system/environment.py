"""Proxy variables of the environment: `http_proxy`, `https_proxy`, `ftp_proxy`, `all_proxy`, `no_proxy`, in both cases.

Which case wins differs: curl and Python take lower case first, Go upper case (curl `lib/proxy.c`; CPython
`Lib/urllib/request.py`, getproxies_environment; Go `httpproxy.FromEnvironment`); curl never reads `HTTP_PROXY`.
"""

from collections.abc import Mapping
from typing import Final

from proxycheck.routes.bypass.bypass import BypassList, Dialect
from proxycheck.routes.system.proxy_text import has_port
from proxycheck.routes.system.settings import ProxyReader, SystemSettings, Traffic

_VARIABLES: Final[tuple[tuple[str, Traffic], ...]] = (
    ("http_proxy", "http"),
    ("https_proxy", "https"),
    ("ftp_proxy", "ftp"),
    ("all_proxy", "all"),
)
_LOWER_FIRST: Final[tuple[Dialect, ...]] = ("curl", "python-urllib", "python-requests")
_UPPER_FIRST: Final[tuple[Dialect, ...]] = ("go",)


def parse_environment(variables: Mapping[str, str]) -> SystemSettings:
    """The proxy settings in `variables` (names to values). Nothing set gives settings that are not `configured`."""
    reader = ProxyReader()
    for name, traffic in _VARIABLES:
        written = {setting: variables.get(setting, "").strip() for setting in (name, name.upper())}
        written = {setting: value for setting, value in written.items() if value}
        if len(set(written.values())) == 1:
            written = {" and ".join(written): next(iter(written.values()))}
        elif written:
            reader.notes.append(f"{name} and {name.upper()} differ: curl and Python use the first, Go the second")
        for setting, value in written.items():
            reader.add(traffic, value, setting)
            if reader.proxies and not has_port(value):
                reader.notes.append(f"{setting} names no port: curl takes 1080, most other programs the scheme's own")
    return SystemSettings(
        source="environment",
        where="environment variables",
        proxies=tuple(reader.proxies),
        bypass=_bypass(variables) if reader.proxies else (),
        notes=tuple(reader.notes),
    )


def _bypass(variables: Mapping[str, str]) -> tuple[BypassList, ...]:
    lower, upper = variables.get("no_proxy", "").strip(), variables.get("NO_PROXY", "").strip()
    if lower and upper and lower != upper:
        return (BypassList(_LOWER_FIRST, lower, "no_proxy"), BypassList(_UPPER_FIRST, upper, "NO_PROXY"))
    text = lower or upper
    return (BypassList(_LOWER_FIRST + _UPPER_FIRST, text, "no_proxy" if lower else "NO_PROXY"),) if text else ()
