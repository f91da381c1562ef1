"""How much may be lost while the rest still shows what works."""

from collections.abc import Iterable, Sequence

from proxycheck.diagnosis.observation import Observation

_ISOLATED = 10
"""One in so many required endpoints may fail, unsettled, and the device still works."""


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
