"""Each set-up with real software: exit code, verdict, causes, endpoints and TLS verdicts are exactly as due."""

import contextlib

import pytest

from proxycheck.model.cause import Cause
from proxycheck.model.report import EndpointReport, Report, TlsVerdict
from tests.real.checkrun import Outcome, basic_token, check
from tests.real.engines import running
from tests.real.namespaces import CUSTOMER_RESOLVER
from tests.real.scenarios import (
    Due,
    Scenario,
    ageing,
    authentication,
    inspection,
    listeners,
    squid,
    tinyproxy,
    upstream,
)
from tests.real.world import World

SCENARIOS: tuple[Scenario, ...] = (
    *squid.SCENARIOS,
    *authentication.SCENARIOS,
    *upstream.SCENARIOS,
    *inspection.SCENARIOS,
    *tinyproxy.SCENARIOS,
    *listeners.SCENARIOS,
    *ageing.SCENARIOS,
)

pytestmark = pytest.mark.real


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_verdict_is_right(real_world: World, scenario: Scenario) -> None:
    with contextlib.ExitStack() as stack:
        engine = stack.enter_context(running(real_world, scenario.software)) if scenario.software else None
        real_world.network.client.use_resolver(scenario.resolver)
        if scenario.direct:
            stack.enter_context(real_world.network.direct_route())
        if scenario.firewall:
            stack.enter_context(real_world.network.proxy.firewall(*scenario.firewall))
        outcome = check(real_world, scenario, tapped=True)
        print(outcome.terminal, engine.logs() if engine else "")  # noqa: T201  shown where the test fails
    found = [(cause.code, cause.severity) for cause in outcome.report.causes]
    assert sorted(found) == sorted((due.code, due.severity) for due in scenario.causes)
    assert (outcome.report.verdict, outcome.exit_code) == (scenario.verdict, scenario.exit_code)
    for due in scenario.causes:
        _assert_endpoints(outcome.report, due)
    _assert_tls(outcome.report, scenario)
    _assert_secrets(outcome, scenario)
    _assert_explained(outcome.report)


def test_names_are_left_to_the_proxy(real_world: World) -> None:
    before = real_world.asked_names.read_text()
    with running(real_world, squid.OPEN):
        real_world.network.client.use_resolver(CUSTOMER_RESOLVER)
        outcome = check(real_world, Scenario("names", squid.OPEN, "compatible"))
    assert outcome.report.verdict == "compatible"
    assert real_world.asked_names.read_text() == before


def _measured(report: Report) -> list[EndpointReport]:
    return [endpoint for endpoint in report.endpoints if endpoint.verdict != "skipped"]


def _cause(report: Report, code: str) -> Cause:
    return next(cause for cause in report.causes if cause.code == code)


def _assert_endpoints(report: Report, due: Due) -> None:
    found = set(_cause(report, due.code).endpoints)
    if due.where is None:
        assert found in (set(), {endpoint.id for endpoint in report.endpoints}), due.code
    else:
        measured = {endpoint.id: endpoint for endpoint in _measured(report)}
        assert found & set(measured) == {name for name in measured if due.where(measured[name])}, due.code
        assert found, f"{due.code} explains nothing"


def _assert_tls(report: Report, scenario: Scenario) -> None:
    """Every completed handshake is told as what it is, host by host."""
    told = {e.id: e.tls.verdict for e in _measured(report) if e.tls and e.tls.chain}
    assert told == {e.id: _true_tls_verdict(e, scenario) for e in _measured(report) if e.id in told}


def _true_tls_verdict(endpoint: EndpointReport, scenario: Scenario) -> TlsVerdict:
    if scenario.masked(endpoint):
        return "inconclusive"
    return "inspected" if scenario.inspected(endpoint) else "passthrough"


def _assert_secrets(outcome: Outcome, scenario: Scenario) -> None:
    if scenario.login is None:
        assert b"Proxy-Authorization" not in outcome.wire
        return
    for written in (outcome.text, outcome.terminal):
        assert scenario.login.password not in written
        assert basic_token(scenario.login).decode() not in written
    if scenario.refused is not None:
        assert outcome.attempts(scenario.login) == scenario.refused


def _assert_explained(report: Report) -> None:
    for endpoint in report.endpoints:
        if endpoint.verdict in ("fail", "inconclusive"):
            assert endpoint.causes, endpoint.id
