"""What several addons read alike: rules as JSON objects, the hosts and ports they name, and a reset.

Not an addon. mitmdump puts the folder of a script on the import path while it loads the script
(`mitmproxy.addons.script.load_script`), and the lab does the same, so each addon beside it still runs alone.
"""

import json
import os
import re
import socket
import struct
from collections.abc import Callable
from typing import Any, TypeVar

from mitmproxy import ctx, exceptions
from mitmproxy.connection import Client

R = TypeVar("R")

_NO_LINGER = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Places:
    """Hosts and ports that a rule names: `hosts` is a regular expression, `ports` a list; nothing means all.

    Takes both keys out of `fields`. Raises `re.error` for what is no expression."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.hosts = re.compile(fields.pop("hosts", ""), re.IGNORECASE)
        self.ports: list[int] = fields.pop("ports", [])

    def hold(self, host: str, port: int) -> bool:
        """Whether this host and port are among them."""
        return self.hosts.search(host) is not None and (not self.ports or port in self.ports)


def rule_fields(text: str) -> dict[str, Any]:
    """The keys and values of one rule. Raises ValueError or TypeError for what is no JSON object."""
    fields: dict[str, Any] = json.loads(text)
    if not isinstance(fields, dict):
        raise TypeError("not a JSON object")
    return fields


def rules_of(option: str, rule: Callable[[str], R]) -> list[R]:
    """The rules that the option of this name holds, each made by `rule` from its text.

    Raises OptionsError, which names the option, when one is none."""
    try:
        return [rule(text) for text in getattr(ctx.options, option)]
    except (ValueError, TypeError, re.error) as error:
        raise exceptions.OptionsError(f"{option}: not a rule: {error}") from error


def forget_to_linger(client: Client) -> None:
    """Makes the close that follows a reset (SO_LINGER with zero seconds), where there is a socket."""
    server: Any = ctx.master.addons.get("proxyserver")
    for handler in server.connections.values() if server else ():
        if handler.client is client:
            found = handler.transports[client].writer.get_extra_info("socket")
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
