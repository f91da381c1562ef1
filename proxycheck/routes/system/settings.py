"""What a system's proxy settings say, in one type for every system.

Only what is in force is in here: a proxy that is written down but switched off is not. Passwords are dropped by the
parsers and appear nowhere.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from proxycheck.model.target import ProxyAddress
from proxycheck.routes.bypass.bypass import BypassList, Exclusion, exclusions
from proxycheck.routes.system.proxy_text import parse_proxy

Source = Literal["environment", "gnome", "kde", "macos", "windows", "winhttp"]
Traffic = Literal["all", "http", "https", "ftp", "socks"]
"""What a proxy is meant for; `socks` is whatever has no proxy of its own."""


class ManualProxy(Struct, frozen=True):
    """A proxy written into the settings: for which traffic, its address, and the setting that names it."""

    traffic: Traffic
    address: ProxyAddress
    setting: str


class SystemSettings(Struct, frozen=True, kw_only=True):
    """The settings of one place (`where` names it: a registry key, a file, a network service).

    `pac_url` and `auto_detect` (WPAD) go before `proxies` on every system that knows them. `notes` say what was
    written but cannot be used, and what programs read differently."""

    source: Source
    where: str = ""
    proxies: tuple[ManualProxy, ...] = ()
    bypass: tuple[BypassList, ...] = ()
    pac_url: str | None = None
    auto_detect: bool = False
    notes: tuple[str, ...] = ()

    @property
    def configured(self) -> bool:
        """Whether anything here sends traffic anywhere but direct."""
        return bool(self.proxies or self.pac_url or self.auto_detect)

    def exclusions(self, host: str, port: int, scheme: str = "https") -> tuple[Exclusion, ...]:
        """Every program that would go direct to `host:port` because of a list here, with the token that matched."""
        return tuple(found for bypass in self.bypass for found in exclusions(bypass, host, port, scheme))


class ProxyReader:
    """Collects the proxies of one set of settings; what names no proxy becomes a note."""

    def __init__(self) -> None:
        self.proxies: list[ManualProxy] = []
        self.notes: list[str] = []

    def add(self, traffic: Traffic, text: str, setting: str, scheme: str = "http") -> None:
        """Reads one written proxy; `scheme` is what the system assumes where none is written."""
        address = parse_proxy(text, scheme)
        if address is None:
            self.notes.append(f"{setting} is set, but its value names no proxy")
            return
        self.proxies.append(ManualProxy(traffic, address, setting))


def distinct_proxies(settings: Iterable[SystemSettings]) -> tuple[ManualProxy, ...]:
    """The manual proxies of several places, each address once, in order."""
    found: dict[ProxyAddress, ManualProxy] = {}
    for place in settings:
        for proxy in place.proxies:
            found.setdefault(proxy.address, proxy)
    return tuple(found.values())
