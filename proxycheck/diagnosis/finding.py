"""What a rule says: a cause, the endpoints it explains, how sure, and the evidence in words; and how much may be lost
before it is grave."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.model.cause import CauseCode, Confidence, ProductName, Severity

_ISOLATED = 10
"""One in so many required endpoints may fail, unsettled, and the device still works."""


class Finding(Struct, frozen=True):
    """One cause found. `observations` may be empty for a cause of the whole set-up.

    `severity` is left to the tiers of the endpoints unless the rule knows better. `final` findings explain their
    endpoints for good; others leave them to later rules as well. `detail` is what this run adds to the explanation of
    the cause, in whole sentences. `without_proxy` says that the same was seen without the proxy, which has no part in
    it then. `ports` are those meant where no endpoint names them. `any_host` says that chance chose the endpoints: what
    helps has to be done for all. `everywhere` says that no host was spared, so that it is no rule about hosts."""

    code: CauseCode
    observations: tuple[Observation, ...]
    confidence: Confidence
    because: tuple[str, ...]
    severity: Severity | None = None
    product: ProductName | None = None
    final: bool = True
    detail: str | None = None
    without_proxy: bool = False
    ports: tuple[int, ...] = ()
    any_host: bool = False
    everywhere: bool = False


Rule = Callable[[Case, tuple[Observation, ...]], Iterable[Finding]]
"""Gets the case and the observations that no earlier rule has explained."""


def isolated(lost: Sequence[Observation], required: Iterable[Observation]) -> bool:
    """Whether so few required endpoints are lost that the rest shows what works: fewer than one in ten, and none of
    them all that serve a function."""
    needed = tuple(required)
    gone = {observation.id for observation in lost}
    works = {function for o in needed if o.id not in gone for function in _functions(o)}
    alone = any(function not in works for o in lost for function in _functions(o))
    return len(gone) * _ISOLATED < len(needed) and not alone


def _functions(observation: Observation) -> tuple[str, ...]:
    return (observation.endpoint.function, *observation.endpoint.also)
