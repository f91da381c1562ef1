"""What several addons read alike: rules as JSON objects, the hosts and ports they name, and a reset.

Not an addon. mitmdump puts the folder of a script on the import path while it loads the script
(`mitmproxy.addons.script.load_script`), and the lab does the same, so each addon beside it still runs alone.
"""

import json
import os
import re
import socket
import struct
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any, TypeVar

from mitmproxy import ctx, exceptions
from mitmproxy.connection import Connection

R = TypeVar("R")

_DATE = re.compile(rb"\{date([+-]\d{1,9})?\}")
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
    """The keys and values of one rule, but for `from`: it tells people where the rule was seen, and nothing else.

    Raises ValueError or TypeError for what is no JSON object."""
    fields: dict[str, Any] = json.loads(text)
    if not isinstance(fields, dict):
        raise TypeError("not a JSON object")
    fields.pop("from", None)
    return fields


def rules_of(option: str, rule: Callable[[str], R]) -> list[R]:
    """The rules that the option of this name holds, each made by `rule` from its text.

    Raises OptionsError, which names the option, when one is none."""
    try:
        return [rule(text) for text in getattr(ctx.options, option)]
    except (ValueError, TypeError, re.error) as error:
        raise exceptions.OptionsError(f"{option}: not a rule: {error}") from error


def dated(text: bytes) -> bytes:
    """The text with the hour for `{date}` (RFC 9110 section 5.6.7), or so many seconds later or earlier."""

    def hour(found: re.Match[bytes]) -> bytes:
        return formatdate(time.time() + int(found[1] or 0), usegmt=True).encode("ascii")

    return _DATE.sub(hour, text)


def target_names(host: str, port: int) -> dict[str, bytes]:
    """What a text may say of a CONNECT's target."""
    return {"host": host.encode("latin-1"), "port": b"%d" % port}


def filled(text: bytes, names: Mapping[str, bytes]) -> bytes:
    """The text with dates and `names` for what stands in braces; `{length}`, once, is that of what follows the first
    empty line."""
    text = dated(text)
    for name, value in names.items():
        text = text.replace(b"{%s}" % name.encode("ascii"), value)
    return text.replace(b"{length}", b"%d" % len(text.partition(b"\r\n\r\n")[2]), 1)


def transport_of(connection: Connection) -> Any:
    """What mitmproxy reads and writes this connection with (`reader`, `writer`), None where there is no socket."""
    server: Any = ctx.master.addons.get("proxyserver")
    for handler in server.connections.values() if server else ():
        if connection in handler.transports:
            return handler.transports[connection]
    return None


def forget_to_linger(connection: Connection) -> None:
    """Makes the close that follows a reset (SO_LINGER with zero seconds), where there is a socket."""
    transport = transport_of(connection)
    if transport is not None and transport.writer is not None:
        found = transport.writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
