"""All that was seen of one `host:port`, and what it comes to."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from proxycheck.diagnosis.observed_attempts import Attempt, flight_of
from proxycheck.diagnosis.observed_listing import Listing, listing_of
from proxycheck.model.device import Device
from proxycheck.model.observed_report import UseVerdict
from proxycheck.wire.certificates import certificate_facts


class Group(Struct, frozen=True):
    """All that was seen of one `host:port`. An attempt to log in is no failure where it was followed."""

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
        wanted = {"failed": ("failed", "login"), "unsteady": ("reached",), "reached": ("reached",)}
        outcomes = wanted.get(self.verdict, ("undecided",))
        return next((each for each in reversed(self.tries) if each.outcome in outcomes), None)


def grouped(device: Device, tries: Iterable[Attempt]) -> dict[str, Group]:
    """The attempts, which come in the order of time, by what they were about."""
    found: dict[str, tuple[Listing, list[Attempt]]] = {}
    for attempt in tries:
        listing = listing_of(device, attempt)
        found.setdefault(listing.target.id, (listing, []))[1].append(attempt)
    return {key: Group(listing, tuple(each), _verdict_on(each)) for key, (listing, each) in found.items()}


def _verdict_on(tries: Sequence[Attempt]) -> UseVerdict:
    """What the attempts at one endpoint come to; asking for a login is a failure where nothing followed it."""
    decided = [each.outcome for each in tries if each.outcome in ("reached", "failed")]
    if not decided:
        asked = [each for each in tries if each.outcome == "login"]
        answered_it = any(each.outcome == "undecided" and each.exchange.reply is not None for each in tries)
        return "failed" if asked and not answered_it else "undecided"
    if "failed" not in decided:
        return "reached"
    return "unsteady" if decided[-1] == "reached" else "failed"


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
