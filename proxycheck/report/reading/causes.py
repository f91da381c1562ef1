"""The few reasons, each as a person is told it: what was seen, which hosts it affects, what to change."""

from collections import defaultdict

from msgspec import Struct

from proxycheck.model.cause import Cause, ProductName, Severity
from proxycheck.model.report import Report

SEVERITIES: tuple[Severity, ...] = ("blocker", "degraded", "info")


class Affected(Struct, frozen=True):
    """Hosts that a cause affects on one port."""

    port: str
    hosts: tuple[str, ...]


class Change(Struct, frozen=True):
    """One thing to change: the sentence, the product it is for, and the lines to enter, whole."""

    text: str
    product: str | None
    config: tuple[str, ...]


class Reason(Struct, frozen=True):
    """One cause. `everything`: it affects all endpoints of the run; `product` only where the proxy's own products do
    not name it."""

    cause: Cause
    title: str
    paragraphs: tuple[str, ...]
    seen: tuple[str, ...]
    affected: tuple[Affected, ...]
    everything: bool
    product: ProductName | None
    changes: tuple[Change, ...]


def by_weight(causes: tuple[Cause, ...]) -> list[Cause]:
    """Blockers, then what degrades, then notes; within one severity as the diagnosis ordered them."""
    return sorted(causes, key=lambda cause: SEVERITIES.index(cause.severity))


def reasons(report: Report) -> tuple[Reason, ...]:
    """Every cause in order of weight."""
    named = report.proxy.products if report.proxy else ()
    whole = len(report.endpoints)
    return tuple(
        Reason(
            cause=cause,
            title=cause.title.rstrip("."),
            paragraphs=tuple(cause.explanation.splitlines()),
            seen=cause.because,
            affected=_affected(cause),
            everything=whole > 1 and len(cause.endpoints) == whole,
            product=cause.product if cause.product not in named else None,
            changes=tuple(Change(r.text, r.product, tuple((r.config or "").splitlines())) for r in cause.remedies),
        )
        for cause in by_weight(report.causes)
    )


def the_one_reason(report: Report) -> Reason | None:
    """The cause for which nothing at all works; None where something does, or where there are several."""
    found = [reason for reason in reasons(report) if reason.cause.severity != "info"]
    alone = len(found) == 1 and (found[0].everything or not found[0].affected)
    return found[0] if alone and not any(e.verdict in ("pass", "warn") for e in report.endpoints) else None


def _affected(cause: Cause) -> tuple[Affected, ...]:
    hosts: dict[str, list[str]] = defaultdict(list)
    for endpoint in cause.endpoints:
        host, _, port = endpoint.rpartition(":")
        hosts[port].append(host)
    return tuple(Affected(port, tuple(names)) for port, names in hosts.items())
