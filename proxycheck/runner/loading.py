"""Loads what the first answer does not need: while that is under way, one thing at a time, else right after it.

Between two things the loop looks whether somebody answered, so that nothing waits for more than one of them. A second
thread would cost more than it saves: each takes the interpreter from the other at every read and write.
"""

import asyncio
import importlib
from collections.abc import Iterable, Iterator
from typing import Final

SOON_S = 0.003
"""A proxy in the same network that takes no connections, or that answers at once, has said so by then."""

_TURNS = 6
"""Between two things: whoever waits for a connection, or for an answer, hears of it by so many hands."""

READERS: Final = (
    *("h11", "cryptography.exceptions", "cryptography.hazmat.primitives.serialization", "email.utils"),
    *("cryptography.x509", "OpenSSL.crypto", "OpenSSL.SSL", "proxycheck.wire.tls.client"),
    *("proxycheck.wire.tls.possession", "proxycheck.wire.certificates.paths", "proxycheck.wire.certificates.sct"),
    *("proxycheck.diagnosis.observation", "proxycheck.diagnosis.tls.identity", "proxycheck.runner.trust"),
)
"""What reads answers and certificates, in parts, each before what imports it."""
JUDGES: Final = (
    *("proxycheck.diagnosis.upstream_words", "proxycheck.diagnosis.dialect", "proxycheck.wire.banners"),
    *("proxycheck.diagnosis.rules", "proxycheck.diagnosis.judgement", "proxycheck.diagnosis.answers.asked"),
    *("proxycheck.runner.assembly", "proxycheck.runner.contacts"),
)
"""What judges, in the same way."""

Steps = Iterator[None]
"""Something is loaded at each step; it raises what loading it raises."""


def modules(names: Iterable[str]) -> Steps:
    """One module a step."""
    for name in names:
        importlib.import_module(name)
        yield


class Loading:
    """Takes the steps of `needed`, and then those of `later`, from `SOON_S` seconds after it was made on, in between
    what else the loop has to do. What cannot be loaded is told to each who waits."""

    def __init__(self, needed: Steps, later: Steps) -> None:
        self._needed, self._later = needed, later
        self._error: Exception | None = None
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        await asyncio.sleep(SOON_S)
        for steps in (self._needed, self._later):
            while self._step(steps):
                for _ in range(_TURNS):
                    await asyncio.sleep(0)

    def _step(self, steps: Steps) -> bool:
        """Whether there was another one."""
        try:
            next(steps)
        except StopIteration:
            return False
        except Exception as error:
            self._error = error
            return False
        return True

    def done(self) -> None:
        """Ends when everything that is needed is loaded. Raises what loading it raises."""
        while self._step(self._needed):
            pass
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Loads nothing more: who needs the rest loads it."""
        self._task.cancel()
