"""The lab's scenarios: `fixtures/scenarios/NAME.toml`, one file a customer's proxy; and what cannot be played."""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from proxycheck import resources
from proxycheck.catalogue import toml
from proxycheck.errors import ConfigurationError, UsageError
from proxycheck.model.files.scenario import SOME, Behaviour, Scenario

SPOKEN = frozenset(("all", "tls", "http", "teamviewer", SOME))
_NOT_PLAYED = "not_simulated.toml"
_NAME = re.compile(r"[\w.-]{1,100}")
"""What a file may be called on every system: a name in a file, or on the command line, may be anything."""


class NotSimulated(Struct, frozen=True, forbid_unknown_fields=True):
    """Entries of the failure corpus that the lab does not play, each with the reason."""

    reasons: dict[str, str]


def _folder() -> Path:
    return resources.fixtures() / "scenarios"


def scenario_names() -> tuple[str, ...]:
    """The names of all scenarios, in alphabetical order.

    Raises ConfigurationError when the installation has none."""
    names = tuple(sorted(path.stem for path in _folder().glob("*.toml")))
    if not names:
        raise ConfigurationError(f"{_folder()} holds no scenario; install the package again")
    return names


def load_scenario(name: str) -> Scenario:
    """The scenario called `name`, or the one in the file `name` when that is a path ending in `.toml`.

    Raises UsageError for an unknown name, ConfigurationError for a malformed file."""
    if name.endswith(".toml"):
        return read_scenario(Path(name))
    path = _folder() / f"{name}.toml"
    if not _NAME.fullmatch(name) or not path.is_file():
        import difflib  # noqa: PLC0415  only a mistyped name pays for it

        names = scenario_names()
        near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5) or [n for n in names if name in n]
        guess = f"did you mean {near[0]!r}? " if near else ""
        raise UsageError(f"there is no scenario {name!r}; {guess}proxycheck lab list shows them all")
    return read_scenario(path)


def speaks_of(name: str, scenario: Scenario, text: str) -> bool:
    """Whether every word of `text` stands in the scenario's name, title, source, causes or tags."""
    causes = (cause.code for cause in scenario.expect.causes)
    words = " ".join((name, scenario.title, scenario.source, *scenario.covers, *scenario.tags, *causes)).lower()
    return all(word in words for word in text.lower().split())


def read_scenario(path: Path) -> Scenario:
    """The scenario that the file `path` describes.

    Raises ConfigurationError naming the file, the key and what was expected there."""
    scenario = toml.load(path, Scenario)
    for rule in broken_rules(scenario):
        raise ConfigurationError(f"{path} does not fit: {rule}")
    return scenario


def not_simulated() -> dict[str, str]:
    """Corpus entries that no scenario plays, with the reason for each."""
    return toml.load(_folder().parent / _NOT_PLAYED, NotSimulated).reasons


def broken_rules(scenario: Scenario) -> Iterator[str]:
    """What types cannot say: one sentence for each broken rule."""
    for index, cause in enumerate(scenario.expect.causes):
        for pattern in (*cause.endpoints, *cause.excluded):
            if pattern not in SPOKEN and ":" not in pattern:
                yield (
                    f"expected {', '.join(sorted(SPOKEN))} or HOST:PORT, got {pattern!r} "
                    f"- at `$.expect.causes[{index}].endpoints`"
                )
    severities = {cause.severity for cause in scenario.expect.causes}
    due = "incompatible" if "blocker" in severities else "degraded" if "degraded" in severities else None
    if due is not None and scenario.expect.verdict not in (due, "inconclusive"):
        yield f"expected verdict = {due!r} beside these causes, got {scenario.expect.verdict!r} - at `$.expect.verdict`"
    if (scenario.client.user is None) != (scenario.client.password is None):
        yield "expected user and password together, or neither - at `$.client`"
    names = [each.addon for each in scenario.behaviour]
    for index, name in enumerate(names):
        if not _NAME.fullmatch(name) or not (resources.addons() / f"{name}.py").is_file():
            yield f"expected a file of addons/ without its .py, got {name!r} - at `$.behaviour[{index}].addon`"
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"expected the addon {name!r} only once: options belong to the whole proxy - at `$.behaviour`"
    yield from _options(scenario.behaviour)


def _options(behaviours: tuple[Behaviour, ...]) -> Iterator[str]:
    """An option of two behaviours would be set twice."""
    seen: set[str] = set()
    for index, behaviour in enumerate(behaviours):
        for option in behaviour.options:
            if option in seen:
                yield f"expected the option {option!r} only once - at `$.behaviour[{index}].options`"
            seen.add(option)
