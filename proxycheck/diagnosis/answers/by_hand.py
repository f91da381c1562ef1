"""Command lines that show one endpoint's failure by hand, with programs that the computer of the run has.

They say what the device says: CONNECT over plain HTTP, whatever scheme the proxy was named with. None holds a
password: curl asks for it, and OpenSSL (3.0 and later) takes it from `PROXYCHECK_PASSWORD`, for without a
source it would send an empty one, which counts as a failed login.

Windows has no OpenSSL, but it has curl.exe (with its ending: `curl` alone is another command in PowerShell), which
shows the certificates that it gets, and PowerShell, which tells whether a port answers.
"""

import ipaddress
from collections.abc import Mapping

from proxycheck.model.device import Endpoint
from proxycheck.model.target import ProxyAddress, Target
from proxycheck.wire.command_line import Shell, command_lines


def reproduce(
    endpoint: Endpoint,
    proxy: ProxyAddress | None,
    *,
    forward: bool = False,
    roots: str | None = None,
    shells: Shell = "posix",
) -> tuple[str, ...]:
    """The lines for `endpoint` behind `proxy`, or without a proxy when it is None, for a computer with that shell.

    `forward` is for a device that sends plain HTTP in absolute form instead of through a tunnel. `roots` is the file
    of roots that the run trusted instead of the public ones."""
    to_proxy = _to_proxy(endpoint, proxy, forward=forward)
    trusted = ["--cacert", roots] if roots is not None and endpoint.speaks == "tls" else []
    if shells == "windows":
        commands = [["curl.exe", "-v", *to_proxy, *trusted, _url(endpoint)]]
        if endpoint.speaks == "tls":
            shown = ["--insecure", "--output", "NUL", "--write-out", "%{certs}"]
            commands.append(["curl.exe", *to_proxy, *shown, _url(endpoint)])
        commands.append(_port_answers(endpoint, proxy))
    else:
        commands = [["curl", "-v", *to_proxy, *trusted, _url(endpoint)]]
        if endpoint.speaks == "tls":
            commands.insert(1 if endpoint.scheme == "https" else 0, _openssl(endpoint, proxy, roots))
    return tuple(line for words in commands for line in command_lines(words, shells))


def _to_proxy(endpoint: Endpoint, proxy: ProxyAddress | None, *, forward: bool) -> list[str]:
    """The options of curl that send it to the proxy."""
    if proxy is None:
        return []
    words = ["--proxy", f"http://{Target(proxy.host, proxy.port).id}"]
    if proxy.username is not None:
        words += ["--proxy-user", proxy.username]
    if not (forward and endpoint.speaks == "http"):
        words.append("--proxytunnel")
    return words


def roots_given(options: Mapping[str, object]) -> str | None:
    """The file of roots among the options of a run, where it can be written on a command line."""
    roots = options.get("roots")
    return roots if isinstance(roots, str) and roots.isprintable() and roots else None


def _openssl(endpoint: Endpoint, proxy: ProxyAddress | None, roots: str | None) -> list[str]:
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
    return [*words, "-showcerts"]


def _port_answers(endpoint: Endpoint, proxy: ProxyAddress | None) -> list[str]:
    host, port = (endpoint.host, endpoint.port) if proxy is None else (proxy.host, proxy.port)
    return ["powershell", "-Command", f"Test-NetConnection -ComputerName {host} -Port {port}"]


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
