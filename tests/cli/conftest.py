"""The command line without a network: the runner hands back a report made by hand and keeps what it was asked."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from proxycheck.cli.application import app
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.report import Report
from proxycheck.runner import Interruption, Observer, Plan
from tests.report import factory


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str


Invoke = Callable[..., Outcome]


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs the program with these words; nobody watches, nobody can be asked."""
    monkeypatch.delenv("PROXYCHECK_PASSWORD", raising=False)
    monkeypatch.delenv("PROXYCHECK_DEBUG", raising=False)
    monkeypatch.setattr("proxycheck.cli.ending._secrets", [])
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: str, stdin: str | bytes = "") -> Outcome:
        result = CliRunner().invoke(app, list(words), input=stdin, catch_exceptions=False)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return run


@dataclass
class Runner:
    """Stands in for the run: what it answers with, and the plans it was given."""

    report: Report
    plans: list[Plan]
    error: BaseException | None = None

    def run(
        self, plan: Plan, knowledge: Callable[[], Knowledge], observer: Observer, interruption: Interruption
    ) -> Report:
        """The report made by hand, or the error."""
        assert knowledge().causes
        assert not interruption.requested
        self.plans.append(plan)
        observer.phase("endpoints", 2)
        observer.started("a.example:443")
        observer.finished("a.example:443", "ok")
        if self.error is not None:
            raise self.error
        return self.report


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Runner:
    """`proxycheck.runner.run` without a network."""
    substitute = Runner(factory.compatible(), [])
    monkeypatch.setattr("proxycheck.runner.run", substitute.run)
    return substitute


CHECK = ("check", "--proxy", "proxy.example:3128", "--device", "sendpro-c")
