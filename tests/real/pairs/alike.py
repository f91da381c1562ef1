"""What has to be equal where a real proxy and the simulated one have been checked alike."""

from proxycheck.model.files.scenario import Scenario
from proxycheck.model.report import Report
from tests.lab.told import told
from tests.real.checkrun import Outcome, basic_token
from tests.real.pairs import Pair
from tests.real.scenarios import Login


def assert_alike(pair: Pair, scenario: Scenario, outcome: Outcome, played: Report) -> None:
    """The same verdict and causes, and the same endpoints where these do not depend on who comes first; the password in
    nothing that was written."""
    real, simulated = told(outcome.report, beside=played), told(played, beside=outcome.report)
    assert real.without_endpoints() == simulated.without_endpoints()
    if not pair.varying:
        assert real == simulated
    client = scenario.client
    if client.user is not None and client.password is not None:
        token = basic_token(Login(client.user, client.password)).decode()
        assert token not in outcome.text + outcome.terminal
