"""The lab for other people's tests: pytest loads this module wherever proxycheck is installed.

    def test_our_client(proxycheck_start):
        proxy = proxycheck_start("ports-squid")
        ...  # speak through `proxy.url`, trusting `proxy.roots`

`proxycheck_start` starts scenarios by name or from a file, the mark `proxycheck_scenarios` runs a test once for each
of several, `proxycheck_check` makes our own check. Every process of pytest has one internet in a box, made when the
first scenario starts.

Nothing but pytest is imported until a fixture or the mark is used: who uses none of it pays nothing. Without the
lab's extra a test that uses a fixture is skipped, with what to install.
"""

import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from proxycheck.lab.rehearsal import Rehearsal
    from proxycheck.model.device import Device
    from proxycheck.model.report import Report
    from proxycheck.model.scenario import Scenario
    from proxycheck.model.target import ProxyAddress
    from proxycheck.runner import Plan

MARK = "proxycheck_scenarios"
_MARK_HELP = (
    f"{MARK}(*names, tag=None): run the test once for each scenario, named or of that tag, "
    "started as the fixture proxycheck_scenario."
)
_STAGE = "proxycheck_stage"
# mitmproxy uses deprecated names of its libraries while it intercepts, in the lab's thread: were these warnings
# errors there, the simulated proxy would break instead of the test.
_MITMPROXY = "ignore::DeprecationWarning:mitmproxy"


@dataclass(frozen=True)
class StartedScenario:
    """A simulated proxy that listens on loopback, for as long as the fixture that started it.

    `roots` is the PEM file a client must trust to believe the hosts behind the proxy; they are those of every
    device. `user` and `password` are the client's, None where the scenario has it come without."""

    name: str
    scenario: "Scenario"
    device: "Device"
    address: "ProxyAddress"
    roots: Path
    stage: "Rehearsal"

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, without credentials."""
        return self.address.url

    @property
    def host(self) -> str:
        """Where it listens."""
        return self.address.host

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.address.port

    @property
    def user(self) -> str | None:
        """The user name a client is to give."""
        return self.scenario.client.user

    @property
    def password(self) -> str | None:
        """The password a client is to give, which may be a wrong one."""
        return self.scenario.client.password

    def differences(self, report: "Report") -> tuple[str, ...]:
        """What the report says otherwise than the scenario expects, in words; empty when all is as expected."""
        from proxycheck.lab.comparison import differences

        return differences(report, self.scenario.expect)

    def assert_expected(self, report: "Report") -> None:
        """Fails the test with every difference between the report and what the scenario expects."""
        __tracebackhide__ = True
        if found := self.differences(report):
            raise _failure("\n  - ".join((f"{self.name}: {self.scenario.title}", *found)))


Start = Callable[..., StartedScenario]


def _failure(sentence: str) -> BaseException:
    """What fails a test, a fixture or the collection with a sentence, and no traceback of ours."""
    return pytest.fail.Exception(sentence, pytrace=False)


class Check:
    """proxycheck's own check, for a scenario or for a proxy that is somewhere else."""

    def __call__(self, scenario: StartedScenario) -> "Report":
        """Checks a started scenario, as the scenario says that a client comes."""
        from proxycheck.lab.scenario import plan_for

        return _measured(plan_for(scenario.stage, scenario.scenario, scenario.device, scenario.address))

    def at(
        self,
        proxy: str,
        device: str,
        *,
        user: str | None = None,
        password: str = "",
        roots: Path | None = None,
        timeout_s: float = 10.0,
    ) -> "Report":
        """Checks the proxy at `HOST:PORT` with every host of the device; nothing but the proxy is contacted.

        `roots` are PEM certificates to trust instead of the public ones, `timeout_s` is the deadline of each stage.
        Raises UsageError for an address or a device that is none."""
        from proxycheck.catalogue.devices import load_device
        from proxycheck.model.target import Credentials
        from proxycheck.runner import Plan
        from proxycheck.wire.address import parse_proxy

        entry, address = load_device(device), parse_proxy(proxy)
        login = Credentials(user, password) if user is not None else None
        return _measured(
            Plan(
                device=entry,
                endpoints=entry.endpoints,
                proxy=address,
                credentials=login,
                roots=roots,
                timeout_s=timeout_s,
                controls=False,
                options={"device": device, "proxy": address.url},
            )
        )


def _measured(plan: "Plan") -> "Report":
    """In a thread of its own: the test may be inside an event loop, and Ctrl-C has to stop pytest, not the check."""
    from proxycheck.catalogue.knowledge import load_knowledge
    from proxycheck.lab.scenario import NOBODY
    from proxycheck.runner import run

    with ThreadPoolExecutor(1, "proxycheck") as thread:
        return thread.submit(run, plan, load_knowledge(), NOBODY).result()


