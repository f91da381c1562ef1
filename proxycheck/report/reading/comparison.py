"""Two runs side by side: what was mended, what broke, what is as it was, by function and by cause."""

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from proxycheck.model.cause import CauseCode, Severity
from proxycheck.model.device import Tier
from proxycheck.model.report import Report, Verdict
from proxycheck.report.reading.causes import by_weight
from proxycheck.report.reading.functions import FunctionState, functions
from proxycheck.report.reading.needs import Need, cost, needs
from proxycheck.report.reading.proxy import proxy_url
from proxycheck.report.texts import texts

SCHEMA: Literal["proxycheck.comparison/1"] = "proxycheck.comparison/1"
Change = Literal["mended", "broke", "better", "worse", "same"]
"""`mended`: it did not work and does now. `broke`: it worked and does not any more. `better`, `worse`: in between."""

Outcome = Change | Literal["mixed", "changed"]
"""What became of the whole. `mixed`: some of it better and some worse. `changed`: nothing works better or worse, but
other causes are behind it."""

_ANSWERS: tuple[FunctionState, ...] = ("lost", "unknown", "partly", "works")
_DOWN: frozenset[Change] = frozenset(("broke", "worse"))
_UP: frozenset[Change] = frozenset(("mended", "better"))
_VERDICTS: tuple[Verdict, ...] = ("incompatible", "inconclusive", "degraded", "compatible")


class Side(Struct, frozen=True):
    """One of the two runs."""

    run: str
    started_at: str
    device: str
    proxy: str | None
    verdict: Verdict


class FunctionChange(Struct, frozen=True):
    """One function of the device before and after; None where that run did not ask for it."""

    name: str
    tier: Tier
    before: FunctionState | None
    after: FunctionState | None
    change: Change


class CauseChange(Struct, frozen=True):
    """One cause: gone (`mended`), new (`broke`), or still there with more or fewer hosts (`worse`, `better`, `same`).
    `freed` and `caught` are what it does not stop any more, and what it stops now: an endpoint for each need."""

    code: CauseCode
    severity: Severity
    title: str
    change: Change
    freed: tuple[str, ...] = ()
    caught: tuple[str, ...] = ()


class Comparison(Struct, frozen=True):
    """The whole comparison. `worse`: something works less well than before. `change` is `same` only where nothing
    changed, whatever became of the verdict. `remarks` say what makes the two runs hard to compare."""

    schema: Literal["proxycheck.comparison/1"]
    old: Side
    new: Side
    worse: bool
    change: Outcome
    functions: tuple[FunctionChange, ...]
    causes: tuple[CauseChange, ...]
    mended: tuple[str, ...]
    broke: tuple[str, ...]
    remarks: tuple[str, ...]


def compare(old: Report, new: Report) -> Comparison:
    """What changed from `old` to `new`."""
    before, after = _by_name(needs(old)), _by_name(needs(new))
    both = [name for name in after if name in before]
    mended = tuple(n for n in both if before[n].state != "works" and after[n].state == "works")
    broke = tuple(n for n in both if before[n].state == "works" and after[n].state != "works")
    verdict = _verdict(old, new)
    changed, causes = tuple(_functions(old, new)), tuple(_causes(old, new))
    directions = {verdict, *(each.change for each in changed)}
    worse = bool(broke) or bool(directions & _DOWN) or any(_takes(cause, before) for cause in causes)
    better = bool(mended) or bool(directions & _UP)
    return Comparison(
        schema=SCHEMA,
        old=_side(old),
        new=_side(new),
        worse=worse,
        change=_outcome(verdict, {cause.change for cause in causes}, worse=worse, better=better),
        functions=changed,
        causes=causes,
        mended=tuple(after[name].shown.id for name in mended),
        broke=tuple(after[name].shown.id for name in broke),
        remarks=tuple(_remarks(old, new, before.keys() ^ after.keys())),
    )


def _verdict(old: Report, new: Report) -> Change:
    """How the verdict changed. One that is better only because less was asked for is not."""
    change = _direction(_VERDICTS.index(old.verdict), _VERDICTS.index(new.verdict), len(_VERDICTS) - 1)
    if change in _UP and _left_out(new) - _left_out(old):
        return "same"
    return "same" if change in _DOWN and _left_out(old) - _left_out(new) else change


def _left_out(report: Report) -> frozenset[str]:
    return frozenset(missing.id for missing in report.run.request.left_out)


