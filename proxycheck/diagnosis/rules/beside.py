"""What is judged beside the path through the proxy: the network that the device stands in, and how PCs get along.

These findings stand on their own: they hold whether or not a proxy was reached, and they explain no endpoint's failure.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.rules.clock import clock
from proxycheck.diagnosis.rules.exclusions import exclusions
from proxycheck.diagnosis.rules.network import network
from proxycheck.diagnosis.rules.pac import pac


def beside(case: Case, at: datetime, passing: Collection[str]) -> Iterator[Finding]:
    """All of them; `at` is the moment of the run, `passing` the endpoints that pass through the tested proxy."""
    yield from network(case)
    yield from clock(case, at)
    yield from pac(case, passing)
    yield from exclusions(case, passing)
