"""The running stacks themselves: they say what was recorded, and behave as the facts about their platforms tell."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from proxycheck.lab.internet.authority import Authority
from proxycheck.lab.pytest_plugin import Start
from tests.real.device_stack.process import RunningStack, Seen, work
from tests.real.device_stack.recorder import REFUSAL, recorder
from tests.real.device_stack.recording import HOST, PASSWORD, USER, load, record
from tests.real.device_stack.stacks import JAVA_STACKS

pytestmark = pytest.mark.real
URL = f"https://{HOST}/"
PLATFORMS = ("android-7.0", "android-9")
EVERY = tuple(java.name for java in JAVA_STACKS)


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of roots that signed nothing."""
    file = tmp_path_factory.mktemp("roots") / "roots.pem"
    file.write_bytes(Authority.public().root_pem)
    return file


@pytest.mark.parametrize("name", EVERY)
def test_a_stack_says_what_was_recorded(running_stacks: dict[str, RunningStack], roots: Path, name: str) -> None:
    assert record(running_stacks[name], roots) == load(name)


def seen(stack: RunningStack, start: Start, scenario: str, url: str = URL) -> Seen:
    """What the stack makes of a scenario's proxy."""
    proxy = start(scenario)
    one = work(url, (proxy.host, proxy.port), proxy.roots, proxy.user, proxy.password)
    return stack.fetch([one])[0]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("url", [URL, "https://mobile-gtalk.l.google.com:5228/", "http://eureka.pitneybowes.com/"])
def test_a_good_proxy_lets_every_stack_through(
    running_stacks: dict[str, RunningStack], proxycheck_start: Start, name: str, url: str
) -> None:
    for scenario in ("clean-tunnel", "clean-basic"):
        found = seen(running_stacks[name], proxycheck_start, scenario, url)
        assert found.reached, str(found)
        assert found.asked == (scenario == "clean-basic")


@pytest.mark.parametrize("name", EVERY)
def test_many_at_once_and_one_after_the_other(
    running_stacks: dict[str, RunningStack], proxycheck_start: Start, name: str
) -> None:
    proxy = proxycheck_start("clean-basic")
    one = work(URL, (proxy.host, proxy.port), proxy.roots, proxy.user, proxy.password)
    assert all(found.reached for found in running_stacks[name].fetch([one] * 16))
    again = replace(one, times=3)
    found = running_stacks[name].fetch([again])[0]
    assert found.reached, str(found)
    assert found.asked == 1, "the tunnel that was opened with credentials is used again"


@pytest.mark.parametrize("name", EVERY)
def test_a_wrong_password_is_sent_without_end(
    running_stacks: dict[str, RunningStack], proxycheck_start: Start, name: str
) -> None:
    assert seen(running_stacks[name], proxycheck_start, "auth-basic-wrong").endless


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_platform_goes_around_a_proxy_that_fails(
    running_stacks: dict[str, RunningStack], roots: Path, name: str
) -> None:
    """The application is told of the host's name and not of the proxy: what its log shows misleads."""
    with recorder(REFUSAL) as (proxy, recorded):
        found = running_stacks[name].fetch([work(URL, proxy, roots, USER, PASSWORD)])[0]
    assert len(recorded) == 1
    assert found.by_proxy
    assert "UnknownHostException" in found.errors[0]
