"""What is judged beside the path through the proxy: the network that the device stands in, and how PCs get along.

These findings stand on their own: they hold whether or not a proxy was reached, and they explain no endpoint's failure.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.rules.clock import clock

_HOW_PCS_GET_ALONG = ("pac", "system-settings")


def beside(case: Case, at: datetime, passing: Collection[str]) -> Iterator[Finding]:
    """All of them; `at` is the moment of the run, `passing` the endpoints that pass through the tested proxy."""
    looked_at = {record.check for record in case.evidence}
    # What a run did not look at is not loaded: it takes time.
    if "network" in looked_at:
        from proxycheck.diagnosis.rules.network import network  # noqa: PLC0415

        yield from network(case)
    yield from clock(case, at)
    if looked_at.intersection(_HOW_PCS_GET_ALONG):
        from proxycheck.diagnosis.rules.exclusions import exclusions  # noqa: PLC0415
        from proxycheck.diagnosis.rules.pac import pac  # noqa: PLC0415

        yield from pac(case, passing)
        yield from exclusions(case, passing)
