"""Requests to a proxy and through a tunnel, phrased by h11.

CONNECT: RFC 9110 section 9.3.6 and RFC 9112 section 3.2.3 (authority-form). Plain HTTP through a proxy without a
tunnel: RFC 9112 section 3.2.2 (absolute-form). h11 refuses header injection, so a hostile host name or user agent
cannot add a line of its own.
"""

from collections.abc import Iterable

from proxycheck.model.device import ConnectDialect
from proxycheck.model.target import Target

Header = tuple[str, str]


def _send(method: str, target: str, headers: Iterable[Header]) -> bytes:
    import h11  # noqa: PLC0415  loads while the first connection is made

    connection = h11.Connection(our_role=h11.CLIENT)
    encoded = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
    request = h11.Request(method=method.encode("ascii"), target=target.encode("ascii"), headers=encoded)
    return (connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b"")


def _dressed(dialect: ConnectDialect, user_agent: str | None) -> list[Header]:
    if user_agent is None:
        return list(dialect.headers)
    if not any(name.lower() == "user-agent" for name, _ in dialect.headers):
        return [*dialect.headers, ("User-Agent", user_agent)]
    return [(name, user_agent if name.lower() == "user-agent" else value) for name, value in dialect.headers]


def connect_request(
    target: Target, dialect: ConnectDialect, *, user_agent: str | None = None, authorization: str | None = None
) -> bytes:
    """`CONNECT host:port` as the device phrases it, with `Proxy-Authorization` only when one is given.

    `user_agent` replaces the device's own. Raises h11.LocalProtocolError for bytes no header may carry, and
    UnicodeEncodeError for characters that are none."""
    implied = target.port == 443 and not dialect.host_port_443
    host: list[Header] = [("Host", target.id.rsplit(":", 1)[0] if implied else target.id)]
    login: list[Header] = [] if authorization is None else [("Proxy-Authorization", authorization)]
    dressed = _dressed(dialect, user_agent)
    headers = [*host, *login, *dressed] if dialect.authorization_first else [*host, *dressed, *login]
    return _send("CONNECT", target.id, headers)


def _host_header(target: Target) -> str:
    return target.id.rsplit(":", 1)[0] if target.port == 80 else target.id


def origin_request(target: Target, path: str, *, user_agent: str) -> bytes:
    """A plain `GET` for inside a tunnel (origin-form, RFC 9112 section 3.2.1)."""
    headers = [("Host", _host_header(target)), ("User-Agent", user_agent), ("Accept", "*/*"), ("Connection", "close")]
    return _send("GET", path, headers)


def forward_request(target: Target, path: str, *, user_agent: str, authorization: str | None = None) -> bytes:
    """A plain `GET` for the proxy itself (absolute-form)."""
    host = _host_header(target)
    headers = [("Host", host), ("User-Agent", user_agent), ("Accept", "*/*"), ("Proxy-Connection", "close")]
    if authorization is not None:
        headers.append(("Proxy-Authorization", authorization))
    return _send("GET", f"http://{host}{path}", headers)


def user_agent_of(dialect: ConnectDialect, user_agent: str | None) -> str:
    """The User-Agent in force: the one asked for, else the device's own."""
    if user_agent is not None:
        return user_agent
    return next((value for name, value in dialect.headers if name.lower() == "user-agent"), "proxycheck")
