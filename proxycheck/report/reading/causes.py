"""The few reasons, each as a person is told it: what was seen, which hosts it affects, what to change."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from proxycheck.model.cause import Cause, ProductName, Remedy, Severity
from proxycheck.model.report import Report
from proxycheck.report.reading.needs import Need, cost, needs
from proxycheck.report.texts import texts

_ERROR_NUMBER = re.compile(r"\[(?:Errno|WinError) -?\d+\] ")
_CALL_FAILED = re.compile(r"Connect call failed \('([^']*)', (\d+)[^)]*\)")
SEVERITIES: tuple[Severity, ...] = ("blocker", "degraded", "info")


class Affected(Struct, frozen=True):
    """Hosts that a cause affects on one port."""

    port: str
    hosts: tuple[str, ...]


class Change(Struct, frozen=True):
    """One thing to change: the sentence, the product it is for, the lines to enter, whole, and the words for whether it
    was made on the product (`basis`, empty for advice that fits every product)."""

    text: str
    product: str | None
    config: tuple[str, ...]
    basis: str = ""


class Reason(Struct, frozen=True):
    """One cause. `everything`: it affects all endpoints of the run; `product` only where the proxy's own products do
    not name it. `count` says how many of all needs it stops, empty where it is about none; `affected` are these, and
    `spare` the alternatives that it affects besides."""

    cause: Cause
    title: str
    paragraphs: tuple[str, ...]
    seen: tuple[str, ...]
    count: str
    affected: tuple[Affected, ...]
    spare: tuple[str, ...]
    everything: bool
    product: ProductName | None
    changes: tuple[Change, ...]


def by_weight(causes: tuple[Cause, ...]) -> list[Cause]:
    """Blockers, then what degrades, then notes; within one severity as the diagnosis ordered them."""
    return sorted(causes, key=lambda cause: SEVERITIES.index(cause.severity))


def reasons(report: Report) -> tuple[Reason, ...]:
    """Every cause in order of weight."""
    everything = needs(report)
    return tuple(_reason(report, cause, everything) for cause in by_weight(report.causes))


def the_one_reason(report: Report) -> Reason | None:
    """The cause for which nothing at all works; None where something does or may, or where there are several."""
    if report.verdict == "inconclusive":
        return None
    found = [reason for reason in reasons(report) if reason.cause.severity != "info"]
    alone = len(found) == 1 and (found[0].everything or not found[0].cause.endpoints)
    return found[0] if alone and not any(e.verdict in ("pass", "warn") for e in report.endpoints) else None


def basis_of(remedy: Remedy, *, whole: bool = False) -> str:
    """Whether a remedy was made on its product, or is what the documentation says; `whole`: with the source."""
    words = texts().causes
    if remedy.proved:
        return words.proved.format(engine=remedy.proved)
    if remedy.documented is None:
        return ""
    return words.source.format(source=remedy.documented) if whole else words.documented


def _reason(report: Report, cause: Cause, everything: Sequence[Need]) -> Reason:
    named = report.proxy.products if report.proxy else ()
    whole, costs = len(report.endpoints), cost(everything, cause.endpoints)
    count = texts().causes.needed.format(number=len(costs.needed), total=len(everything))
    return Reason(
        cause=cause,
        title=cause.title.rstrip("."),
        paragraphs=tuple(cause.explanation.splitlines()),
        seen=tuple(map(_in_words, cause.because)),
        count=count if cause.endpoints else "",
        affected=_affected(costs.needed),
        spare=costs.spare,
        everything=whole > 1 and len(cause.endpoints) == whole,
        product=cause.product if cause.product not in named else None,
        changes=tuple(map(_change, cause.remedies)),
    )


def _change(remedy: Remedy) -> Change:
    return Change(remedy.text, remedy.product, tuple((remedy.config or "").splitlines()), basis_of(remedy))


def _in_words(sentence: str) -> str:
    """A sentence of the evidence without the numbers and names of the system's own errors."""
    return _CALL_FAILED.sub(r"no connection to \1:\2", _ERROR_NUMBER.sub("", sentence))


def _affected(endpoints: Iterable[str]) -> tuple[Affected, ...]:
    hosts: dict[str, list[str]] = defaultdict(list)
    for endpoint in endpoints:
        host, _, port = endpoint.rpartition(":")
        hosts[port].append(host)
    return tuple(Affected(port, tuple(names)) for port, names in hosts.items())
