"""The real stack as the device behind the observer: a 407 that closes its connection is told as that, not as a wrong
password."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from proxycheck.lab.pytest_plugin import Start
from proxycheck.model.cause import CauseCode
from proxycheck.model.observed_report import ObservedReport
from tests.addons.test_observe_process import arguments, listening_port
from tests.real.device_stack.process import RunningStack, Seen, Work, running, work
from tests.real.device_stack.stacks import ANDROID_7
from tests.real.engines import running as running_engine
from tests.real.test_observed import OBSERVER, observed, observer
from tests.real.tinyproxy import tinyproxy
from tests.real.world import REPOSITORY, World

pytestmark = pytest.mark.real
HOSTS = ("pbdlsp1.pb.com", "api.precisely.com", "ms1app.pb.com")


@contextlib.contextmanager
def observing(proxy_port: int, folder: Path, log: Path) -> Iterator[int]:
    """The observer before a proxy of this machine: the port that the device is told. Ended as by Ctrl-C."""
    command = arguments(folder, proxy_port, "--set", f"observe_log={log}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield listening_port(process)
        finally:
            process.terminate()
            process.wait(60.0)


def judged(log: Path) -> ObservedReport:
    """What the command makes of the log."""
    file = log.with_suffix(".json")
    command = (sys.executable, "-m", "proxycheck", "observed", str(log), "--device", "sendpro-c", "--json", str(file))
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert file.exists(), ended.stderr
    return msgspec.json.decode(file.read_bytes(), type=ObservedReport)


def works(proxy: tuple[str, int], roots: Path, user: str | None, password: str | None) -> list[Work]:
    """A request for each of the hosts."""
    return [work(f"https://{host}/", proxy, roots, user, password) for host in HOSTS]


def codes(report: ObservedReport) -> list[CauseCode]:
    """The causes that take something from the device."""
    return [cause.code for cause in report.causes if cause.severity != "info"]


@pytest.mark.parametrize(
    ("scenario", "cause"),
    [
        ("auth-407-closes-silently", "auth.connection-closed"),
        ("auth-407-closes", "auth.connection-closed"),
        ("auth-basic-wrong", "auth.rejected"),
        ("clean-basic", None),
    ],
)
def test_the_password_is_blamed_where_it_was_refused_and_nowhere_else(
    running_stacks: dict[str, RunningStack],
    proxycheck_start: Start,
    tmp_path: Path,
    scenario: str,
    cause: CauseCode | None,
) -> None:
    proxy = proxycheck_start(scenario)
    log = tmp_path / "device.jsonl"
    with observing(proxy.port, tmp_path, log) as port:
        wanted = works(("127.0.0.1", port), proxy.roots, proxy.user, proxy.password)
        seen = running_stacks[ANDROID_7.name].fetch(wanted)
    assert all(each.reached is (cause is None) for each in seen), "\n".join(map(str, seen))
    report = judged(log)
    assert codes(report) == ([] if cause is None else [cause])
    assert all(len(each.endpoints) == len(HOSTS) for each in report.causes if each.code == cause)


@pytest.fixture
def android(running_stacks: dict[str, RunningStack], real_world: World) -> Iterator[RunningStack]:
    """The stack of Android 7.0 in the device's network; `running_stacks` skips where there is no Java."""
    assert running_stacks
    with running([ANDROID_7], real_world.network.client.command()) as started:
        yield started[ANDROID_7.name]


def test_a_real_proxy_that_closes_after_its_407(real_world: World, android: RunningStack, tmp_path: Path) -> None:
    """Tinyproxy asks, and hangs up."""
    log = tmp_path / "device.jsonl"
    host, _, port = OBSERVER.rpartition(":")
    with running_engine(real_world, tinyproxy("BasicAuth clerk k9bc7")), observer(real_world, log):
        seen: list[Seen] = android.fetch(works((host, int(port)), real_world.roots, "clerk", "k9bc7"))
    assert not any(each.reached for each in seen)
    _, report, terminal = observed(real_world, log)
    print(terminal)  # noqa: T201  shown where the test fails
    assert codes(report) == ["auth.connection-closed"]
    assert report.verdict == "failed"
