"""What a device was seen to do behind the observer, judged: counted before any renderer runs.

Field names are the outside contract (`schema: "proxycheck.observed-report/1"`): add, never rename.
"""

from typing import Literal

from msgspec import Struct

from proxycheck.model.cause import Cause, CauseCode
from proxycheck.model.device import Tier
from proxycheck.model.report import DeviceReference

REPORT_SCHEMA: Literal["proxycheck.observed-report/1"] = "proxycheck.observed-report/1"

ObservedVerdict = Literal["reached", "degraded", "failed", "inconclusive"]
"""`reached`: nothing that is needed and was tried failed. `degraded`: only what the device can do without failed, or
what is required failed at times. `failed`: something required failed. `inconclusive`: nothing could be decided."""
UseVerdict = Literal["failed", "lost", "unsteady", "undecided", "reached", "not-seen"]
"""`failed`: never reached. `lost`: reached at first, and it failed in the end. `unsteady`: it failed at times and was
reached in the end. `not-seen`: the device did not try; no failure and no pass."""


class Seen(Struct, frozen=True):
    """Something that happened, in words, and how often."""

    words: str
    count: int


class Use(Struct, frozen=True, kw_only=True):
    """What became of one `host:port`. `tier` and `function` are the guide's, None where the guide does not list it.

    `listed_as` is the pattern or address under which the guide lists it; `note` what else is to be said. `reached`,
    `failed` and `undecided` count attempts; a request for a login that was then given is none. Bytes are those in
    tunnels. `issuer` signed the certificate that was last seen in clear."""

    id: str
    host: str
    port: int
    tier: Tier | None
    function: str | None
    any_of: str | None
    verdict: UseVerdict
    reason: str
    causes: tuple[CauseCode, ...] = ()
    listed_as: str | None = None
    note: str | None = None
    reached: int = 0
    failed: int = 0
    undecided: int = 0
    failures: tuple[Seen, ...] = ()
    first_at: str | None = None
    last_at: str | None = None
    bytes_up: int = 0
    bytes_down: int = 0
    issuer: str | None = None


class AttemptTally(Struct, frozen=True):
    """Counts of what the guide lists, by verdict."""

    reached: int = 0
    unsteady: int = 0
    lost: int = 0
    failed: int = 0
    undecided: int = 0
    not_seen: int = 0


class LogSummary(Struct, frozen=True):
    """The log: connections, the time they span, the devices' addresses, the proxies; and what cannot be told by host:
    connections that the proxy did not take (`unanswered`) or on which nothing was asked (`idle`), requests without a
    readable target, such as TLS or SOCKS spoken to the proxy (`unreadable`), and those that were not written because
    there were too many (`left_out`)."""

    connections: int
    first_at: str | None
    last_at: str | None
    clients: tuple[str, ...]
    proxies: tuple[str, ...]
    unanswered: int
    idle: int
    unreadable: int
    left_out: int


class ObservedReport(Struct, frozen=True):
    """The whole answer. `needed` is all that the guide lists, `unlisted` what the device used besides."""

    schema: Literal["proxycheck.observed-report/1"]
    device: DeviceReference
    log: LogSummary
    verdict: ObservedVerdict
    sentence: str
    tally: AttemptTally
    causes: tuple[Cause, ...]
    needed: tuple[Use, ...]
    unlisted: tuple[Use, ...]
