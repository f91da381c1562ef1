"""Which simulated proxy stands for which real one.

A `Pair` is one set-up with real software and the scenario that plays it; the same check runs against both, and says the
same of both. `ALONE` names each scenario that no packaged engine can show, and why. A scenario is in exactly one place.

squid, inspection, tinyproxy, apache, traffic_server, privoxy, haproxy, mitmproxy    the pairs by engine
listeners    what is no proxy      table    all of them      alone    what the lab alone plays
run          the real half of a pair: its set-up, and the check that the scenario asks for
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.real.engines import Software


@dataclass(frozen=True)
class Pair:
    """A real set-up and the name of the scenario that plays it.

    `software` None: nothing listens. `behind` is the proxy that the software passes everything on to. `firewall` holds
    nftables rules for what the proxy sends; the hosts of `refusing` answer SYN with RST, those of `dead` not at all.
    `varying`: which endpoints suffer depends on who comes first."""

    name: str
    scenario: str
    software: Software | None
    behind: Software | None = None
    firewall: tuple[str, ...] = ()
    refusing: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()
    varying: bool = False


def pairs(software: Software, names: Iterable[tuple[str, str]]) -> tuple[Pair, ...]:
    """The same software for several scenarios, each with a check of its own: (name, scenario)."""
    return tuple(Pair(name, scenario, software) for name, scenario in names)
