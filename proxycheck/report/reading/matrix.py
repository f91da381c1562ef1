"""Host by stage: how far each needed host came, failing ones first."""

from typing import Literal

from msgspec import Struct

from proxycheck.model.report import EndpointReport, Report, StageName
from proxycheck.report.reading.needs import TIERS, Need, State, needs

Column = Literal["dns", "connect", "login", "tunnel", "tls", "answer"]
COLUMNS: tuple[Column, ...] = ("dns", "connect", "login", "tunnel", "tls", "answer")
Cell = Literal["ok", "fails", "unknown", "none"]
"""`none`: the stage does not belong to this host, or was not reached."""

_ORDER: tuple[State, ...] = ("fails", "unknown", "works")
_STAGES: dict[Column, tuple[StageName, ...]] = {
    "connect": ("connect", "host_tcp"),
    "login": ("auth",),
    "tunnel": ("tunnel",),
}


class Row(Struct, frozen=True):
    """One need: its state, the endpoint that tells it, a cell for each column, and the seconds it took."""

    need: Need
    cells: tuple[Cell, ...]
    seconds: float | None

    @property
    def endpoint(self) -> EndpointReport:
        """The endpoint that tells the state."""
        return self.need.shown


def matrix(report: Report) -> tuple[Row, ...]:
    """Every need: failing, then undecided, then working ones; in each of them by tier, else as the guide lists them."""
    rows = [Row(need, tuple(_cell(need, column) for column in COLUMNS), _seconds(need.shown)) for need in needs(report)]
    return tuple(sorted(rows, key=lambda row: (_ORDER.index(row.need.state), TIERS.index(row.endpoint.tier))))


def _cell(need: Need, column: Column) -> Cell:
    endpoint = need.shown
    if column == "dns":
        return _name(endpoint)
    if column == "tls":
        return _tls(endpoint)
    if column == "answer":
        return {"works": "ok", "fails": "fails", "unknown": "unknown"}[need.state] if need.measured else "none"  # type: ignore[return-value]
    outcomes = [stage.outcome for stage in endpoint.stages if stage.stage in _STAGES[column]]
    if not outcomes or outcomes[-1] == "skipped":
        return "none"
    return "ok" if outcomes[-1] == "ok" else "fails"


def _name(endpoint: EndpointReport) -> Cell:
    """The name of the host: found by the proxy where a tunnel opened, else by this computer."""
    if "connect.dns-failure" in endpoint.causes:
        return "fails"
    outcomes = {stage.stage: stage.outcome for stage in endpoint.stages}
    if outcomes.get("host_dns") == "failed":
        return "fails"
    return "ok" if "ok" in (outcomes.get("host_dns"), outcomes.get("host_tcp"), outcomes.get("connect")) else "none"


def _tls(endpoint: EndpointReport) -> Cell:
    if endpoint.tls is None:
        return "none"
    verdicts: dict[str | None, Cell] = {"passthrough": "ok", "inspected": "fails"}
    return verdicts.get(endpoint.tls.verdict, "unknown")


def _seconds(endpoint: EndpointReport) -> float | None:
    """From the first stage's start to the last one's end."""
    starts = [stage.at_s for stage in endpoint.stages if stage.at_s is not None]
    ends = [s.at_s + (s.duration_s or 0.0) for s in endpoint.stages if s.at_s is not None]
    return round(max(ends) - min(starts), 3) if starts else None
