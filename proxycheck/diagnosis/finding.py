"""What a rule says: a cause, the endpoints it explains, how sure, and the evidence in words."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.model.cause import CauseCode, Confidence, ProductName, Severity


class Finding(Struct, frozen=True):
    """One cause found. `observations` may be empty for a cause of the whole set-up.

    `severity` is left to the tiers of the endpoints unless the rule knows better. `final` findings explain their
    endpoints for good; others leave them to later rules as well. `detail` is what this run adds to the explanation of
    the cause, in whole sentences. `without_proxy` says that the same was seen without the proxy, which has no part in
    it then. `ports` are those meant where no endpoint names them."""

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


Rule = Callable[[Case, tuple[Observation, ...]], Iterable[Finding]]
"""Gets the case and the observations that no earlier rule has explained."""
