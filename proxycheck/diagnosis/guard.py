"""Keeps a fault of this program in one rule or one answer from costing all the others.

What a broken rule would have said is not known, so no endpoint that it was asked about can pass.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import ParamSpec, TypeVar

from proxycheck.diagnosis.observation import Observation
from proxycheck.errors import describe_fault
from proxycheck.model.report import Fault, Verdict
from proxycheck.model.text import printable

JUDGING = "diagnosis"
"""What stands as the check of a fault of the judging: it is gone when a later version judges the evidence again."""

_LONGEST = 300
_MEASURING = ("reachability", "first-contact", "endpoints", "plain-http")
"""The checks without whose answer an endpoint is not measured."""

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")


class Guard:
    """The faults of one run. `faults` begins with those of the measuring, as the report has them."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self.faults = [fault for fault in faults if fault.check != JUDGING]
        self._undecided = {fault.endpoint for fault in self.faults if fault.endpoint is not None}
        self._unmeasured = any(fault.check in _MEASURING for fault in self.faults)

    def attempt(
        self, otherwise: U, endpoints: Iterable[str], work: Callable[P, T], *given: P.args, **named: P.kwargs
    ) -> T | U:
        """Returns what `work` returns; `otherwise` where it breaks: then nothing is known of these endpoints."""
        try:
            return work(*given, **named)
        except Exception as error:
            self.faults.append(Fault(JUDGING, printable(describe_fault(error), _LONGEST)))
            self._undecided.update(endpoints)
            return otherwise

    def undecided(self, observation: Observation) -> bool:
        """Whether a fault left it open what to say of this endpoint."""
        return observation.id in self._undecided or (self._unmeasured and not observation.finished)

    def verdict(self, verdict: Verdict) -> Verdict:
        """The verdict of the run: no good one stands where something that could speak against it broke."""
        return "inconclusive" if self.faults and verdict in ("compatible", "degraded") else verdict