class _Unchanged:
    """Finds our modules before pytest does, which rewrites the asserts of every package that brings a plugin.

    Ours has none to show. Rewriting is slow, and two threads that import at once make it fail (CPython's issue
    106905): the lab and the check have threads."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, _target: object = None) -> ModuleSpec | None:
        """Where the module is, when it is one of ours."""
        return PathFinder.find_spec(name, path) if name.startswith("proxycheck.") else None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Before anybody's tests can import our modules."""
    sys.meta_path.insert(0, _Unchanged)


def pytest_unconfigure() -> None:
    """Leaves the interpreter's imports as they were."""
    with suppress(ValueError):
        sys.meta_path.remove(_Unchanged)


def pytest_configure(config: pytest.Config) -> None:
    """Declares the mark."""
    config.addinivalue_line("markers", _MARK_HELP)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Makes a test of each scenario of the mark."""
    mark = metafunc.definition.get_closest_marker(MARK)
    if mark is not None and "proxycheck_scenario" in metafunc.fixturenames:
        names = _chosen(*mark.args, **mark.kwargs)
        metafunc.parametrize("proxycheck_scenario", names, ids=map(_short, names), indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lets mitmproxy's own warnings pass in tests that start a scenario."""
    for item in items:
        if _STAGE in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.filterwarnings(_MITMPROXY))


def _short(name: str) -> str:
    """The scenario's name, without the folder and the ending of a file."""
    return Path(name).name.removesuffix(".toml")


def _chosen(*names: str | Path, tag: str | None = None) -> list[str]:
    """The scenarios that a mark names, by name or by tag; fails the collection for one that does not exist."""
    from proxycheck.catalogue.scenarios import load_scenario, scenario_names
    from proxycheck.errors import ProxycheckError

    try:
        tagged = [name for name in scenario_names() if tag is not None and tag in load_scenario(name).tags]
        for name in names:
            load_scenario(str(name))
    except ProxycheckError as error:
        raise _failure(f"{MARK}: {error}") from None
    if tag is not None and not tagged:
        raise _failure(f"{MARK}: no scenario has the tag {tag!r}; proxycheck lab list shows the tags")
    return list(dict.fromkeys((*map(str, names), *tagged)))


@pytest.fixture(scope="session")
def proxycheck_stage() -> "Iterator[Rehearsal]":
    """An internet in a box with every host of every device, on loopback alone; scenarios come and go on it."""
    from proxycheck.catalogue.devices import device_names, load_device
    from proxycheck.errors import ProxycheckError
    from proxycheck.lab.rehearsal import INSTALL
    from proxycheck.lab.scenario import stage_for

    with ExitStack() as stack:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of mitmproxy's libraries, at their import
                import mitmproxy.master  # noqa: F401

            stage = stack.enter_context(stage_for(map(load_device, device_names())))
        except ModuleNotFoundError:
            pytest.skip(INSTALL)
        except ProxycheckError as error:
            raise _failure(str(error)) from None
        yield stage


@pytest.fixture
def proxycheck_start(proxycheck_stage: "Rehearsal") -> Iterator[Start]:
    """Starts scenarios: `proxycheck_start("ports-squid")`, `proxycheck_start("own/office.toml", device="connectplus")`.

    Each call gives a StartedScenario, which lives until the test ends. A proxy that broke inside fails the test."""
    from proxycheck.catalogue.devices import load_device
    from proxycheck.catalogue.scenarios import load_scenario
    from proxycheck.errors import ProxycheckError
    from proxycheck.lab.scenario import played

    with ExitStack() as stack:

        def start(scenario: str | Path, *, device: str | None = None) -> StartedScenario:
            __tracebackhide__ = True
            try:
                found = load_scenario(str(scenario))
                entry = load_device(device or found.device)
                name = _short(str(scenario))
                address = stack.enter_context(played(proxycheck_stage, name, found))
            except ProxycheckError as error:
                raise _failure(str(error)) from None
            return StartedScenario(name, found, entry, address, proxycheck_stage.roots, proxycheck_stage)

        yield start


@pytest.fixture
def proxycheck_scenario(request: pytest.FixtureRequest, proxycheck_start: Start) -> StartedScenario:
    """The scenario, started, that the mark `proxycheck_scenarios` gives this test."""
    if not hasattr(request, "param"):
        raise _failure(f"write @pytest.mark.{MARK}(NAME, ...) above the test, or use proxycheck_start")
    return proxycheck_start(request.param)


@pytest.fixture
def proxycheck_check() -> Check:
    """Checks a started scenario, `proxycheck_check(scenario)`, or any proxy: `proxycheck_check.at(ADDRESS, DEVICE)`.

    Both give the Report."""
    return Check()
