"""Straight to each host, with no proxy between: the way that `--direct` tests.

Names are resolved on this machine, as a device without a proxy would do it. Everything above sees the same as behind
a proxy: an open stream to the far end, or none.
"""

import asyncio
import ipaddress

from msgspec import Struct

from proxycheck.model.device import ConnectDialect
from proxycheck.model.questions import CheckId
from proxycheck.model.target import Target
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.patience import Patience
from proxycheck.net.stream import Dialler, Stream, addresses_of, dial
from proxycheck.net.trace import Trace
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.http.reply import Reply
from proxycheck.wire.http.request import user_agent_of

MOST_ADDRESSES = 3
"""Addresses of one name that are tried in turn."""


class DirectRoute(Struct):
    """How this run reaches the hosts themselves. `patience` has the deadline of each stage."""

    dialect: ConnectDialect
    trace: Trace
    patience: Patience
    user_agent: str | None = None
    dialler: Dialler = dial

    @property
    def timeout_s(self) -> float:
        """The deadline of a stage that begins now, in seconds."""
        return self.patience.timeout_s

    @property
    def agent(self) -> str:
        """The User-Agent in force."""
        return user_agent_of(self.dialect, self.user_agent)

    async def open(
        self, check: CheckId, target: Target, *, variant: str | None = None, stream: Stream | None = None
    ) -> Tunnel | None:
        """A TCP connection to the target, recorded as `host_dns` and `host_tcp`; None when there is none.

        `stream` is one that is open already."""
        if stream is not None:
            return Tunnel(stream, Reply())
        for address in await self._addresses(check, target, variant):
            stream = await self._connect(check, target, address, variant)
            if stream is not None:
                return Tunnel(stream, Reply())
        return None

    async def _addresses(self, check: CheckId, target: Target, variant: str | None) -> tuple[str, ...]:
        try:
            return (str(ipaddress.ip_address(target.host)),)
        except ValueError:
            pass
        recorder = self.trace.begin(check, "host_dns", target.id, variant=variant)
        try:
            async with asyncio.timeout(self.timeout_s):
                found = await addresses_of(target.host, target.port)
        except (OSError, UnicodeError) as error:
            failure = failure_of(error, "host_dns")
            recorder.finish(ended_by(failure), failure)
            return ()
        # IPv4 first: the guides name IPv4 only, and a dead IPv6 would cost a whole deadline.
        addresses = tuple(sorted(found, key=lambda address: ":" in address))
        recorder.finish("closed", note=", ".join(addresses))
        return addresses[:MOST_ADDRESSES]

    async def _connect(self, check: CheckId, target: Target, address: str, variant: str | None) -> Stream | None:
        recorder = self.trace.begin(check, "host_tcp", target.id, variant=variant)
        try:
            async with asyncio.timeout(self.timeout_s):
                stream = await self.dialler(address, target.port)
        except OSError as error:
            failure = failure_of(error, "host_tcp")
            recorder.finish(ended_by(failure), failure, note=address)
            return None
        recorder.finish("open", note=address)
        return stream
