"""Reads certificates while other hosts are asked: most of the judging of a good run is to verify their signatures.

Nothing is concluded here. What is read is kept in mind by the functions that read it, and the diagnosis, which asks
them again once everything is known, finds it there.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from proxycheck.model.evidence import Evidence, TlsEvidence

if TYPE_CHECKING:
    from proxycheck.diagnosis.trust import Trust

_APART_S = 0.002
"""Between two of them the answers of other hosts are read."""


class ReadingAhead:
    """The chains that are still to be read, each once."""

    def __init__(self, trust: "Callable[[], Trust]") -> None:
        self._trust = trust
        self._known: set[tuple[str, ...]] = set()
        self._left: asyncio.Queue[TlsEvidence] = asyncio.Queue()

    def add(self, record: Evidence) -> None:
        """Takes note of the chain of a record, if there is one."""
        if record.tls is not None and record.tls.authenticated and record.tls.chain not in self._known:
            self._known.add(record.tls.chain)
            self._left.put_nowait(record.tls)

    async def run(self) -> None:
        """Reads them as they come, until it is cancelled."""
        while True:
            tls = await self._left.get()
            from proxycheck.diagnosis.tls.identity import identify  # noqa: PLC0415  loads beside the first answer

            with contextlib.suppress(Exception):  # the diagnosis meets it again, and says so
                identify(tls, tls.server_name, self._trust())
            await asyncio.sleep(_APART_S)
