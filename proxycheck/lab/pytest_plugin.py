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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxycheck.lab.started import Check, Start, StartedScenario, failure

if TYPE_CHECKING:
    from proxycheck.lab.stage import Stage

__all__ = ["Check", "Start", "StartedScenario"]

MARK = "proxycheck_scenarios"
_MARK_HELP = (
    f"{MARK}(*names, tag=None): run the test once for each scenario, named or of that tag, "
    "started as the fixture proxycheck_scenario."
)
_STAGE = "proxycheck_stage"
# mitmproxy uses deprecated names of its libraries while it intercepts, in the lab's thread: were these warnings
# errors there, the simulated proxy would break instead of the test.
_MITMPROXY = "ignore::DeprecationWarning:mitmproxy"


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
    if mark is not None and "proxycheck_scenario" not in metafunc.fixturenames:
        if mark in metafunc.definition.own_markers:
            raise failure(f"{MARK}: {metafunc.definition.name} plays none of them; it has to take proxycheck_scenario")
    elif mark is not None:
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
        raise failure(f"{MARK}: {error}") from None
    if tag is not None and not tagged:
        raise failure(f"{MARK}: no scenario has the tag {tag!r}; proxycheck lab list shows the tags")
    return list(dict.fromkeys((*map(str, names), *tagged)))


@pytest.fixture(scope="session")
def proxycheck_stage() -> "Iterator[Stage]":
    """An internet in a box with every host of every device, on loopback alone; scenarios come and go on it."""
    from proxycheck.catalogue.devices import device_names, load_device
    from proxycheck.errors import ProxycheckError
    from proxycheck.lab.rehearsal import stage_for
    from proxycheck.lab.stage import NEEDS
    from proxycheck.resources import missing_extra

    with ExitStack() as stack:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of mitmproxy's libraries, at their import
                import mitmproxy.master  # noqa: F401

            stage = stack.enter_context(stage_for(map(load_device, device_names())))
        except ModuleNotFoundError:
            pytest.skip(str(missing_extra("lab", NEEDS)))
        except ProxycheckError as error:
            raise failure(str(error)) from None
        yield stage


@pytest.fixture
def proxycheck_start(proxycheck_stage: "Stage") -> Iterator[Start]:
    """Starts scenarios: `proxycheck_start("ports-squid")`, `proxycheck_start("own/office.toml", device="connectplus")`.

    Each call gives a StartedScenario, which lives until the test ends. A proxy that broke inside fails the test."""
    from proxycheck.catalogue.devices import load_device
    from proxycheck.catalogue.scenarios import load_scenario
    from proxycheck.errors import ProxycheckError
    from proxycheck.lab.rehearsal import played

    with ExitStack() as stack:

        def start(scenario: str | Path, *, device: str | None = None) -> StartedScenario:
            __tracebackhide__ = True
            try:
                found = load_scenario(str(scenario))
                entry = load_device(device or found.device)
                name = _short(str(scenario))
                address = stack.enter_context(played(proxycheck_stage, name, found))
            except ProxycheckError as error:
                raise failure(str(error)) from None
            return StartedScenario(name, found, entry, address, proxycheck_stage.roots, proxycheck_stage)

        yield start


@pytest.fixture
def proxycheck_scenario(request: pytest.FixtureRequest, proxycheck_start: Start) -> StartedScenario:
    """The scenario, started, that the mark `proxycheck_scenarios` gives this test."""
    if not hasattr(request, "param"):
        raise failure(f"write @pytest.mark.{MARK}(NAME, ...) above the test, or use proxycheck_start")
    return proxycheck_start(request.param)


@pytest.fixture
def proxycheck_check() -> Check:
    """Checks a started scenario, `proxycheck_check(scenario)`, or any proxy: `proxycheck_check.at(ADDRESS, DEVICE)`.

    Both give the Report."""
    return Check()
