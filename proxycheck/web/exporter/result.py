"""The last result of one target, and what a scrape is told of it."""

from typing import Literal

from msgspec import Struct

from proxycheck.web.exporter.history import History

State = Literal["new", "recent", "running", "waiting", "held", "failed", "refused"]
"""What the result is that a scrape gets: of a run that this scrape waited for; young enough to be told again; an older
one, because a run is under way, waits for others, is not made because of refused credentials, ended without a report,
or was turned away because too many wait."""
Ending = Literal["finished", "failed", "cancelled"]


class Kept(Struct, frozen=True):
    """The last result of one target: its metrics, its report (compressed JSON), the last report that can be compared
    with the next one, and when it came, by the clock of the prober."""

    metrics: str
    report: bytes
    telling: bytes | None
    at: float
    history: History


class KeptResult(Struct, frozen=True):
    """What a scrape gets: the state, the last result where there is one, and in words why there is no newer one."""

    state: State
    kept: Kept | None
    reason: str = ""
