"""The network behind a simulated proxy: a table says which names and ports exist, and nothing else does.

Whose behaviour: no product's. It stands for the customer's resolver and uplink, so that a proxy can be
simulated without DNS and without the Internet, and can never reach either. A name that is not in the table
fails as getaddrinfo fails, a port that is not in it as a closed one does; mitmproxy answers both with 502.

The table is a hosts file with ports, one `HOST PORT ADDRESS PORT` a line: who asks for the first pair is
connected to the second. Afterwards the connection bears the name that was asked for, so that other addons,
certificates and logs never see the table's addresses.

    mitmdump -s addons/internet.py --set internet_routes=routes.txt
"""

from collections.abc import Sequence
from pathlib import Path

from mitmproxy import ctx, exceptions
from mitmproxy.addonmanager import Loader
from mitmproxy.connection import ConnectionState, Server
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

Address = tuple[str, int]

UNKNOWN_NAME = "[Errno -2] Name or service not known"
CLOSED_PORT = "[Errno 111] Connection refused"


class Internet:
    """Resolves and connects by the table."""

    def __init__(self) -> None:
        self.routes: dict[Address, Address] = {}
        self.names: frozenset[str] = frozenset()
        self.asked: dict[str, Address] = {}

    def load(self, loader: Loader) -> None:
        """Adds the option."""
        loader.add_option(
            "internet_routes",
            str,
            "",
            "File of what exists, one HOST PORT ADDRESS PORT a line; without one nothing exists.",
        )

    def configure(self, updated: set[str]) -> None:
        """Reads the table."""
        if "internet_routes" in updated:
            path = ctx.options.internet_routes
            self.routes = read_routes(Path(path)) if path else {}
            self.names = frozenset(host for host, _ in self.routes)

    def server_connect(self, data: ServerConnectionHookData) -> None:
        """Leads the connection to where the table says, or makes it fail."""
        if data.server.address is None or data.server.error is not None:
            return
        host, port = data.server.address[0].lower(), data.server.address[1]
        if (host, port) in self.routes:
            self.asked[data.server.id] = data.server.address
            data.server.address = self.routes[host, port]
        else:
            data.server.error = CLOSED_PORT if host in self.names else UNKNOWN_NAME

    def server_connected(self, data: ServerConnectionHookData) -> None:
        """Gives the connection its name back."""
        if address := self.asked.pop(data.server.id, None):
            rename(data.server, address)

    def server_connect_error(self, data: ServerConnectionHookData) -> None:
        """Gives a connection that could not be made its name back."""
        self.server_connected(data)


def rename(server: Server, address: Address) -> None:
    """Changes a server's address; mitmproxy allows that only while the connection is not open."""
    state, server.state = server.state, ConnectionState.CLOSED
    server.address, server.state = address, state


def read_routes(path: Path) -> dict[Address, Address]:
    """The table in `path`. Raises OptionsError where a line is not HOST PORT ADDRESS PORT."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise exceptions.OptionsError(f"internet_routes: {path} cannot be read: {error}") from error
    routes = {}
    for number, line in enumerate(lines, 1):
        if words := line.partition("#")[0].split():
            asked, there = _route(words, f"{path} line {number}")
            routes[asked] = there
    return routes


def _route(words: Sequence[str], where: str) -> tuple[Address, Address]:
    if len(words) != 4 or not (words[1].isdecimal() and words[3].isdecimal()):
        raise exceptions.OptionsError(f"internet_routes: {where} is not HOST PORT ADDRESS PORT")
    return (words[0].lower(), int(words[1])), (words[2], int(words[3]))


addons = [Internet()]
