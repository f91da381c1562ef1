"""The proxy's resolver gives other answers: names that it does not know, never answers for, or leads elsewhere.

Whose behaviour: internal DNS servers without the Internet's names (Squid answers 503, ERR_DNS_FAIL), resolvers that
time out, and DNS filters that answer with the address of a block page (Cisco Umbrella, ooni/blocking-fingerprints).
Connections can also be refused or never answered by what stands between the proxy and the host.

Each option holds regular expressions for HOST:PORT. `names_elsewhere` holds pairs `PATTERN HOST`: the connection goes
to the same port of HOST.

    mitmdump -s addons/names.py --set names_unknown='\\.example:'
"""

import asyncio
import re
from collections.abc import Sequence

from mitmproxy import ctx, exceptions
from mitmproxy.addonmanager import Loader
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

_ERRORS = {
    "names_unknown": "[Errno -2] Name or service not known",
    "names_refused": "[Errno 111] Connection refused",
    "names_unreachable": "[Errno 113] No route to host",
}
_FOREVER_S = 3600.0


class Names:
    """Fails connections, or leads them elsewhere, before they are made."""

    def __init__(self) -> None:
        self.failing: dict[str, list[re.Pattern[str]]] = {}
        self.silent: list[re.Pattern[str]] = []
        self.elsewhere: list[tuple[re.Pattern[str], str]] = []

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("names_unknown", Sequence[str], [], "What has no address.")
        loader.add_option("names_refused", Sequence[str], [], "What refuses connections.")
        loader.add_option("names_unreachable", Sequence[str], [], "What no route leads to.")
        loader.add_option("names_silent", Sequence[str], [], "What never answers.")
        loader.add_option("names_patience", str, str(_FOREVER_S), "Seconds until the proxy gives up on silence.")
        loader.add_option("names_elsewhere", Sequence[str], [], "Pairs PATTERN HOST: where connections are led.")

    def configure(self, updated: set[str]) -> None:
        """Compiles the patterns."""
        if any(option.startswith("names_") for option in updated):
            self.failing = {option: _patterns(option) for option in _ERRORS}
            self.silent = _patterns("names_silent")
            pairs = [text.rpartition(" ") for text in ctx.options.names_elsewhere]
            self.elsewhere = [(re.compile(pattern, re.IGNORECASE), host) for pattern, _, host in pairs]

    async def server_connect(self, data: ServerConnectionHookData) -> None:
        """Decides about one connection."""
        if data.server.address is None:
            return
        target = f"{data.server.address[0]}:{data.server.address[1]}"
        for option, patterns in self.failing.items():
            if any(pattern.search(target) for pattern in patterns):
                data.server.error = _ERRORS[option]
        if any(pattern.search(target) for pattern in self.silent):
            await asyncio.sleep(float(ctx.options.names_patience))
            data.server.error = "[Errno 110] Connection timed out"
        for pattern, host in self.elsewhere:
            if pattern.search(target):
                data.server.address = (host, data.server.address[1])


def _patterns(option: str) -> list[re.Pattern[str]]:
    try:
        return [re.compile(text, re.IGNORECASE) for text in getattr(ctx.options, option)]
    except re.error as error:
        raise exceptions.OptionsError(f"{option}: not a regular expression: {error}") from error


addons = [Names()]
