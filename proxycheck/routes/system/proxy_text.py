"""One proxy as people and systems write it: `host:port`, `scheme://user:password@host:port/`, `http://host 8080`."""

import re
from typing import Final

from proxycheck.model.target import ProxyAddress

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "socks": 1080, "socks4": 1080, "socks4a": 1080, "socks5": 1080}
"""Of a proxy that is written without a port. curl alone takes 1080 for every kind (its manual, `--proxy`)."""

_PROXY: Final = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?"
    r"(?:(?P<user>[^@/]*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:/@\[\]]+)"
    r"(?:[:\s](?P<port>\d{1,5}))?/?"
)


def parse_proxy(text: str, scheme: str = "http") -> ProxyAddress | None:
    """The proxy that `text` names, or None where it names none. `scheme` holds where none is written.

    A password is dropped here and never kept."""
    found = _PROXY.fullmatch(text.strip())
    if found is None:
        return None
    written = (found["scheme"] or scheme).lower()
    written = {"socks5h": "socks5"}.get(written, written)
    port = int(found["port"]) if found["port"] else DEFAULT_PORTS.get(written, 80)
    if not 0 < port < 65536:
        return None
    username = (found["user"] or "").partition(":")[0] or None
    return ProxyAddress(written, found["host"].strip("[]").rstrip(".").lower(), port, username)


def has_port(text: str) -> bool:
    """Whether `text` says which port is meant."""
    found = _PROXY.fullmatch(text.strip())
    return found is not None and found["port"] is not None


def without_secrets(url: str) -> str:
    """A URL as it may be shown: without user name and password, and without its query, which may hold a token."""
    shown, mark, query = without_credentials(url).partition("?")
    return shown + mark + ("<redacted>" if query else "")


def without_credentials(url: str) -> str:
    """A URL without the user name and password it may hold: PAC addresses go into reports."""
    return re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/@]*@", r"\1", url.strip())
