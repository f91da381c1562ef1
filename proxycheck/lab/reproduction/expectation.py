"""What is due of the reproduction: the report's verdict and causes, with endpoints in as few patterns as are exact."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from proxycheck.lab.comparison import spoken
from proxycheck.model.device import Endpoint
from proxycheck.model.files.scenario import DueCause, Expectation
from proxycheck.model.report import EndpointReport, Report
from proxycheck.wire.domains import domain_of

_MOST_EXCEPTIONS = 6


_Words = tuple[str, ...]


class Patterns(Struct, frozen=True):
    """Endpoints as a scenario names them."""

    endpoints: tuple[str, ...] = ("all",)
    excluded: tuple[str, ...] = ()


def expectation(report: Report, left_out: Iterable[str] = ()) -> Expectation:
    """The verdict and causes of a report; codes in `left_out` are not due.

    Only measured endpoints decide how the others are named: an alternative that was not asked for may well be asked for
    in the lab, where the one before it is late, and may then be named as the others of its kind."""
    measured = [endpoint for endpoint in report.endpoints if endpoint.verdict != "skipped"]
    named: dict[tuple[str, str], set[str]] = {}
    kept = [cause for cause in report.causes if cause.code not in set(left_out)]
    for cause in kept:
        named.setdefault((cause.code, cause.severity), set()).update(cause.endpoints)
    due = []
    for cause in kept:
        found = patterns(named[cause.code, cause.severity], measured)
        due.append(
            DueCause(code=cause.code, severity=cause.severity, endpoints=found.endpoints, excluded=found.excluded)
        )
    return Expectation(verdict=report.verdict, causes=tuple(due))


def patterns(named: set[str], endpoints: Sequence[EndpointReport]) -> Patterns:
    """The shortest patterns for exactly these endpoints of a report; of none, `all`: the cause is about the set-up."""
    wanted = [endpoint for endpoint in endpoints if endpoint.id in named]
    if not wanted or len(wanted) == len(endpoints):
        return Patterns()
    for kind in ("tls", "http", "teamviewer"):
        if {e.id for e in endpoints if spoken(e) == kind} == named:
            return Patterns((kind,))
    several = listed(wanted, endpoints)
    missing = [endpoint for endpoint in endpoints if endpoint.id not in named]
    if len(missing) <= min(_MOST_EXCEPTIONS, len(several) - 1):
        return Patterns(excluded=listed(missing, endpoints))
    return Patterns(several)


def listed(wanted: Sequence[EndpointReport | Endpoint], endpoints: Sequence[EndpointReport | Endpoint]) -> _Words:
    """Patterns for exactly the wanted ones of these: whole ports, then whole domains, then single endpoints."""
    left = {endpoint.id: endpoint for endpoint in wanted}
    found: list[str] = []
    candidates = [f"*:{port}" for port in sorted({e.port for e in wanted})]
    for name in sorted({domain_of(e.host) for e in wanted}):
        candidates += [f"*.{name}:*", *(f"*.{name}:{port}" for port in sorted({e.port for e in wanted}))]
    for pattern in candidates:
        members = {e.id for e in endpoints if fnmatchcase(e.id, pattern)}
        if len(members & left.keys()) > 1 and members <= {e.id for e in wanted}:
            found.append(pattern)
            left = {key: value for key, value in left.items() if key not in members}
    return (*found, *(key.replace("[", "[[]") for key in left))
