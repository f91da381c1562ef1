"""Runs a PAC script in a process of its own and reads its answers, within limits that the script cannot lift.

The limits on processor time and memory are the engine's own, inside that process (`proxycheck.routes.pac.child`);
the deadline here stands behind them: a script that loops for ever costs `PacLimits.time_s` of processor time, and at
most `PacLimits.deadline_s` once the process has started, whatever the number of questions. What it answered before
is kept. The process gets neither the tool's arguments nor its password variable, and no descriptor but its pipes.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess  # only for the name of a Windows flag
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from proxycheck.resources import child_command
from proxycheck.routes.pac import child as pac_child
from proxycheck.routes.pac.answers import (
    NO_FAULT,
    PacAnswer,
    PacEnvironment,
    PacEvaluation,
    PacProblem,
    PacQuestion,
    PacScript,
)
from proxycheck.routes.pac.routes import parse_routes

_LINE_BYTES: Final = 1024 * 1024
_NO_WINDOW: Final[int] = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_GRACE_S: Final = 1.0
_NOT_ASKED: Final = "the script was stopped before this host"


class PacLimits(Struct, frozen=True):
    """What a script may use. `time_s` is processor time, which no other program takes from it; one that has not used
    it up by `deadline_s` got too little of this computer. `start_s` is for the process and the engine to start, before
    the script runs at all.

    A correct file of some thousand lines needs a few megabytes, and for a hundred hosts a second or less; on a slow
    computer that is busy it was seen to take more than two."""

    time_s: float = 4.0
    deadline_s: float = 30.0
    start_s: float = 20.0
    memory_bytes: int = 128 * 1024 * 1024


async def evaluate_pac(
    script: PacScript,
    questions: Sequence[PacQuestion],
    environment: PacEnvironment,
    limits: PacLimits = PacLimits(),  # noqa: B008  a frozen value
) -> PacEvaluation:
    """FindProxyForURL's answer to every question, in order; whatever the script does, within the limits.

    Raises OSError where no process can be started at all, and nothing else: a script's faults are in the result."""
    process = await asyncio.create_subprocess_exec(
        *_command(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_LINE_BYTES,
        env=_environment(),
        creationflags=_NO_WINDOW,
    )
    heard = _Heard()
    try:
        await _listen(process, _request(script, questions, environment, limits), limits, heard)
    except BaseException:
        _kill(process)
        raise
    finally:
        await _reap(process)
    if heard.problem is None and not heard.finished:
        heard.problem = _death(process.returncode, limits)
    return PacEvaluation(_answers(questions, heard), heard.problem, tuple(heard.alerts))


def _death(status: int | None, limits: PacLimits) -> PacProblem:
    """Why the process ended before its last word: its processor time was used up where the engine does not look at the
    clock, or it crashed."""
    if status is not None and status == -getattr(signal, "SIGXCPU", 0):
        return PacProblem("time", f"it used more than {limits.time_s:g} s of processor time (an endless loop?)")
    return PacProblem("crash", f"it ended the process that evaluated it (exit status {status})")


class _Heard:
    """What the process has said so far."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.alerts: list[str] = []
        self.finished = False
        self.problem: PacProblem | None = None

    def take(self, message: dict[str, Any]) -> None:
        """Keeps one message; see `proxycheck.routes.pac.child` for the protocol."""
        if "answer" in message:
            self.answers.append(message["answer"])
        elif "problem" in message:
            found = message["problem"]
            self.problem = PacProblem(found["kind"], _clean(found["reason"]), found["line"])
        elif "done" in message:
            self.finished = True
            self.alerts = [_clean(text) for text in message["done"]["alerts"]]


async def _listen(process: asyncio.subprocess.Process, request: bytes, limits: PacLimits, heard: _Heard) -> None:
    """Asks, and listens until the process has said its last line or has run out of time."""
    try:
        async with asyncio.timeout(limits.start_s):
            heard.take(await _first_line(process, request))
    except TimeoutError:
        _kill(process)
        heard.problem = PacProblem("no-engine", f"the JavaScript engine did not start within {limits.start_s:g} s")
        return
    try:
        async with asyncio.timeout(limits.deadline_s):
            while message := await _line(process):
                heard.take(message)
    except TimeoutError:
        _kill(process)
        reason = f"this computer was too busy to finish it within {limits.deadline_s:g} s"
        heard.problem = PacProblem("busy", reason)


async def _first_line(process: asyncio.subprocess.Process, request: bytes) -> dict[str, Any]:
    assert process.stdin is not None  # noqa: S101  it is a pipe: asked for above
    try:
        process.stdin.write(request)
        await process.stdin.drain()
        process.stdin.close()
    except ConnectionError:
        return {}  # it died at once; its exit status is the reason that is reported
    return await _line(process)


async def _line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """The next message, or {} at the end of the stream (a line cut off by a crash counts as the end)."""
    assert process.stdout is not None  # noqa: S101  it is a pipe: asked for above
    text = await process.stdout.readline()
    if not text.endswith(b"\n"):
        return {}
    message: dict[str, Any] = json.loads(text)
    return message


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


async def _reap(process: asyncio.subprocess.Process) -> None:
    """Waits for the end of the process, so that nothing of it is left when this returns.

    One that has said its last line ends by itself: killing it then would take its exit status away."""
    try:
        async with asyncio.timeout(_GRACE_S):
            await process.wait()
    except TimeoutError:
        _kill(process)
        await process.wait()


def _command() -> tuple[str, ...]:
    # By path: neither the package nor the folder of a PAC file gets to be imported by the child.
    return child_command("pac", Path(pac_child.__file__))


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("PROXYCHECK_")}


def _request(
    script: PacScript, questions: Sequence[PacQuestion], environment: PacEnvironment, limits: PacLimits
) -> bytes:
    offset = environment.now.utcoffset()
    request = {
        "source": script.source,
        "questions": [(question.url, question.host) for question in questions],
        "environment": {
            "addresses": environment.addresses,
            "own": environment.own_addresses,
            "now_ms": round(environment.now.timestamp() * 1000),
            "utc_offset_minutes": round(offset.total_seconds() / 60) if offset is not None else 0,
        },
        "time_s": limits.time_s,
        "memory_bytes": limits.memory_bytes,
    }
    return json.dumps(request).encode("ascii")


def _answers(questions: Sequence[PacQuestion], heard: _Heard) -> tuple[PacAnswer, ...]:
    given = [_answer(question, answer) for question, answer in zip(questions, heard.answers, strict=False)]
    reason = heard.problem.reason if heard.problem is not None and not given else _NOT_ASKED
    unknown = bool(given) or (heard.problem is not None and heard.problem.kind in NO_FAULT)
    rest = [PacAnswer(it.host, it.port, it.url, (), "", reason, (), unknown) for it in questions[len(given) :]]
    return (*given, *rest)


def _answer(question: PacQuestion, answer: dict[str, Any]) -> PacAnswer:
    raw, kind = _clean(answer["value"]), answer["kind"]
    routes, error = (parse_routes(raw), None) if kind == "string" else ((), f"FindProxyForURL returned {kind}, no text")
    if kind == "exception":
        line = f" (line {answer['line']})" if answer["line"] else ""
        raw, error = "", f"FindProxyForURL failed: {raw}{line}"
    elif routes and all(route.kind == "unrecognised" for route in routes):
        error = f"the answer {raw[:80]!r} names no proxy"
    consulted = tuple(_clean(name) for name in answer["consulted"])
    return PacAnswer(question.host, question.port, question.url, routes, raw, error, consulted)


def _clean(text: str) -> str:
    """Without lone surrogates, which a script can make and no report can hold."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
