"""CONNECT is answered late.

Whose behaviour: proxies that look a name up at a slow resolver, try a dead IPv6 address first (squid#386), ask a
scanner in the cloud, or wait for a parent: Squid's `connect_timeout` is a minute, its `forward_timeout` four.

    mitmdump -s addons/delays.py --set delays=45
"""

import asyncio
import re

from mitmproxy import ctx, exceptions, http
from mitmproxy.addonmanager import Loader


class Delays:
    """Waits before a tunnel is opened."""

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("delays", str, "1", "Seconds to wait.")
        loader.add_option("delays_hosts", str, "", "Only for these hosts (a regular expression).")

    def configure(self, updated: set[str]) -> None:
        """Refuses what is no number."""
        if "delays" in updated:
            try:
                float(ctx.options.delays)
            except ValueError:
                raise exceptions.OptionsError(f"delays: {ctx.options.delays!r} is no number of seconds") from None

    async def http_connect(self, flow: http.HTTPFlow) -> None:
        """Waits."""
        if re.search(ctx.options.delays_hosts, flow.request.host, re.IGNORECASE):
            await asyncio.sleep(float(ctx.options.delays))


addons = [Delays()]
