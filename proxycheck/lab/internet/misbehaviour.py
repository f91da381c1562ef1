"""Hosts of the box that misbehave on request: `lab run --misbehave '*.pb.com:443=expired'`."""

from collections.abc import Iterable
from fnmatch import translate

from msgspec import structs

from proxycheck.errors import UsageError
from proxycheck.lab.internet import manners
from proxycheck.lab.internet.authority import Authority
from proxycheck.model.files.scenario import Behaviour, OptionValue, Scenario

_ADDON = "names"
_ON_THE_WAY = {
    "refuses": "names_refused",
    "times-out": "names_silent",
    "unknown": "names_unknown",
    "unreachable": "names_unreachable",
}
"""What happens before a connection to the host stands, and the option of the addon."""
_ELSEWHERE = "names_elsewhere"


def ways() -> tuple[str, ...]:
    """All ways in which a host can misbehave: on the way to it, and then those of `proxycheck.lab.internet.manners`."""
    return (*_ON_THE_WAY, *manners.certificates(Authority.public()), *manners.VOICES)


def misbehaving(scenario: Scenario, wishes: Iterable[str]) -> Scenario:
    """The scenario with hosts that misbehave as well. A wish is `HOST:PORT=WAY`, with `*` in host and port; without a
    port all are meant.

    Raises UsageError for a wish that is none, and for a way that does not exist."""
    options: dict[str, OptionValue] = {}
    for behaviour in scenario.behaviour:
        if behaviour.addon == _ADDON:
            options = dict(behaviour.options)
    for wish in wishes:
        option, value = _setting(wish)
        before = options.get(option)
        options[option] = [*(before if isinstance(before, list) else ()), value]
    if not options:
        return scenario
    others = tuple(each for each in scenario.behaviour if each.addon != _ADDON)
    return structs.replace(scenario, behaviour=(*others, Behaviour(addon=_ADDON, options=options)))


def _setting(wish: str) -> tuple[str, str]:
    """The addon's option, and what to add to it."""
    where, equals, way = wish.rpartition("=")
    if not equals or not where or where != "".join(where.split()):
        raise UsageError(f"{wish!r} is no HOST:PORT=WAY; write for instance '*.pb.com:443=expired'")
    pattern = f"^{translate(where if ':' in where else f'{where}:*')}"
    if way in _ON_THE_WAY:
        return _ON_THE_WAY[way], pattern
    if way not in ways():
        raise UsageError(f"no host misbehaves as {way!r}; write one of {', '.join(ways())}")
    return _ELSEWHERE, f"{pattern} {way}.{manners.DOMAIN}"
