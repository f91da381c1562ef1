"""Every case of the table against the real software: not one host may be judged wrong."""

from collections.abc import Iterator

import pytest

from proxycheck.catalogue.devices import device_names, load_device
from proxycheck.model.report import Report
from tests.real.checkrun import check
from tests.real.engines import running
from tests.real.interception.cases import CASES, Case
from tests.real.interception.origins import misbehaving
from tests.real.interception.recordings import TABLE, recording_wanted, save
from tests.real.interception.table import SHOWN, Row, row, table, with_section
from tests.real.scenarios import Scenario
from tests.real.world import World, world

# The table needs all rows in one process.
pytestmark = [pytest.mark.real, pytest.mark.xdist_group("interception"), pytest.mark.timeout(600)]
_ROWS: dict[str, Row] = {}
"""What the cases of this session came to."""


@pytest.fixture(scope="module")
def disorderly_world(real_world: World) -> Iterator[World]:  # noqa: ARG001  skips where that cannot be built
    """A second private internet, on which some hosts have certificates in disorder."""
    names = {endpoint.host for name in device_names() for endpoint in load_device(name).endpoints}
    with world(names, misbehaving) as populated:
        yield populated


def _measured(place: World, case: Case, *arguments: str) -> Report:
    scenario = Scenario(case.name, case.software, "compatible", arguments=arguments)
    with running(place, case.software) as engine:
        outcome = check(place, scenario)
        print(outcome.terminal, engine.logs())  # noqa: T201  shown where the test fails
    return outcome.report


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_host_is_judged_wrong(request: pytest.FixtureRequest, case: Case) -> None:
    place: World = request.getfixturevalue("disorderly_world" if case.answers else "real_world")
    report = _measured(place, case)
    found = row(case, report)
    assert not found.wrong, "\n".join(found.wrong)
    assert found.judged > 90, "most hosts of the device speak TLS"
    _assert_causes(case, report)
    _ROWS[case.name] = found
    if recording_wanted():
        sample = _measured(place, case, *(word for host in case.sample for word in ("--only", f"{host}:443")))
        assert not row(case, sample).wrong
        save(case.name, sample)
    elif TABLE.exists():
        assert found.markdown() in TABLE.read_text(encoding="utf-8").splitlines(), "PROXYCHECK_RECORD=1 writes it anew"


def _assert_causes(case: Case, report: Report) -> None:
    """A host whose certificate is in disorder has its own cause, a host that is inspected has that one, others none."""
    for endpoint in report.endpoints:
        if endpoint.tls is None:
            continue
        _, own = case.answers.get(endpoint.host, (None, None))
        due = {"tls.inspected"} if case.truth(endpoint) == "inspected" else {own} - {None}
        if not case.unclear(endpoint):
            assert {code for code in endpoint.causes if code.startswith(("tls.", "network."))} == due, endpoint.id
    named = {c.product.name if c.product else None for c in report.causes if c.code == "tls.inspected"}
    assert case.product is None or named == {case.product}


def test_the_table_is_complete() -> None:
    if set(_ROWS) != {case.name for case in CASES}:
        pytest.skip("only some of the cases were run")
    text = table([_ROWS[case.name] for case in CASES])
    print(text)  # noqa: T201  the result, for whoever asks pytest for it
    if recording_wanted():
        TABLE.write_text(text, encoding="utf-8", newline="\n")
        SHOWN.write_text(with_section(SHOWN.read_text(encoding="utf-8"), text), encoding="utf-8", newline="\n")
    assert TABLE.read_text(encoding="utf-8") == text
