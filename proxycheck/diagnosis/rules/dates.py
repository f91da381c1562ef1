"""Certificates that are not valid today: is it they, or this computer's clock?

A wrong clock makes the certificates of unrelated hosts invalid, whoever issued them. One authority's certificate that
expires above many hosts is no such thing. Answers that are dated clear the clock or convict it; where none is, hosts
whose certificates are valid today speak for it, and what another hour would explain as well is left open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.observation.endpoint import reply_of
from proxycheck.diagnosis.rules.interception import Judgement
from proxycheck.diagnosis.tls.identities import Identities
from proxycheck.diagnosis.tls.identity import Identity
from proxycheck.diagnosis.tls.proof import validity
from proxycheck.model.cause import CauseCode
from proxycheck.wire.domains import owner_of
from proxycheck.wire.http.date import read_date

_FEW = 0.2
_FEWEST = 3
_AGREE = timedelta(hours=24)


class Hour(Struct, frozen=True):
    """What this computer's clock says, and what speaks against it: `dated` is what most answers say that contradict it,
    None where none do; `wrong` whether it is wrong, `doubtful` whether it may be."""

    at: datetime
    dated: datetime | None = None
    wrong: bool = False
    doubtful: bool = False

    def explains(self, identity: Identity) -> bool:
        """Whether the clock alone makes the certificates of this host invalid."""
        begins, ends = validity(identity)
        return self.wrong and (self.dated is None or begins <= self.dated <= ends)

    def told(self, code: CauseCode) -> Iterator[str]:
        """What the clock has to do with such a cause."""
        if code == "network.clock-wrong" and self.dated is not None:
            others = f"answers through the proxy are dated {self.dated:%Y-%m-%d}"
            yield f"this computer says {self.at:%Y-%m-%d}, and {others}"
        if code == "tls.expired" and self.doubtful:
            yield "on another date all certificates of this run would be valid, and no answer tells today's"


def this_hour(case: Case, found: Identities, verdicts: Mapping[str, Judgement]) -> Hour:
    """Judges the clock of the run."""
    at = found.at
    late = [i for key, i in found.by_endpoint.items() if verdicts[key].cause == "tls.expired"]
    dates = sorted(_dates(case.observations)) if late else []
    others = [date for date in dates if abs(date - at) > _AGREE]
    if 2 * len(others) > len(dates):
        told = others[len(others) // 2]
        explained = [i for i in late if Hour(at, told, wrong=True).explains(i)]
        return Hour(at, told, wrong=_many(found, explained))
    if dates or not _many(found, late) or len({_at_fault(i) for i in late}) < _FEWEST:
        return Hour(at)
    valid = {i.host for i in found.by_endpoint.values() if i.public.ok}
    wrong = len(valid) <= _FEW * len(valid | {i.host for i in late})
    return Hour(at, wrong=wrong, doubtful=not wrong and _another_suits_all(found))


def _many(found: Identities, late: Sequence[Identity]) -> bool:
    """Whether they are more than a fifth of the hosts, of unrelated owners: one operator's certificate may serve many
    hosts of its own."""
    hosts, measured = {i.host for i in late}, {i.host for i in found.by_endpoint.values()}
    many = len(hosts) >= _FEWEST and len(hosts) > _FEW * len(measured)
    return many and len({owner_of(host) for host in hosts}) > 1


def _at_fault(identity: Identity) -> bytes:
    """The certificate whose dates are wrong."""
    return identity.public.path[identity.public.depth]


def _another_suits_all(found: Identities) -> bool:
    """Whether there is an hour at which the certificates of all hosts are valid."""
    dated = [validity(identity) for identity in found.by_endpoint.values() if identity.anchored]
    return max(begins for begins, _ in dated) <= min(ends for _, ends in dated)


def _dates(observations: Iterable[Observation]) -> Iterator[datetime]:
    """The Date fields of HTTP answers (RFC 9110 section 6.6.1) that can be read, but for those of stored ones, which
    have an Age (RFC 9111 section 5.1)."""
    for o in observations:
        for reply in (o.answer, o.forward_answer, o.inside_answer, reply_of(o.heard), o.reply):
            if reply is None or reply.value("Age") is not None:
                continue
            date = read_date(reply.value("Date") or "")
            if date is not None:
                yield date
