"""What was told of a proxy, and where the tests of one run keep what they were told of the simulated ones.

Playing the library takes a minute: whoever comes second reads what the first one wrote down.
"""

import os

import msgspec
import pytest

from proxycheck.model.report import Report


class Told(msgspec.Struct, frozen=True):
    """The judgement of one report: the verdict; code, severity and measured endpoints of each cause; what became of
    each endpoint."""

    verdict: str
    causes: frozenset[tuple[str, str, frozenset[str]]]
    endpoints: dict[str, str]

    def without_endpoints(self) -> "tuple[str, frozenset[tuple[str, str]]]":
        """The same, where it depends on who comes first which endpoints suffer."""
        return self.verdict, frozenset((code, severity) for code, severity, _ in self.causes)


def told(report: Report) -> Told:
    """What a report says."""
    measured = frozenset(endpoint.id for endpoint in report.endpoints if endpoint.verdict != "skipped")
    causes = ((cause.code, cause.severity, measured & frozenset(cause.endpoints)) for cause in report.causes)
    return Told(report.verdict, frozenset(causes), {endpoint.id: endpoint.verdict for endpoint in report.endpoints})


class Shelf:
    """A folder that all workers of one test run share."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        base = factory.getbasetemp()
        self._folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "told"
        self._folder.mkdir(exist_ok=True)

    def keep(self, name: str, report: Report) -> Told:
        """Writes down what was told of a scenario; never half of it."""
        said = told(report)
        written = self._folder / f"{name}.{os.getpid()}"
        written.write_bytes(msgspec.json.encode(said))
        written.replace(self._folder / f"{name}.json")
        return said

    def find(self, name: str) -> Told | None:
        """What was told of a scenario in this run; None where it was not played yet."""
        try:
            return msgspec.json.decode((self._folder / f"{name}.json").read_bytes(), type=Told)
        except FileNotFoundError:
            return None
