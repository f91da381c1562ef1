"""The loop from a report to a scenario and back, and what is equal at its end."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from proxycheck.catalogue.scenarios import read_scenario
from proxycheck.lab.rehearsal import rehearse_all
from proxycheck.lab.reproduction.composition import reproduce
from proxycheck.lab.reproduction.written import toml_of
from proxycheck.model.files.scenario import Scenario
from proxycheck.model.report import Report
from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.support import known

Told = tuple[str, tuple[tuple[str, str, tuple[str, ...]], ...]]
"""The verdict, and each cause with its severity and endpoints."""


def reproduced(report: Report, file: Path) -> Scenario:
    """The scenario of a report, as it is read from the file it was written to; the report as it is read from JSON."""
    saved = decode(encode(report))
    found = reproduce(saved, known.device(saved.device.name), known.knowledge()).scenario
    file.write_bytes(toml_of(found))
    read = read_scenario(file)
    assert read == found
    return read


def judged_today(report: Report) -> Report:
    """A report as today's rules judge it."""
    return judge_again(report, known.device(report.device.name), known.knowledge())


def told(report: Report, left_out: Iterable[str] = (), beside: Report | None = None) -> Told:
    """What a report says, but for causes that no lab plays.

    Beside another report, of the endpoints that both measured: an alternative is only asked for where the one before it
    fails or is late, which depends on what else the machine does."""
    once = _measured(report) ^ _measured(beside or report)
    causes = [c for c in report.causes if c.code not in set(left_out)]
    return report.verdict, tuple(sorted((c.code, c.severity, tuple(sorted(set(c.endpoints) - once))) for c in causes))


def _measured(report: Report) -> set[str]:
    return {endpoint.id for endpoint in report.endpoints if endpoint.verdict != "skipped"}


def played(scenarios: Mapping[str, Scenario]) -> dict[str, Report]:
    """What the check says of each scenario's proxy; the comparison with what is due must hold as well."""
    devices = {name: known.device(name) for name in {scenario.device for scenario in scenarios.values()}}
    done = rehearse_all(scenarios.items(), devices, known.knowledge(), lambda _: None)
    return {each.outcome.name: each.report for each in done}


def difference(before: Told, after: Told) -> str:
    """What is not the same, in words; nothing where all is."""
    if before == after:
        return ""
    if before[0] != after[0]:
        return f"{before[0]} became {after[0]}"
    lost = [f"{code} ({severity})" for code, severity, _ in before[1]]
    found = [f"{code} ({severity})" for code, severity, _ in after[1]]
    return f"{lost} became {found}" if lost != found else "other endpoints"
