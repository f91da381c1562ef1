"""What was measured and is good, what was asked and is not, and what was not measured: no silence means a pass."""

from collections import defaultdict

from msgspec import Struct

from proxycheck.model.report import CheckReport, Report, TlsVerdict
from proxycheck.model.text import counted
from proxycheck.report.reading.needs import needs
from proxycheck.report.texts import texts

_PROOFS: tuple[TlsVerdict | None, ...] = ("inspected", "inconclusive", "passthrough", None)
_TOLD_WHEN_GOOD = ("authentication", "network", "canary")
"""Checks whose good answer says something that no endpoint says."""


class Proof(Struct, frozen=True):
    """Why TLS is judged as it is, and the endpoints that it holds for."""

    verdict: TlsVerdict | None
    proof: str
    endpoints: tuple[str, ...]


class Untried(Struct, frozen=True):
    """Endpoints that were not measured for one reason, in the report's words."""

    reason: str
    endpoints: tuple[str, ...]


def proofs(report: Report) -> tuple[Proof, ...]:
    """A proof each, the gravest verdict first; empty where no TLS was tried."""
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for endpoint in report.endpoints:
        if endpoint.tls is not None:
            found[_PROOFS.index(endpoint.tls.verdict), endpoint.tls.proof].append(endpoint.id)
    ordered = sorted(found.items(), key=lambda each: (each[0][0], -len(each[1])))
    return tuple(Proof(_PROOFS[rank], proof, tuple(names)) for (rank, proof), names in ordered)


def tls_sentence(report: Report) -> str | None:
    """Whether somebody reads TLS, in one sentence; None where no TLS was tried."""
    words = texts().findings
    counts = dict.fromkeys(_PROOFS, 0)
    for proof in proofs(report):
        counts[proof.verdict] += len(proof.endpoints)
    total = sum(counts.values())
    if not total:
        return None
    if counts["passthrough"] == total:
        return words.nobody_reads.format(hosts=counted(total, "host"))
    undecided = total - counts["passthrough"] - counts["inspected"]
    chosen = words.somebody_reads if counts["inspected"] else words.not_all_proved
    return chosen.format(
        hosts=counted(total, "host"), proved=counts["passthrough"], inspected=counts["inspected"], undecided=undecided
    )


def good(report: Report) -> tuple[str, ...]:
    """What was measured and found good, a sentence each."""
    proved = {proof.verdict for proof in proofs(report)}
    sentence = tls_sentence(report)
    told = [sentence] if sentence is not None and "passthrough" in proved and "inspected" not in proved else []
    if report.run.command == "check":
        told += [_about(check) for check in report.checks if check.id in _TOLD_WHEN_GOOD and check.verdict == "pass"]
    return tuple(told)


def open_questions(report: Report) -> tuple[CheckReport, ...]:
    """Checks with a bad or no answer that no cause tells."""
    return tuple(check for check in report.checks if not check.causes and check.verdict not in ("pass", "skipped"))


def untried(report: Report) -> tuple[Untried, ...]:
    """Needs that were not measured, by reason, and those not asked for; an alternative that was not needed is none of
    them."""
    found: dict[str, list[str]] = defaultdict(list)
    for need in needs(report):
        if not need.measured:
            reason = need.shown.reason.removeprefix("not measured: ").rstrip(".")
            found[reason].append(need.shown.id)
    told = [Untried(reason, tuple(names)) for reason, names in found.items()]
    left_out = report.run.request.left_out if report.run.command == "check" else ()
    if left_out:
        told.append(Untried(texts().verdict.not_asked_for, tuple(missing.id for missing in left_out)))
    return tuple(told)


def unasked(report: Report) -> tuple[CheckReport, ...]:
    """Checks that were not made."""
    return tuple(check for check in report.checks if check.verdict == "skipped")


def _about(check: CheckReport) -> str:
    reason = check.reason.rstrip(".")
    words = texts().findings
    template = {"authentication": words.login, "network": words.network, "canary": words.canary}[check.id]
    return template.format(reason=reason)
