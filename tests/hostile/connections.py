"""Whole runs of the real checks against a hostile proxy, by the clock that jumps: no socket is opened."""

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from proxycheck.errors import describe_fault
from proxycheck.model.report import Report
from proxycheck.model.target import Credentials, Target
from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.hostile.conversations import OPENING, PLAIN, REFUSING, SAME_PAGE, Kind
from tests.hostile.writers import acting
from tests.support.answers import OPEN, answer
from tests.support.known import knowledge
from tests.support.scripted import HEAD, Expect, Play, Script, ScriptedNetwork
from tests.support.worlds import Stopwatch, device, endpoints, report_on

LONGEST_S = 240.0
"""Of simulated time: every stage has its deadline."""
LONGEST_WORK_S = 20.0
"""Of the processor, for one run and what is made of it."""
_NEEDS = 10
_SAME = (200, 204, 302, 307, 403, 404, 500, 502, 503)


@dataclass
class Outcome:
    """One run: how many connections of each kind it made, and what it did wrong."""

    seed: int
    kinds: Counter[str] = field(default_factory=Counter)
    verdict: str = ""
    crash: str | None = None
    hang: str | None = None
    false_pass: str | None = None
    report: Report | None = None


class HostileProxy:
    """A proxy of one seed. It has a temper: how often it opens tunnels, and how alike its answers are."""

    def __init__(self, seed: int) -> None:
        chance = Random(f"temper {seed}")
        self._seed = seed
        self._opens = chance.choice((0.0, 0.5, 0.9, 1.0, 1.0))
        page = answer(chance.choice(_SAME), SAME_PAGE, "Location: http://login.gate.example/")
        self._same = page if chance.random() < 0.4 else None
        self._one = chance.choice(tuple(REFUSING)) if chance.random() < 0.2 else None
        self._counts: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()

    def play(self, _host: str, _port: int, _number: int) -> Play:
        """One connection; what it is about is known when the client has spoken."""
        return self._connection

    def _connection(self) -> Script:
        first = yield Expect()
        method, _, rest = first.decode("latin-1").partition(" ")
        about = rest.partition(" ")[0] if method == "CONNECT" else method
        self._counts[about] += 1
        chance = Random(f"{self._seed} {about} {self._counts[about]}")
        target = _target(about) if method == "CONNECT" else None
        name, kind = self._kind(chance, target)
        self.kinds[name] += 1
        yield from _after(kind(chance, target or Target("proxy", 1)), first)

    def _kind(self, chance: Random, target: Target | None) -> tuple[str, Kind]:
        if target is None and self._same is not None:
            return "one-page-for-all", self._page
        if target is None or chance.random() >= self._opens:
            name = self._one or chance.choice(tuple(REFUSING))
            return name, REFUSING[name]
        if target.port == 80 and self._same is not None:
            return "one-page-for-all", self._page_inside
        kinds = PLAIN if target.port == 80 else OPENING
        name = chance.choice(tuple(kinds))
        return name, kinds[name]

    def _page(self, _chance: Random, _target: Target) -> Script:
        yield HEAD
        yield self._same or b""

    def _page_inside(self, chance: Random, target: Target) -> Script:
        yield HEAD
        yield OPEN
        yield from self._page(chance, target)


def _after(script: Script, first: bytes) -> Script:
    """A script whose client has spoken already."""
    step = next(script, None)
    if isinstance(step, Expect) and step.taken(first):
        step = script.send(first)
    while step is not None:
        heard = yield step
        try:
            step = script.send(heard) if isinstance(step, Expect) else next(script)
        except StopIteration:
            return


def _target(authority_form: str) -> Target:
    host, _, port = authority_form.rpartition(":")
    return Target(host.strip("[]"), int(port))


def play(seed: int) -> Outcome:
    """One run, and what is made of its report: written, read, shown, judged again."""
    chance = Random(f"run {seed}")
    outcome = Outcome(seed)
    needs = [e for e in endpoints() if e.speaks != "teamviewer"]
    plain = [e for e in needs if e.port == 80 and e.any_of is None]
    chosen = chance.sample(needs, _NEEDS) + chance.sample(plain, 3)
    wanted = tuple({endpoint.id: endpoint for endpoint in chosen}.values())
    proxy, watch, began = HostileProxy(seed), Stopwatch(), time.process_time()
    try:
        report = report_on(
            ScriptedNetwork(proxy.play),
            wanted,
            credentials=Credentials("clerk", "open sesame") if chance.random() < 0.5 else None,
            concurrency=chance.choice((1, 4, 32)),
            watch=watch,
            faultless=False,
        )
        outcome.report, outcome.verdict = report, report.verdict
        outcome.crash = _crash(report)
        outcome.false_pass = _false_pass(report)
    except Exception as error:
        outcome.crash = describe_fault(error)
    outcome.kinds = proxy.kinds
    work = time.process_time() - began
    if watch.seconds > LONGEST_S or work > LONGEST_WORK_S:
        outcome.hang = f"{watch.seconds:.0f} s of simulated time, {work:.0f} s of work"
    return outcome


def _crash(report: Report) -> str | None:
    """What went wrong in the run, or in what is made of its report."""
    if report.tool.fault:
        return "; ".join(f"{fault.check}: {fault.error}" for fault in report.tool.fault)
    again = judge_again(decode(encode(report)), device(), knowledge())
    if (again.verdict, again.causes, again.endpoints) != (report.verdict, report.causes, report.endpoints):
        return "judged again, the report says something else"
    return acting(report)


def _false_pass(report: Report) -> str | None:
    """What is said to work, though no host was there."""
    passed = [entry.id for entry in report.endpoints if entry.verdict == "pass"]
    if passed or report.verdict in ("compatible", "degraded"):
        return f"{report.verdict}: {', '.join(passed)}"
    return None