def _takes(cause: CauseChange, before: Mapping[str, Need]) -> bool:
    """Whether the cause takes something that did not fail before: one that shows only now, because another stopped the
    same hosts, takes nothing."""
    if cause.severity == "info" or cause.change not in _DOWN:
        return False
    failed = {member.id for need in before.values() if need.state == "fails" for member in need.members}
    return not cause.caught or not failed.issuperset(cause.caught)


def _outcome(verdict: Change, causes: set[Change], *, worse: bool, better: bool) -> Outcome:
    if worse and better:
        return "mixed"
    if worse:
        return verdict if verdict in _DOWN else "worse"
    if better or (causes & _UP and not causes & _DOWN):
        return verdict if verdict in _UP else "better"
    return "changed" if causes - {"same"} else "same"


def _side(report: Report) -> Side:
    return Side(report.run.id, report.run.started_at, report.device.title, proxy_url(report), report.verdict)


def _by_name(found: Iterable[Need]) -> dict[str, Need]:
    return {need.shown.any_of or need.shown.id: need for need in found}


def _direction(before: int, after: int, best: int) -> Change:
    if before == after:
        return "same"
    if after > before:
        return "mended" if after == best else "better"
    return "broke" if before == best else "worse"


def _functions(old: Report, new: Report) -> Iterable[FunctionChange]:
    before = {each.name: each.answer for each in functions(old)}
    after = {each.name: each for each in functions(new)}
    asked_otherwise = _left_out(old) != _left_out(new)
    for name, function in after.items():
        was = before.get(name)
        change: Change = "same"
        if was is not None and not (asked_otherwise and "unknown" in (was, function.answer)):
            change = _direction(_ANSWERS.index(was), _ANSWERS.index(function.answer), len(_ANSWERS) - 1)
        yield FunctionChange(name, function.tier, was, function.answer, change)
    for function in functions(old):
        if function.name not in after:
            yield FunctionChange(function.name, function.tier, function.answer, None, "same")


def _causes(old: Report, new: Report) -> Iterable[CauseChange]:
    before, after = _affected(old, _left_out(new)), _affected(new, _left_out(old))
    titles = {cause.code: (cause.severity, cause.title.rstrip(".")) for cause in (*old.causes, *by_weight(new.causes))}
    for code, (severity, title) in titles.items():
        if code not in after and code not in before:
            continue  # it stops only what one of the runs was asked for
        if code not in after:
            yield CauseChange(code, severity, title, "mended", freed=_without(before[code], {}))
        elif code not in before:
            yield CauseChange(code, severity, title, "broke", caught=_without(after[code], {}))
        else:
            freed, caught = _without(before[code], after[code]), _without(after[code], before[code])
            change: Change = "worse" if caught else "better" if freed else "same"
            yield CauseChange(code, severity, title, change, freed, caught)


def _affected(report: Report, left_out: frozenset[str]) -> Mapping[CauseCode, Mapping[str, str]]:
    """By cause, the names of the needs that it stops, and the endpoint that tells each; without those that the other
    run was not asked about."""
    everything = needs(report)
    names = {member.id: name for name, need in _by_name(everything).items() for member in need.members}
    unasked = {names.get(endpoint, endpoint) for endpoint in left_out}
    found: dict[CauseCode, dict[str, str]] = {}
    for cause in report.causes:
        stopped = {names.get(e, e): e for e in cost(everything, cause.endpoints).needed}
        shared = {name: endpoint for name, endpoint in stopped.items() if name not in unasked}
        if shared or not stopped:
            found.setdefault(cause.code, {}).update(shared)
    return found


def _without(affected: Mapping[str, str], others: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(endpoint for name, endpoint in affected.items() if name not in others))


def _remarks(old: Report, new: Report, alone: Iterable[str]) -> Iterable[str]:
    words = texts().compare
    if old.device.name != new.device.name:
        yield words.other_device.format(old=old.device.title, new=new.device.title)
    before, after = (proxy_url(report) or words.no_proxy for report in (old, new))
    if before.partition("://")[2] != after.partition("://")[2]:  # the same address, typed otherwise, is the same proxy
        yield words.other_proxy.format(old=before, new=after)
    number = len({*alone})
    if number:
        yield words.only_in_one.format(number=number)
    if old.run.started_at > new.run.started_at:
        yield words.turned_round
