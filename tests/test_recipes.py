"""The recipes of the README: a step that is left out is told by its name, by the test of that step."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import get_args

from proxycheck.catalogue.scenarios import load_scenario, scenario_names
from proxycheck.checks import CHECKS
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules import LISTENER, RULES, WITHOUT_PROXY
from proxycheck.model.cause import CauseCode
from proxycheck.resources import fixtures

PACKAGE = Path(__file__).resolve().parents[1] / "proxycheck"
ASKED_BY_ANOTHER_CHECK = frozenset({"proxycheck.checks.listener"})
"""What listens at the port is only asked where the first contact opened nothing."""
NOT_IN_A_SCENARIO: dict[CauseCode, str] = {
    **dict.fromkeys(("proxy.unresolvable", "proxy.unreachable", "proxy.reset"), "no simulated proxy is reached"),
    **dict.fromkeys(
        ("setup.pac-direct", "setup.pac-socks", "setup.pac-varies", "setup.pac-unreadable", "setup.exclusions"),
        "about PCs, not about a proxy: tests/checks/test_setup.py",
    ),
    **dict.fromkeys(
        (
            "tunnel.altered",
            "tunnel.idle-timeout",
            "tunnel.slow",
            "tunnel.concurrency",
            "http.altered",
            "http.cached",
            "network.bandwidth-low",
        ),
        "found with a canary: tests/checks/test_canary.py",
    ),
    **dict.fromkeys(
        (
            "network.dns-udp-blocked",
            "network.dns-tcp-blocked",
            "network.dns-hijacked",
            "network.ntp-blocked",
            "network.port-blocked",
            "network.gateway-conflict",
            "network.ipv6-broken",
        ),
        "about the network beside a proxy: tests/real/test_network.py",
    ),
    "tls.device-untrusted": "the lab's roots count as the device's: tests/diagnosis/test_interception.py",
    "endpoint.down": "needs the hosts without the proxy: tests/real/test_scenarios.py",
}


def _modules(folder: str) -> Iterator[ModuleType]:
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        yield importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))


def test_every_module_that_can_run_as_a_check_is_one() -> None:
    registered = {inspect.unwrap(check.run) for check in CHECKS}
    left_out = [
        module.__name__
        for module in _modules("checks")
        if (run := module.__dict__.get("run")) is not None
        and run.__module__ == module.__name__
        and run not in registered
        and module.__name__ not in ASKED_BY_ANOTHER_CHECK
    ]
    assert left_out == [], "these have a `run(session)` and no line in CHECKS"


def _is_rule(function: object) -> bool:
    if not inspect.isfunction(function):
        return False
    types = [parameter.annotation for parameter in inspect.signature(function).parameters.values()]
    return types == [Case, tuple[Observation, ...]] and not function.__name__.startswith("_")


def test_every_rule_is_in_the_list() -> None:
    listed = {inspect.unwrap(rule) for rule in (*RULES, *LISTENER, *WITHOUT_PROXY)}
    rules = {
        (module.__name__, name): member
        for module in _modules("diagnosis/rules")
        for name, member in vars(module).items()
        if _is_rule(member) and member.__module__ == module.__name__
    }
    assert len(rules) > 20
    assert [name for name, rule in rules.items() if rule not in listed] == [], "these are rules in no list"


def _strings(folder: Path) -> set[str]:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_cause_is_found_by_a_rule() -> None:
    named = _strings(PACKAGE / "diagnosis")
    assert [code for code in get_args(CauseCode) if code not in named] == [], "no rule finds these"


def test_every_cause_is_due_in_a_scenario_or_said_why_not() -> None:
    due = {cause.code for name in scenario_names() for cause in load_scenario(name).expect.causes}
    assert [code for code in get_args(CauseCode) if code not in due | set(NOT_IN_A_SCENARIO)] == []
    assert due & set(NOT_IN_A_SCENARIO) == set(), "these stand in a scenario: take them off the list"


def test_every_cause_is_in_the_shipped_schema() -> None:
    schema = (fixtures() / "report.schema.json").read_text(encoding="utf-8")
    assert [code for code in get_args(CauseCode) if f'"{code}"' not in schema] == [], "write the schema anew"
