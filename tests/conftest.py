"""What holds for every test: which are run, Ctrl-C in the processes that they start, the library played once."""

import gc
import re
import signal
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.lab.library import Library


_WHOLE_MODULE = re.compile(r"^pytestmark = \[?\s*pytest\.mark\.(?:scenarios|real|slow)\b", re.MULTILINE)


def pytest_configure(config: pytest.Config) -> None:
    """Runs a file that is named whole, lets children be interrupted, and leaves nothing to chance."""
    # Properties are tried on the same examples every time, however slow the machine is; `python -m tests.hostile` is
    # there for others.
    settings.register_profile("the-same-every-time", derandomize=True, deadline=None)
    settings.load_profile("the-same-every-time")
    _run_named_files_whole(config)
    _let_children_be_interrupted()
    _refuse_broken_knowledge()


def _run_named_files_whole(config: pytest.Config) -> None:
    """The marks that `pyproject.toml` leaves out are left out of folders, not of files that a person asks for."""
    left_out = config.getini("addopts")
    named = [Path(config.invocation_params.dir, argument.partition("::")[0]) for argument in config.args]
    if config.option.markexpr in left_out and all(path.is_file() for path in named):
        config.option.markexpr = ""


def pytest_collection_finish() -> None:
    """Leaves the thousands of tests out of every later search for cycles: they live as long as this process."""
    gc.freeze()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves alone the modules that are marked whole and left out, and folders of nothing else: to import them takes
    longer than many tests."""
    if not config.option.markexpr or config.option.markexpr not in config.getini("addopts"):
        return None
    if collection_path.is_dir():
        modules = [*collection_path.rglob("test_*.py")]
        return (bool(modules) and all(map(_marked_whole, modules))) or None
    if not (collection_path.name.startswith("test_") and collection_path.suffix == ".py"):
        return None
    return _marked_whole(collection_path) or None


@cache
def _marked_whole(module: Path) -> bool:
    return bool(_WHOLE_MODULE.search(module.read_text(encoding="utf-8")))


def _let_children_be_interrupted() -> None:
    """Gives SIGINT its meaning back where a shell started pytest in the background with SIGINT ignored.

    Children inherit what is ignored, and many tests end their children by SIGINT, as a person does."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _refuse_broken_knowledge() -> None:
    """Ends the run with one sentence where the knowledge cannot be loaded: nearly every test would say it otherwise."""
    from proxycheck.catalogue.knowledge import load_knowledge
    from proxycheck.errors import ConfigurationError

    try:
        load_knowledge()
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from error


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Library"]:
    """The scenarios of the library, each played once in this run of pytest."""
    with warnings.catch_warnings():
        # At import, libraries that mitmproxy brings along (ldap3, passlib, pyparsing) use deprecated names.
        warnings.simplefilter("ignore", DeprecationWarning)
        pytest.importorskip("mitmproxy.master", reason="needs the [lab] extra")
    from tests.lab.library import opened

    with opened(tmp_path_factory) as library:
        yield library


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Names long values by their parameter: keys, hellos and certificates differ in each process of tests, which have
    to agree on the names."""
    is_long = (isinstance(val, bytes) and len(val) > 24) or (isinstance(val, str) and len(val) > 120)
    return argname if is_long else None
