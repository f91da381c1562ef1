"""The fixtures for other people's tests, used as they would: pytest in a folder of its own."""

import re
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SCENARIOS = REPOSITORY / "fixtures" / "scenarios"
EXAMPLE = re.compile(r"<!-- pytest example -->\n```python\n(.*?)```\n<!-- /pytest example -->", re.DOTALL)
PLUGIN = "proxycheck.lab.pytest_plugin"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A suite of somebody else: every warning is an error there, and an unknown mark too."""
    settings = "[pytest]\nfilterwarnings = error\naddopts = -ra --strict-markers -p no:cacheprovider\n"
    (tmp_path / "pytest.ini").write_text(settings, encoding="utf-8")
    return tmp_path


def outcome(folder: Path, tests: str, *options: str) -> tuple[str, str]:
    """The last line of pytest for a file of these tests, which counts the outcomes; and all that it said."""
    (folder / "test_theirs.py").write_text(tests, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", *options]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    counts = ran.stdout.strip().splitlines()[-1].strip("= ")
    return counts.partition(" in ")[0], ran.stdout + ran.stderr


def test_pytest_finds_the_plugin_by_itself() -> None:
    found = [point.value for point in entry_points(group="pytest11") if point.name == "proxycheck"]
    assert found == [PLUGIN], "the installation is older than the plugin: install the package again"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the example's client is curl")
@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.slow
def test_the_example_of_the_readme_works_as_it_stands(folder: Path, workers: str) -> None:
    found = EXAMPLE.search((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assert found, "README.md has no example for pytest"
    assert len([line for line in found[1].splitlines() if line]) == 10
    shutil.copy(SCENARIOS / "inspected-one-host.toml", folder / "own-office.toml")
    counts, said = outcome(folder, found[1], "-n", workers)
    assert counts == "7 passed", said
    assert "own-office" in outcome(folder, found[1], "-n", "0", "--collect-only", "-q")[1]


def test_loading_it_imports_nothing_of_ours_or_mitmproxy() -> None:
    program = f"import sys, pytest; before = set(sys.modules); import {PLUGIN}; print(*set(sys.modules) - before)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    rooms = {name for name in ran.stdout.split() if name.partition(".")[0] not in sys.stdlib_module_names}
    assert rooms == {"proxycheck", "proxycheck.lab", "proxycheck.lab.started", PLUGIN}


@pytest.mark.slow
def test_pytest_leaves_our_modules_as_they_are(folder: Path) -> None:
    """Rewriting them is slow, and fails where two threads import at once."""
    tests = """
import importlib
import proxycheck.catalogue.toml
from importlib.machinery import SourceFileLoader

def test_ours(proxycheck_stage):
    for name in ("catalogue.toml", "lab.rehearsal", "runner.assembly"):
        assert type(importlib.import_module(f"proxycheck.{name}").__loader__) is SourceFileLoader
"""
    assert outcome(folder, tests, "-n", "0")[0] == "1 passed"
    assert outcome(folder, tests, "-n", "1")[0] == "1 passed"


@pytest.mark.slow
def test_a_program_that_imported_us_can_run_pytest(folder: Path) -> None:
    (folder / "test_theirs.py").write_text("def test_x(): pass\n", encoding="utf-8")
    program = "import proxycheck, pytest; raise SystemExit(pytest.main(['-W', 'error']))"
    ran = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


WRONG = """
import pytest

def test_differs(proxycheck_start, proxycheck_check):
    good, inspecting = proxycheck_start("clean-tunnel"), proxycheck_start("inspected-one-host")
    inspecting.assert_expected(proxycheck_check(good))

def test_mistyped(proxycheck_start):
    proxycheck_start("port-squid")

def test_without_the_mark(proxycheck_scenario):
    pass
"""


@pytest.mark.slow
def test_what_is_wrong_is_told_in_a_sentence(folder: Path) -> None:
    counts, said = outcome(folder, WRONG)
    assert counts == "2 failed, 1 error", said
    assert "the verdict is compatible, due is incompatible\n  - missing: tls.inspected (blocker)" in said
    assert "there is no scenario 'port-squid'; did you mean 'ports-squid'?" in said
    assert "write @pytest.mark.proxycheck_scenarios(NAME, ...) above the test" in said
    assert "Traceback" not in said
    assert PLUGIN.replace(".", "/") not in said


@pytest.mark.slow
def test_a_mark_without_its_fixture_plays_nothing_and_says_so(folder: Path) -> None:
    mark = "import pytest\n@pytest.mark.proxycheck_scenarios('clean-tunnel')\n"
    counts, said = outcome(folder, f"{mark}def test_x(proxycheck_check): pass\n")
    assert counts == "1 error", said
    assert "test_x plays none of them; it has to take proxycheck_scenario" in said
    several = f"{mark}class TestX:\n    def test_x(self): pass\n    def test_y(self, proxycheck_scenario): pass\n"
    counts, said = outcome(folder, several)
    assert counts == "2 passed", said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("'portz'", "there is no scenario 'portz'"),
        ("tag='portz'", "no scenario has the tag 'portz'"),
        ("'no/such.toml'", "no/such.toml cannot be read"),
    ],
)
@pytest.mark.slow
def test_a_mark_that_names_nothing_fails_the_collection(folder: Path, arguments: str, sentence: str) -> None:
    tests = f"import pytest\n@pytest.mark.proxycheck_scenarios({arguments})\ndef test_x(proxycheck_scenario): pass\n"
    counts, said = outcome(folder, tests)
    assert counts == "1 error", said
    assert sentence in said
    assert PLUGIN.replace(".", "/") not in said


@pytest.mark.slow
def test_the_name_of_a_scenario_is_kept_whole(folder: Path) -> None:
    tests = """
import pytest

@pytest.mark.proxycheck_scenarios("tls-1.3-reset")
def test_it(proxycheck_scenario, request):
    assert proxycheck_scenario.name == request.node.callspec.id == "tls-1.3-reset"
"""
    counts, said = outcome(folder, tests)
    assert counts == "1 passed", said


@pytest.mark.slow
def test_a_check_within_an_event_loop_and_one_of_an_address(folder: Path) -> None:
    tests = """
import asyncio

async def within(check, proxy):
    return check(proxy)

def test_both(proxycheck_start, proxycheck_check):
    proxy = proxycheck_start("clean-basic", device="connectplus")
    proxy.assert_expected(asyncio.run(within(proxycheck_check, proxy)))
    login = {"user": proxy.user, "password": proxy.password}
    report = proxycheck_check.at(f"{proxy.host}:{proxy.port}", "connectplus", roots=proxy.roots, **login)
    proxy.assert_expected(report)
    assert [each.code for each in proxycheck_check.at(proxy.url, "connectplus", roots=proxy.roots).causes] == [
        "auth.required"
    ]
"""
    counts, said = outcome(folder, tests)
    assert counts == "1 passed", said


@pytest.mark.slow
def test_without_the_lab_tests_that_need_it_are_skipped_and_no_other(folder: Path) -> None:
    (folder / "light.py").write_text("import sys\nsys.modules['mitmproxy'] = None\n", encoding="utf-8")
    counts, said = outcome(folder, "def test_a(): pass\ndef test_b(proxycheck_start): pass\n", "-p", "light")
    assert counts == "1 passed, 1 skipped", said
    assert '[lab]"' in said
