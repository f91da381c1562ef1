"""Starts a run in a process of its own, and ends it when it takes too long, or when the request for it is gone."""

import asyncio
import contextlib
import os
import subprocess  # only for the name of a Windows flag
from collections.abc import Callable, Collection
from typing import Final

import msgspec

from proxycheck.errors import ConfigurationError, UsageError
from proxycheck.model.report import Report
from proxycheck.model.text import printable
from proxycheck.report.json import MAXIMUM_BYTES, decode
from proxycheck.resources import child_command
from proxycheck.web.order import Order, ProgressEvent

GRACE_S: Final = 15.0
"""How long a process may live after the limit of its run: it starts, judges what it has, and writes the report."""
_NO_WINDOW: Final[int] = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_LONGEST_WORDS: Final = 300


class RunFailedError(Exception):
    """A run ended without a report; the message says in a sentence why. `began` says whether it may have contacted
    the proxy before that."""

    def __init__(self, sentence: str, *, began: bool = True) -> None:
        super().__init__(sentence)
        self.began = began


class Watch:
    """Follows one run whose order asks for progress: `step` hears of each step, and `stop` ends the measuring."""

    def __init__(self, step: Callable[[ProgressEvent], None]) -> None:
        self.step = step
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """From now on nothing more is measured; the report is of what was found so far."""
        self._stopping.set()

    async def stopped(self) -> None:
        """Returns when the measuring is to end."""
        await self._stopping.wait()


async def measure(order: Order, withheld: Collection[str] = (), watch: Watch | None = None) -> tuple[Report, bytes]:
    """The report of the run that `order` asks for, and the JSON it was written as; `watch` goes with `order.progress`.

    The process does not see the environment variables in `withheld`, nor any of this program's own. Cancelling kills
    it. Raises RunFailedError where it ends without a report, or does not end."""
    process = await _start(withheld)
    try:
        async with asyncio.timeout(order.limit_s + GRACE_S):
            output, words = await _conversation(process, order, watch)
    except TimeoutError:
        raise RunFailedError(f"the run did not end within {order.limit_s + GRACE_S:g} s and was stopped") from None
    finally:
        await _end(process)
    if process.returncode != 0:
        raise RunFailedError(_reason(process.returncode, words), began=process.returncode != UsageError.exit_code)
    if len(output) > MAXIMUM_BYTES:
        raise RunFailedError("the report is too large to be kept")
    try:
        return decode(output), output
    except ConfigurationError as error:
        raise RunFailedError(f"the run left no report: {error}") from error


async def _conversation(process: asyncio.subprocess.Process, order: Order, watch: Watch | None) -> tuple[bytes, bytes]:
    """Everything that the process writes, and its words on standard error. Standard input stays open until it ends."""
    assert process.stdin and process.stdout and process.stderr  # noqa: S101  all are pipes: asked for below
    with contextlib.suppress(ConnectionError):  # it died at once: what it leaves says why
        process.stdin.write(msgspec.json.encode(order) + b"\n")
        await process.stdin.drain()
    stopping = None if watch is None else asyncio.create_task(_pass_on_the_stop(process.stdin, watch))
    try:
        output, words = await asyncio.gather(_output(process.stdout, watch), process.stderr.read())
        await process.wait()
    finally:
        if stopping is not None:
            stopping.cancel()
    return output, words


async def _output(stream: asyncio.StreamReader, watch: Watch | None) -> bytes:
    """What the process writes after its progress, which `watch` hears of."""
    while watch is not None:
        line = (await stream.readline()).strip()
        if not line:
            break
        with contextlib.suppress(msgspec.DecodeError):  # it died within the line
            watch.step(msgspec.json.decode(line, type=ProgressEvent))
    return await stream.read()


async def _pass_on_the_stop(stdin: asyncio.StreamWriter, watch: Watch) -> None:
    await watch.stopped()
    with contextlib.suppress(ConnectionError):  # it has ended by itself
        stdin.write(b"\n")
        await stdin.drain()


async def _start(withheld: Collection[str]) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *child_command("run"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=child_environment(withheld),
            creationflags=_NO_WINDOW,
        )
    except OSError as error:
        raise RunFailedError(f"no process could be started for the run: {error.strerror}", began=False) from error


def child_environment(withheld: Collection[str] = ()) -> dict[str, str]:
    """The environment of this program without `withheld`, and without the variables that hold its own secrets."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in withheld and not name.upper().startswith("PROXYCHECK_")
    }


def _reason(code: int | None, words: bytes) -> str:
    lines = words.decode("utf-8", "replace").strip().splitlines()
    return printable(lines[-1], _LONGEST_WORDS) if lines else f"the run ended with exit status {code} and no report"


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leaves no process behind, whatever ended the wait for it."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()
