"""Real proxies that ask for credentials: the verdict, what is said of the credentials, and how often they travelled."""

import sys

import pytest

from tests.real.checkrun import check
from tests.real.engines import running
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.programs import PORT
from tests.real.scenarios import Login
from tests.real.scenarios.logins import BASIC, SCENARIOS, LoginScenario, squid_that_asks
from tests.real.world import REPOSITORY, World

pytestmark = pytest.mark.real


@pytest.mark.parametrize("login", SCENARIOS, ids=lambda login: login.scenario.name)
def test_what_is_said_of_the_credentials(real_world: World, login: LoginScenario) -> None:
    scenario = login.scenario
    assert scenario.software is not None
    with running(real_world, scenario.software) as engine:
        outcome = check(real_world, scenario, tapped=True)
        print(outcome.terminal, engine.logs())  # noqa: T201  shown where the test fails
    found = sorted((cause.code, cause.severity) for cause in outcome.report.causes)
    assert found == sorted((due.code, due.severity) for due in scenario.causes)
    assert (outcome.report.verdict, outcome.exit_code) == (scenario.verdict, scenario.exit_code)
    said = [entry.reason for entry in outcome.report.checks if entry.id == "authentication"]
    said += [cause.explanation for cause in outcome.report.causes]
    for words in login.told:
        assert any(words in text for text in said), (words, said)
    if login.proof:
        assert outcome.wire.count(login.proof) == login.proofs
    if scenario.refused is not None and scenario.login is not None:
        assert outcome.attempts(scenario.login) == scenario.refused
    if scenario.login is not None:
        for written in (outcome.text, outcome.terminal):
            assert scenario.login.password not in written


_WITH_NO_PASSWORD = """
import sys
from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.cli.progress import Silent
from proxycheck.model.target import Credentials, ProxyAddress
from proxycheck.runner import Plan, run

device = load_device("sendpro-c")
plan = Plan(
    device=device,
    endpoints=device.endpoints[:5],
    proxy=ProxyAddress("http", sys.argv[1], int(sys.argv[2])),
    credentials=Credentials("clerk", ""),
    controls=False,
)
report = run(plan, load_knowledge(), Silent())
print([check.reason for check in report.checks if check.id == "authentication"])
print([cause.code for cause in report.causes if cause.code.startswith("auth.")])
"""


def test_an_empty_password(real_world: World) -> None:
    """The command asks for another one, because an empty one is mostly a mistake. Sent all the same, Squid refuses it
    whatever its file says."""
    software = squid_that_asks(BASIC, login=Login("clerk", ""))
    client = real_world.network.client
    with running(real_world, software):
        command = (sys.executable, "-m", "proxycheck", "check", "--proxy", f"{PROXY_ADDRESS}:{PORT}")
        asked = client.run(
            *(*command, "--device", "sendpro-c", "--user", "clerk"),
            environment={"PROXYCHECK_PASSWORD": ""},
            directory=REPOSITORY,
        )
        ran = client.run(sys.executable, "-c", _WITH_NO_PASSWORD, PROXY_ADDRESS, str(PORT), directory=REPOSITORY)
    assert asked.returncode == 2
    assert "there is no password for 'clerk'" in asked.stderr
    assert "user name and password were refused once and not sent again" in ran.stdout, ran.stdout + ran.stderr
    assert "auth.rejected" in ran.stdout
