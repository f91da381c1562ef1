"""The dialects of browsers and desktop systems, which read a bypass list from the system's settings.

Each function returns the token of the list that takes the target past the proxy, or None.
"""

import re
from typing import Final

from proxycheck.routes.bypass.networks import in_network, in_partial_network, parse_address
from proxycheck.routes.bypass.target import BypassTarget, glob_match, within_domain

_LOCAL: Final = "<local>"


def chromium(text: str, target: BypassTarget) -> str | None:
    """Chromium `net/docs/proxy.md`, "Proxy config URL patterns" (Chrome and Edge, also for the lists of Windows and
    macOS): separators `;` and `,`; `[scheme://]pattern[:port]` with `*`, a leading dot is `*.`; CIDR; `<local>`."""
    return _patterns(re.split(r"[;,]", text), target, dots=True)


def windows(text: str, target: BypassTarget) -> str | None:
    """WinINet and WinHTTP (WINHTTP_PROXY_INFO, InternetOpen): separators `;` and blanks; patterns with `*`, optionally
    `scheme://` and `:port`; `<local>` is every name without a dot; a bare name is only itself, and no CIDR."""
    return _patterns(re.split(r"[;\s]", text), target, dots=False)


def _patterns(tokens: list[str], target: BypassTarget, *, dots: bool) -> str | None:
    for token in (token.strip() for token in tokens):
        if token.lower() == _LOCAL:
            matched = "." not in target.host and target.address is None
        elif dots and "/" in token and "://" not in token:
            matched = target.address is not None and in_network(target.address, token)
        else:
            matched = bool(token) and _pattern(token.lower(), target, dots=dots)
        if matched:
            return token
    return None


def _pattern(token: str, target: BypassTarget, *, dots: bool) -> bool:
    scheme, separator, rest = token.rpartition("://")
    if separator and scheme != target.scheme:
        return False
    split = re.fullmatch(r"\[([^\]]*)\](?::(\d+))?|([^:]*):(\d+)", rest)
    pattern, port = (split[1] or split[3] or "", split[2] or split[4]) if split else (rest, None)
    if port is not None and int(port) != target.port:
        return False
    address = parse_address(pattern)
    if address is not None:
        return address == target.address
    return glob_match("*" + pattern if dots and pattern.startswith(".") else pattern, target.host)


def macos(text: str, target: BypassTarget) -> str | None:
    """The system's exceptions list, as CPython's `_proxy_bypass_macosx_sysconf` describes it: patterns with `*`,
    networks with missing parts (`169.254/16`, `10.1`), and `<local>` here for "exclude simple hostnames". Python
    itself resolves a name before it compares networks; the system does not, and neither does this."""
    for token in (token.strip() for token in text.split(",")):
        if token == _LOCAL:
            matched = "." not in target.host and target.address is None
        elif re.fullmatch(r"\d+(\.\d+)*(/\d+)?", token):
            matched = target.address is not None and in_partial_network(target.address, token)
        else:
            matched = bool(token) and glob_match(token.lower(), target.host)
        if matched:
            return token
    return None


def gnome(text: str, target: BypassTarget) -> str | None:
    """GLib `gio/gsimpleproxyresolver.c` (`ignore-hosts`): addresses and CIDR (no bits set behind the prefix) for hosts
    that are addresses; names with all their subdomains, `*.` or `.` in front changes nothing; `:port` where the URL
    shows it; `*` alone is nothing."""
    for token in (token.strip() for token in text.split(",")):
        split = re.fullmatch(r"\[([^\]]*)\]:(\d+)|([^:]*):(\d+)", token)
        host, port = (split[1] or split[3] or "", int(split[2] or split[4])) if split else (token, 0)
        name = host.lower()
        if not port and target.address is not None and in_network(target.address, token, strict=True):
            return token
        name = name.removeprefix("*") if name.startswith("*.") else name
        if port in {0, target.port if target.explicit else 0} and within_domain(target.host, name.removeprefix(".")):
            return token
    return None


def kde(text: str, target: BypassTarget) -> str | None:
    """KIO `src/core/kprotocolmanager.cpp` (shouldIgnoreProxyFor, revmatch): separators `,` and blanks; a token is the
    end of a name, dot or not; a URL stands for its host; `host:port` where the URL shows it; `<local>`; networks are
    compared with the resolved address there, here only with one that is written. The list is read from its end, and
    a token that ends with the whole host stops the reading: a quirk of revmatch that is kept."""
    tokens = [token for token in re.split(r"[ ,]+", text.strip()) if token]
    names = [token for token in tokens if not _is_subnet(token)]
    for host in target.names:
        token = _kde_names(names, host)
        if token is not None:
            return token
    local = next((token for token in names if token.lower() == _LOCAL), None)
    if local is not None and "." not in target.host:
        return local
    if target.address is None:
        return None
    address = target.address
    return next((token for token in tokens if _is_subnet(token) and in_partial_network(address, token)), None)


def _kde_names(tokens: list[str], host: str) -> str | None:
    for token in reversed(tokens):
        name = token.lower()
        if host.endswith(name):
            return token
        if name.endswith(host):
            return token if name.endswith("/" + host) else None
    return None


def _is_subnet(token: str) -> bool:
    base = token.partition("/")[0]
    return parse_address(base) is not None or re.fullmatch(r"\d+(\.\d+){0,2}\.?", base) is not None
