"""Command lines that show one endpoint's failure by hand, with curl and with OpenSSL.

They say what the device says: CONNECT over plain HTTP, whatever scheme the proxy was named with. None holds a
password: curl asks for it, and OpenSSL (3.0 and later) takes it from `PROXYCHECK_PASSWORD`, for without a
source it would send an empty one, which counts as a failed login.
"""

import ipaddress
import re
import shlex
from collections.abc import Mapping

from proxycheck.model.device import Endpoint
from proxycheck.model.target import ProxyAddress, Target

_BARE = re.compile(r"[A-Za-z0-9_@+:./-]+\Z")
_QUOTABLE = re.compile(r"[^\"$`!\\]*(\\[^\"$`!\\]+)*\Z")
"""Means itself between double quotes both in a POSIX shell and in cmd.exe. (A `%` is safe there unless two of
them enclose the name of a variable.)"""


def reproduce(
    endpoint: Endpoint, proxy: ProxyAddress | None, *, forward: bool = False, roots: str | None = None
) -> tuple[str, ...]:
    """The lines for `endpoint` behind `proxy`, or without a proxy when it is None.

    `forward` is for a device that sends plain HTTP in absolute form instead of through a tunnel. `roots` is the file
    of roots that the run trusted instead of the public ones."""
    curl = _curl(endpoint, proxy, forward=forward, roots=roots)
    if endpoint.speaks != "tls":
        return (curl,)
    openssl = _openssl(endpoint, proxy, roots)
    return (curl, openssl) if endpoint.scheme == "https" else (openssl, curl)


def quote(argument: str) -> str:
    """`argument` as one word of a command line: bare, in double quotes where both kinds of shell read them
    alike, else as a POSIX shell wants it."""
    if _BARE.match(argument):
        return argument
    if _QUOTABLE.match(argument):
        return f'"{argument}"'
    return shlex.quote(argument)


def roots_given(options: Mapping[str, object]) -> str | None:
    """The file of roots among the options of a run, where it can be written on a command line."""
    roots = options.get("roots")
    return roots if isinstance(roots, str) and roots.isprintable() and roots else None


def _curl(endpoint: Endpoint, proxy: ProxyAddress | None, *, forward: bool, roots: str | None) -> str:
    words = ["curl", "-v"]
    if proxy is not None:
        words += ["--proxy", f"http://{Target(proxy.host, proxy.port).id}"]
        if proxy.username is not None:
            words += ["--proxy-user", proxy.username]
        if not (forward and endpoint.speaks == "http"):
            words.append("--proxytunnel")
    if roots is not None and endpoint.speaks == "tls":
        words += ["--cacert", roots]
    return " ".join(map(quote, [*words, _url(endpoint)]))


def _openssl(endpoint: Endpoint, proxy: ProxyAddress | None, roots: str | None) -> str:
    words = ["openssl", "s_client"]
    if proxy is not None:
        words += ["-proxy", Target(proxy.host, proxy.port).id]
        if proxy.username is not None:
            words += ["-proxy_user", proxy.username, "-proxy_pass", "env:PROXYCHECK_PASSWORD"]
    words += ["-connect", Target(endpoint.host, endpoint.port).id]
    if not _is_address(endpoint.host):
        words += ["-servername", endpoint.host]
    if roots is not None:
        words += ["-CAfile", roots]
    return " ".join(map(quote, [*words, "-showcerts"]))


def _url(endpoint: Endpoint) -> str:
    scheme, usual = {"tls": ("https", 443), "http": ("http", 80)}.get(endpoint.speaks, ("telnet", None))
    authority = Target(endpoint.host, endpoint.port).id
    if endpoint.port == usual:
        authority = authority.removesuffix(f":{usual}")
    return f"{scheme}://{authority}" + (endpoint.path if usual else "")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
