"""Windows: the registry values of the Internet Settings (WinINet), and `netsh winhttp show proxy`.

`ProxyServer` is one `host:port` for everything or `http=...;https=...;ftp=...;socks=...`; `socks` means SOCKS4.
`Connections\\DefaultConnectionSettings` is the binary form the system really uses: 32-bit little-endian version,
counter and flags, then the proxy, the bypass list and the PAC address, each as a length and that many bytes. The flags
are those of INTERNET_PER_CONN_FLAGS (wininet.h), and the only place where automatic detection is kept reliably.
"""

import re
import struct
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from proxycheck.routes.bypass.bypass import BypassList
from proxycheck.routes.system.proxy_text import without_credentials
from proxycheck.routes.system.settings import ProxyReader, SystemSettings, Traffic

PROXY_TYPE_PROXY: Final = 2
PROXY_TYPE_AUTO_PROXY_URL: Final = 4
PROXY_TYPE_AUTO_DETECT: Final = 8

# Chinese and Japanese systems use the full-width forms of these characters.
_COLON: Final = "\\s*[:\uff1a]\\s*"
_BRACKETED: Final = "[(\uff08].*[)\uff09]"
_TRAFFIC: Final[dict[str, Traffic]] = {"http": "http", "https": "https", "ftp": "ftp", "socks": "socks"}


class ConnectionSettings(Struct, frozen=True):
    """The content of a `DefaultConnectionSettings` or `WinHttpSettings` value."""

    flags: int
    proxy: str
    bypass: str
    pac_url: str


def decode_connection_settings(value: bytes) -> ConnectionSettings | None:
    """The settings in a binary registry value, or None where it is cut off in its head.

    Texts that are missing at the end are empty: `WinHttpSettings` has no PAC address."""
    if len(value) < 12:
        return None
    flags = struct.unpack_from("<I", value, 8)[0]
    texts: list[str] = []
    position = 12
    while len(texts) < 3 and position + 4 <= len(value):
        (length,) = struct.unpack_from("<I", value, position)
        texts.append(value[position + 4 : position + 4 + length].decode("latin-1").rstrip("\0"))
        position += 4 + length
    proxy, bypass, url = (*texts, "", "", "")[:3]
    return ConnectionSettings(flags, proxy, bypass, url)


def parse_internet_settings(values: Mapping[str, object], where: str) -> SystemSettings:
    """The settings in the values of one `Internet Settings` key, by name: ProxyEnable, ProxyServer, ProxyOverride,
    AutoConfigURL, AutoDetect, and from its subkey Connections the bytes of DefaultConnectionSettings.

    The named values are what administrators and policies set, so they count for the proxy and the PAC address; a
    DefaultConnectionSettings that says otherwise is a note."""
    blob = values.get("DefaultConnectionSettings")
    connection = decode_connection_settings(blob) if isinstance(blob, bytes) else None
    enabled = values.get("ProxyEnable") == 1
    reader = ProxyReader()
    if enabled:
        _read_servers(reader, _text(values.get("ProxyServer")), f"{where}\\ProxyServer")
    if connection is not None and enabled != bool(connection.flags & PROXY_TYPE_PROXY):
        reader.notes.append("ProxyEnable and DefaultConnectionSettings disagree whether the proxy is on")
    url = _text(values.get("AutoConfigURL"))
    return SystemSettings(
        source="windows",
        where=where,
        proxies=tuple(reader.proxies),
        bypass=_bypass(_text(values.get("ProxyOverride")), f"{where}\\ProxyOverride") if reader.proxies else (),
        pac_url=without_credentials(url) if url else None,
        auto_detect=_auto_detect(values, connection),
        notes=tuple(reader.notes),
    )


def parse_winhttp(text: str) -> SystemSettings:
    """The settings in the output of `netsh winhttp show proxy`, in any language.

    The words are translated, the form is not: indented lines with a colon are the servers and the bypass list, in
    that order; without any, the access is direct. A value in brackets ("(none)") is none."""
    lines = [line for line in text.splitlines() if line[:1].isspace() and line.strip()]
    pairs = [re.split(_COLON, line.strip(), maxsplit=1) for line in lines if re.search(_COLON, line)]
    fields = ["" if re.fullmatch(_BRACKETED, pair[1].strip()) else pair[1].strip() for pair in pairs]
    servers, bypass = (*fields, "", "")[:2]
    return _winhttp(servers, bypass, "netsh winhttp")


def parse_winhttp_value(value: bytes, where: str) -> SystemSettings:
    """The settings in the binary registry value `WinHttpSettings`; what cannot be read gives nothing."""
    settings = decode_connection_settings(value)
    if settings is None or not settings.flags & PROXY_TYPE_PROXY:
        return SystemSettings(source="winhttp", where=where)
    return _winhttp(settings.proxy, settings.bypass, where)


def _winhttp(servers: str, bypass: str, where: str) -> SystemSettings:
    reader = ProxyReader()
    _read_servers(reader, servers, where)
    return SystemSettings(
        source="winhttp",
        where=where,
        proxies=tuple(reader.proxies),
        bypass=_bypass(bypass, f"{where} bypass list") if reader.proxies else (),
        notes=tuple(reader.notes),
    )


def _read_servers(reader: ProxyReader, text: str, setting: str) -> None:
    for part in re.split(r"[;\s]+", text.strip()):
        name, equals, server = part.rpartition("=")
        traffic = _TRAFFIC.get(name.lower(), "all") if equals else "all"
        if server:
            reader.add(traffic, server, setting, "socks4" if traffic == "socks" else "http")


def _bypass(text: str, setting: str) -> tuple[BypassList, ...]:
    return (BypassList(("windows", "chromium"), text, setting),) if text.strip() else ()


def _auto_detect(values: Mapping[str, object], connection: ConnectionSettings | None) -> bool:
    if connection is not None:
        return bool(connection.flags & PROXY_TYPE_AUTO_DETECT)
    return values.get("AutoDetect") == 1


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
