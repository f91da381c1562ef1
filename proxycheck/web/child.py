"""The process of one run: reads an `Order`, a line of standard input, and writes the report to standard output.

With `Order.progress` it tells each step before that (`proxycheck.web.order.Step`). Where there is no report, it says
why on standard error and ends with the exit code of that error. Standard input stays open as long as somebody wants the
report: when it ends, even because the other program was killed, so does this one. A byte on it ends the measuring as
Ctrl-C does, and the report is of what was found so far."""

import _thread
import contextlib
import os
import signal
import sys
import threading
from pathlib import Path

import msgspec
from msgspec import structs

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.errors import ProxycheckError
from proxycheck.garbage import collect_seldom
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import Phase
from proxycheck.model.report import Report
from proxycheck.model.target import ProxyAddress
from proxycheck.report.json import encode
from proxycheck.routes.system.proxy_text import without_secrets
from proxycheck.runner import Interruption, Plan, run
from proxycheck.runner.selection import select
from proxycheck.web.order import Order, ProgressEvent
from proxycheck.wire.secrets.redaction import Redactor

FAULT = 4
Found = tuple[ProxyAddress | None, tuple[Evidence, ...]]


class _Unwatched:
    """Nobody watches this run."""

    def phase(self, name: Phase, total: int) -> None:
        """A check begins."""

    def started(self, what: str) -> None:
        """A step begins."""

    def finished(self, what: str, outcome: str) -> None:
        """A step ended."""

    def certain(self, blocker: str) -> None:
        """A blocker is certain."""

    def named(self, proxy: str) -> None:
        """The PAC file names this proxy."""


class _Told:
    """Each step is a line of standard output."""

    def phase(self, name: Phase, total: int) -> None:
        """A check begins."""
        self._write(ProgressEvent(phase=name, total=total))

    def started(self, what: str) -> None:
        """A step begins."""

    def finished(self, what: str, outcome: str) -> None:
        """A step ended."""
        self._write(
            ProgressEvent(
                what=what, outcome="ok" if outcome == "ok" else "unclear" if outcome == "unclear" else "failed"
            )
        )

    def certain(self, blocker: str) -> None:
        """A blocker is certain."""
        self._write(ProgressEvent(blocker=blocker))

    def named(self, proxy: str) -> None:
        """The PAC file names this proxy."""
        self._write(ProgressEvent(proxy=proxy))

    def _write(self, step: ProgressEvent) -> None:
        sys.stdout.buffer.write(msgspec.json.encode(step) + b"\n")
        sys.stdout.buffer.flush()


def plan_for(order: Order, named: ProxyAddress | None = None, prior: tuple[Evidence, ...] = ()) -> Plan:
    """The plan that `order` asks for; a PAC file may have `named` a proxy, with `prior` as the evidence.

    Raises ProxycheckError for a device or a choice of endpoints that is none."""
    device = load_device(order.device)
    username = order.credentials.username if order.credentials is not None else None
    proxy = order.proxy or named
    return Plan(
        device=device,
        endpoints=select(device.endpoints, order.tier, order.only, order.add),
        proxy=None if proxy is None else structs.replace(proxy, username=username),
        credentials=order.credentials,
        roots=None if order.roots is None else Path(order.roots),
        ct_log_list=None if order.ct_log_list is None else Path(order.ct_log_list),
        timeout_s=order.timeout_s,
        concurrency=order.concurrency,
        grows=order.progress,
        user_agent=order.user_agent,
        controls=order.compare_direct,
        network=order.network,
        prior=prior,
        command="pac" if proxy is None else "check",
        options={
            "proxy": None if proxy is None else proxy.url,
            "pac": None if order.pac is None else without_secrets(order.pac),
            "device": device.name,
            "tier": order.tier,
            "only": list(order.only),
            "add": list(order.add),
            "user": username,
            "roots": order.roots,
            "ct_log_list": order.ct_log_list,
            "timeout": order.timeout_s,
            "concurrency": order.concurrency,
            "user_agent": order.user_agent,
            "compare_direct": order.compare_direct,
            "network": order.network,
        },
    )


def _prepared(order: Order, observer: "_Unwatched | _Told", interruption: Interruption) -> Found:
    """The proxy that the PAC file names, and the evidence, where there is a PAC file."""
    if order.pac is None:
        return None, ()
    from proxycheck.runner.preparation import Wish, prepare  # noqa: PLC0415  most runs have none: they start faster

    device = load_device(order.device)
    observer.phase("pac-file", 0)
    endpoints = select(device.endpoints, order.tier, order.only, order.add)
    wish = Wish(device=device, endpoints=endpoints, pac=order.pac, content=order.pac_content, lookup=order.network)
    found = prepare(wish, interruption)
    if found.proxy is not None and order.proxy is None:
        observer.named(found.proxy.url)
    return found.proxy, found.evidence


def _interrupt() -> None:
    """Does to the main thread what Ctrl-C does; where that thread waits for the network, only a signal wakes it."""
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _measured(order: Order, *, asked_to_end: bool) -> Report:
    """The report of the run, interrupted where it takes longer than it may, or where standard input asks for it: also
    where it did so before anything began."""
    watch = threading.Timer(order.limit_s, _interrupt)
    watch.daemon = True
    try:
        with Interruption() as interruption:
            watch.start()
            threading.Thread(target=_heed_standard_input, daemon=True).start()
            if asked_to_end:
                _interrupt()
            observer: _Told | _Unwatched = _Told() if order.progress else _Unwatched()
            found = _prepared(order, observer, interruption)
            return run(plan_for(order, *found), load_knowledge, observer, interruption)
    finally:
        watch.cancel()


def _heed_standard_input() -> None:
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 1):
            _interrupt()
    os._exit(FAULT)


def _read_order() -> tuple[Order, bool]:
    """The order, and whether more than its line came with it: then the run is to end already."""
    read = bytearray()
    while b"\n" not in read and (piece := os.read(sys.stdin.fileno(), 1 << 16)):
        read += piece
    line, _, more = read.partition(b"\n")
    return msgspec.json.decode(line, type=Order), bool(more)


def _say(sentence: str, order: Order, code: int) -> int:
    sys.stderr.buffer.write(Redactor(order.credentials).clean(sentence.encode("utf-8", "replace")))
    return code


def main() -> int:
    """Runs the order that stands on standard input; the exit code is 0 where there is a report."""
    collect_seldom()
    order, asked_to_end = _read_order()
    try:
        report = _measured(order, asked_to_end=asked_to_end)
    except ProxycheckError as error:
        return _say(str(error), order, error.exit_code)
    except KeyboardInterrupt:
        return _say("the run was interrupted before it could tell anything", order, FAULT)
    except Exception as error:
        return _say(f"a fault of the tool itself stopped the run ({type(error).__name__}: {error})", order, FAULT)
    if order.progress:
        sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.write(encode(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
