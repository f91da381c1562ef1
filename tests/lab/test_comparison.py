"""What a report says is compared with what was due, endpoint by endpoint."""

from msgspec import structs

from proxycheck.lab.comparison import differences
from proxycheck.model.files.scenario import SOME, DueCause, Expectation
from proxycheck.model.report import Report
from tests.report import factory


def due(*causes: DueCause, verdict: str = "incompatible") -> Expectation:
    return Expectation(verdict=verdict, causes=causes)  # type: ignore[arg-type]


def test_nothing_due_and_nothing_told() -> None:
    assert differences(factory.compatible(), due(verdict="compatible")) == ()


def test_a_verdict_a_cause_too_few_and_one_too_many() -> None:
    report, cause = _denied()
    other = DueCause(code="tls.inspected", severity=cause.severity)
    assert differences(report, due(other, verdict="degraded")) == (
        f"the verdict is {report.verdict}, due is degraded",
        f"missing: tls.inspected ({cause.severity})",
        f"not due: {cause.code} ({cause.severity})",
    )


def _denied() -> tuple[Report, DueCause]:
    whole = factory.port_denied()
    cause = whole.causes[0]
    report = structs.replace(whole, causes=(cause,))
    return report, DueCause(code=cause.code, severity=cause.severity, endpoints=cause.endpoints)


def test_the_same_endpoints_and_any_endpoints() -> None:
    report, cause = _denied()
    assert differences(report, due(cause, verdict=report.verdict)) == ()
    anywhere = structs.replace(cause, endpoints=(SOME,))
    assert differences(report, due(anywhere, verdict=report.verdict)) == ()


def test_endpoints_left_out_and_named_as_well() -> None:
    report, cause = _denied()
    everywhere = structs.replace(cause, endpoints=("all",))
    (words,) = differences(report, due(everywhere, verdict=report.verdict))
    assert words.startswith(f"{cause.code} leaves out ")
    fewer = structs.replace(cause, endpoints=("nowhere.example:1",))
    (words,) = differences(report, due(fewer, verdict=report.verdict))
    assert words.startswith(f"{cause.code} names ")


def test_except_takes_away() -> None:
    report, cause = _denied()
    none = structs.replace(cause, excluded=("*:*",))
    (words,) = differences(report, due(none, verdict=report.verdict))
    assert words.startswith(f"{cause.code} names ")
