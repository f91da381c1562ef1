"""The process of its own in which a PAC script runs: started as a script, never imported by the tool's own code.

It reads one JSON request from standard input and writes one JSON object a line to standard output, as soon as it
knows it: `{"ready": engine}`, then for each question `{"answer": {...}}`, and at most one `{"problem": {...}}`; the
last line is `{"done": {"alerts": [...]}}`. Lines that were written stay valid whatever happens afterwards.

The engine is QuickJS-NG without its modules: a script has the language and the PAC functions, and no file, network,
timer or process. Limits on time, memory and stack are the engine's own and hold on every system; POSIX limits on the
process stand behind them. Only the standard library and the engine are imported, so that starting is quick.
"""

import contextlib
import importlib
import json
import math
import re
import sys
import time
from pathlib import Path
from typing import Any, Final

if sys.platform != "win32":
    import resource

HERE: Final = Path(__file__).resolve().parent
PRELUDE: Final = ("environment.js", "functions.js")
STACK_BYTES: Final = 512 * 1024
PROCESS_OVERHEAD_BYTES: Final = 1024**3
"""Address space beyond the engine's memory: the interpreter, shared libraries, and the request itself."""

_FRAME: Final = re.compile(r"at (?P<where>\S+) \(?<input>:(?P<line>\d+)|at <input>:(?P<bare>\d+)")


class Problem(Exception):  # noqa: N818  not an error of ours: what is wrong with the script
    """Why the script as a whole cannot be used: `kind` as in `routes.pac.PacProblem`, a reason, perhaps a line."""

    def __init__(self, kind: str, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.kind, self.reason, self.line = kind, reason, line


def emit(message: dict[str, object]) -> None:
    """Writes one line of the protocol and makes sure that it leaves the process."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def limit_process(memory_bytes: int, time_s: float) -> None:
    """POSIX limits behind the engine's own: address space, processor time, no core dump, no file written."""
    if sys.platform != "win32":
        wanted = {
            resource.RLIMIT_AS: memory_bytes + PROCESS_OVERHEAD_BYTES,
            resource.RLIMIT_CPU: math.ceil(time.process_time() + time_s) + 1,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_FSIZE: 0,
        }
        for which, value in wanted.items():
            hard = resource.getrlimit(which)[1]
            # Some systems refuse a limit that they list; the engine's limits hold without it.
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(
                    which, (value, value) if hard == resource.RLIM_INFINITY else (min(value, hard), hard)
                )


def split_error(text: str, own_names: frozenset[str]) -> tuple[str, int | None]:
    """The first line of an engine's error, and the line of the script it points at.

    Frames of the PAC functions themselves are passed over: their line is not a line of the script."""
    message, _, stack = text.partition("\n")
    for frame in _FRAME.finditer(stack):
        if frame["where"] not in own_names:
            return message.strip(), int(frame["line"] or frame["bare"])
    return message.strip(), None


class Evaluator:
    """One script in one engine, with what is left of its time.

    Raises Problem for anything that makes the whole script unusable."""

    def __init__(self, request: dict[str, Any], engine: Any) -> None:
        self._engine = engine
        self._time_s = float(request["time_s"])
        self._context = engine.Context()
        self._context.set_memory_limit(int(request["memory_bytes"]))
        self._context.set_max_stack_size(STACK_BYTES)
        before = set(self._names())
        for name in PRELUDE:
            self._context.eval((HERE / name).read_text(encoding="utf-8"))
        self._own_names = frozenset(set(self._names()) - before)
        self._context.eval(f"__proxycheck__.configure({json.dumps(json.dumps(request['environment']))})")
        self._deadline = time.process_time() + self._time_s

    def _names(self) -> list[str]:
        names: list[str] = json.loads(self._context.eval("JSON.stringify(Object.getOwnPropertyNames(globalThis))"))
        return names

    def _run(self, code: str) -> Any:
        remaining = self._deadline - time.process_time()
        if remaining <= 0:
            raise Problem("time", f"it used more than {self._time_s:g} s of processor time")
        self._context.set_time_limit(remaining)
        try:
            return self._context.eval(code)
        except self._engine.JSException as error:
            self._refuse_limits(str(error))
            raise

    def _refuse_limits(self, text: str) -> None:
        message, line = split_error(text, self._own_names)
        if message == "InternalError: interrupted":
            raise Problem("time", f"it used more than {self._time_s:g} s of processor time (an endless loop?)", line)
        # Where no memory is left even for the error object, the engine throws a bare null.
        if message in {"InternalError: out of memory", "null"}:
            raise Problem("memory", "it used more memory than a PAC file may", line)

    def load(self, source: str) -> None:
        """Runs the script's top level and finds `FindProxyForURL`."""
        try:
            self._run(source)
            kind = self._run("typeof FindProxyForURL")
            other = self._run("typeof FindProxyForURLEx")
        except self._engine.JSException as error:
            message, line = split_error(str(error), self._own_names)
            # The parser points at a place; a SyntaxError that a function throws comes with that function's frame.
            if message.startswith("SyntaxError: ") and "\n    at <input>:" in str(error)[: len(message) + 20]:
                reason = f"it is not valid JavaScript: {message.removeprefix('SyntaxError: ')}"
                raise Problem("syntax", reason, line) from error
            raise Problem("error", f"it fails while it is loaded: {message}", line) from error
        if kind != "function":
            hint = "; it defines only FindProxyForURLEx, which browsers do not call" if other == "function" else ""
            raise Problem("no-function", f"it defines no function FindProxyForURL{hint}")

    def ask(self, url: str, host: str) -> dict[str, object]:
        """The script's answer for one URL; an exception inside the script is an answer with an `error`."""
        arguments = f"{json.dumps(url)}, {json.dumps(host)}"
        try:
            answer: dict[str, object] = json.loads(self._run(f"__proxycheck__.ask(FindProxyForURL, {arguments})"))
        except self._engine.JSException as error:
            message, line = split_error(str(error), self._own_names)
            return {"kind": "exception", "value": message, "line": line, "consulted": []}
        return answer

    def alerts(self) -> list[str]:
        """What the script said with `alert`, cut to a sane size."""
        said: list[str] = json.loads(self._context.eval("__proxycheck__.alerts()"))
        return said


def serve(request: dict[str, Any], engine: Any) -> None:
    """Answers one request on standard output; a script's faults are lines of the protocol, never an exception."""
    try:
        evaluator = Evaluator(request, engine)
        emit({"ready": getattr(engine, "__name__", "quickjs")})
        evaluator.load(request["source"])
        for url, host in request["questions"]:
            emit({"answer": evaluator.ask(url, host)})
        emit({"done": {"alerts": evaluator.alerts()}})
    except Problem as problem:
        emit({"problem": {"kind": problem.kind, "reason": problem.reason, "line": problem.line}})


def main() -> int:
    """Reads the request, limits the process, answers."""
    request = json.loads(sys.stdin.buffer.read())
    try:
        engine = importlib.import_module("quickjs")
    except ImportError as error:
        emit({"problem": {"kind": "no-engine", "reason": f"the JavaScript engine is missing ({error})", "line": None}})
        return 0
    limit_process(int(request["memory_bytes"]), float(request["time_s"]))
    serve(request, engine)
    return 0


if __name__ == "__main__":
    sys.exit(main())
