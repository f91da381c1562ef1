"""All that was seen of one `host:port`, and what it comes to."""

from collections.abc import Iterable, Sequence

from msgspec import Struct, structs

from proxycheck.model.device import Device
from proxycheck.model.observed_report import UseVerdict
from proxycheck.observed.attempts import Attempt, AttemptOutcome, flight_of
from proxycheck.observed.listing import Listing, listing_of
from proxycheck.wire.certificates.facts import certificate_facts

_SPEAKERS: dict[UseVerdict, tuple[AttemptOutcome, ...]] = {
    "failed": ("failed", "login"),
    "lost": ("failed",),
    "unsteady": ("reached",),
    "reached": ("reached",),
}


class Group(Struct, frozen=True):
    """All that was seen of one `host:port`. An attempt to log in is no failure where another followed it."""

    listing: Listing
    tries: tuple[Attempt, ...]
    verdict: UseVerdict

    @property
    def id(self) -> str:
        """The `host:port`."""
        return self.listing.target.id

    @property
    def speaker(self) -> Attempt | None:
        """The last attempt with the outcome that the verdict is about."""
        outcomes = _SPEAKERS.get(self.verdict, ("undecided",))
        return next((each for each in reversed(self.tries) if each.outcome in outcomes), None)


def grouped(device: Device, tries: Iterable[Attempt]) -> dict[str, Group]:
    """The attempts, which come in the order of time, by what they were about."""
    found: dict[str, tuple[Listing, list[Attempt]]] = {}
    for attempt in tries:
        listing = listing_of(device, attempt)
        found.setdefault(listing.target.id, (listing, []))[1].append(attempt)
    settled = {key: (listing, _settled(each)) for key, (listing, each) in found.items()}
    return {key: Group(listing, each, _verdict_on(each)) for key, (listing, each) in settled.items()}


def _settled(tries: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """That a device leaves a handshake without a word is its own affair where it completed others with that host."""
    return _without_silent_ends(tries) if any(each.outcome == "reached" for each in tries) else tuple(tries)


def _without_silent_ends(tries: Iterable[Attempt]) -> tuple[Attempt, ...]:
    return tuple(
        structs.replace(each, outcome="undecided") if each.kind == "broken-off" and not each.alerted else each
        for each in tries
    )


def without_silent_ends(group: Group) -> Group:
    """The group when handshakes that the device left without an alert decide nothing."""
    tries = _without_silent_ends(group.tries)
    return group if tries == group.tries else Group(group.listing, tries, _verdict_on(tries))


def _verdict_on(tries: Sequence[Attempt]) -> UseVerdict:
    """What the attempts at one endpoint come to; asking for a login is a failure where nothing followed it."""
    decided = [each.outcome for each in tries if each.outcome in ("reached", "failed")]
    if not decided:
        asked = [each for each in tries if each.outcome == "login"]
        answered_it = any(each.outcome == "undecided" and each.exchange.reply is not None for each in tries)
        return "failed" if asked and not answered_it else "undecided"
    if "failed" not in decided:
        return "reached"
    if "reached" not in decided:
        return "failed"
    return "unsteady" if decided[-1] == "reached" else "lost"


def issuer_of(group: Group) -> str | None:
    """The issuer of the certificate that was last seen in clear."""
    for attempt in reversed(group.tries):
        chain = flight_of(attempt.tunnel).certificates if attempt.tunnel is not None else ()
        if chain:
            try:
                return certificate_facts(chain[0]).issuer
            except ValueError:
                return None
    return None
