"""The dialects of command-line programs and libraries, which read `no_proxy` from the environment.

Each function returns the token of the list that takes the target past the proxy, or None.
"""

import re
from ipaddress import IPv4Address

from proxycheck.routes.bypass.networks import in_network, parse_address
from proxycheck.routes.bypass.target import BypassTarget, within_domain


def curl(text: str, target: BypassTarget) -> str | None:
    """curl `lib/proxy.c` (proxy_check_noproxy) and the manual's `--noproxy`: `*` alone is everything; otherwise names
    with all their subdomains, a leading dot changes nothing; addresses and CIDR (since 7.86) only for hosts that are
    addresses; a port in a token never matches. Blanks separate like commas: so did curl until 8.9, which is still in
    use; newer ones stop reading at a blank without a comma."""
    if text == "*":
        return "*"
    for token in re.split(r"[ \t,]+", text.strip()):
        if target.address is not None:
            # A length of 0 counts as none given: cidr4_match and cidr6_match compare the whole address then.
            matched = in_network(target.address, token.removesuffix("/0"))
        else:
            matched = within_domain(target.host, token.lower().removesuffix(".").removeprefix("."))
        if matched:
            return token
    return None


def go(text: str, target: BypassTarget) -> str | None:
    """Go `golang.org/x/net/http/httpproxy` (config.init, useProxy): `*` anywhere in the list is everything; a name
    covers its subdomains, `.name` and `*.name` only these; CIDR, addresses, and `:port` after either."""
    tokens = [token.strip() for token in text.split(",")]
    if "*" in tokens:
        return "*"
    return next((token for token in tokens if token and _go_token(token.lower(), target)), None)


def _go_token(token: str, target: BypassTarget) -> bool:
    if re.fullmatch(r"[0-9a-f:.]+/\d{1,3}", token) and parse_address(token.partition("/")[0]) is not None:
        return target.address is not None and in_network(target.address, token)
    split = re.fullmatch(r"\[([^\[\]]*)\]:([^:]*)|([^:\[\]]*):([^:]*)", token)
    host, port = (split[1] or split[3] or "", split[2] or split[4] or "") if split else (token, "")
    if not host or (port and port != str(target.port)):
        return False
    address = parse_address(host)
    if address is not None or target.address is not None:
        return address is not None and address == target.address
    name = host.removeprefix("*") if host.startswith("*.") else host
    return target.host.endswith(name) if name.startswith(".") else within_domain(target.host, name)


def python_urllib(text: str, target: BypassTarget) -> str | None:
    """CPython `Lib/urllib/request.py` (proxy_bypass_environment): `*` alone is everything; names with all their
    subdomains, leading dots ignored; `host:port` if the URL shows the port; addresses are text, no CIDR."""
    if text == "*":
        return "*"
    for token in text.split(","):
        wanted = token.strip().lstrip(".").lower()
        if any(within_domain(name, wanted) for name in target.names):
            return token.strip()
    return None


def python_requests(text: str, target: BypassTarget) -> str | None:
    """Requests `utils.py` (should_bypass_proxies): IPv4 hosts match CIDR and equal addresses, names as in urllib, with
    blanks removed first; what that leaves is asked of urllib."""
    tokens = [token for token in text.replace(" ", "").split(",") if token]
    if isinstance(target.address, IPv4Address):
        for token in tokens:
            prefix = re.fullmatch(r"[\d.]+/(\d+)", token)
            if prefix and 1 <= int(prefix[1]) <= 32 and in_network(target.address, token):
                return token
            if token == target.host:
                return token
    else:
        for token in tokens:
            if any(within_domain(name, token.lstrip(".").lower()) for name in target.names):
                return token
    return python_urllib(text, target)
