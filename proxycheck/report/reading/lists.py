"""The hosts that a report found blocked or inspected, as each product takes them."""

from collections.abc import Sequence
from functools import cache
from typing import get_args

from msgspec import Struct, structs

from proxycheck.catalogue.allowlists import load_allowlists
from proxycheck.model.cause import CauseCode
from proxycheck.model.device import Tier
from proxycheck.model.files.allowlist import AllowlistFormat, Allowlists, FormatName, Purpose
from proxycheck.model.report import Report
from proxycheck.model.text import counted
from proxycheck.report.allowlist import listing
from proxycheck.report.allowlist.entries import blocked_hosts
from proxycheck.report.reading.causes import Reason, reasons
from proxycheck.report.reading.facts import tally_words
from proxycheck.report.reading.needs import needs, tally
from proxycheck.report.texts import texts

_FOR_PROGRAMS: frozenset[FormatName] = frozenset(("json", "pac"))
"""Formats that nobody pastes into a product's page."""


class ListPlace(Struct, frozen=True):
    """One product that takes a list: where the list goes there, and what else there is to know."""

    title: str
    where: str
    notes: tuple[str, ...]


class HostList(Struct, frozen=True):
    """One list, and the products that take it as it stands; `format` is the first one's. `found`: the report recognised
    one of them."""

    format: FormatName
    places: tuple[ListPlace, ...]
    text: str
    found: bool

    @property
    def title(self) -> str:
        """The names of the products."""
        return "; ".join(place.title for place in self.places)


def host_lists(report: Report, purpose: Purpose) -> tuple[HostList, ...]:
    """A list for every product that keeps one for this purpose, the recognised product first; products that take the
    same text share one. Empty where the report found nothing that such a list answers."""
    known = _known()
    hosts = blocked_hosts(report, known, purpose)
    if not hosts.entries:
        return ()
    products = _products(report)
    made: dict[str, HostList] = {}
    for product in known.formats.values():
        if product.name in _FOR_PROGRAMS or all(place.purpose != purpose for place in product.places):
            continue
        found = listing(hosts, product, purpose, brief=True)
        place, recognised = ListPlace(product.title, found.where, found.notes), _is_of(product, products)
        shared = made.get(found.text) or HostList(product.name, (), found.text, found=False)
        made[found.text] = structs.replace(shared, places=(*shared.places, place), found=shared.found or recognised)
    return tuple(sorted(made.values(), key=lambda each: not each.found))


def nothing_to_list(report: Report, purpose: Purpose, tiers: Sequence[Tier], name: str) -> str:
    """Why the report in the file `name` gives no host for a list: what fails instead, and what helps against that."""
    words, told = texts().allowlist, []
    covered: set[CauseCode] = set()
    for other in get_args(Purpose):
        number = len(blocked_hosts(report, _known(), other, tiers).entries)
        if number:
            found = f"{counted(number, 'host')} {words.found[other]}"
            told.append(words.other_purpose.format(found=found, purpose=other))
            covered |= _known().answers[other]
    others = [
        reason for reason in reasons(report) if _stops(reason, report, tiers) and reason.cause.code not in covered
    ]
    if others:
        causes = "; ".join(words.other.format(title=each.title, about=_about(each)) for each in others)
        told.append(words.others.format(causes=causes, report=name))
    chosen = tally([need for need in needs(report) if need.shown.tier in tiers])
    if not told and chosen.works < chosen.total:
        told.append(words.undecided.format(counts=tally_words(chosen)))
    begin = words.nothing.format(found=words.found[purpose])
    return ". ".join((begin, " ".join(told))) if told else f"{begin}, {words.nothing_fails}"


def _about(reason: Reason) -> str:
    return ", ".join(filter(None, (reason.cause.code, reason.count)))


def _stops(reason: Reason, report: Report, tiers: Sequence[Tier]) -> bool:
    """Whether this is more than information, about endpoints of these tiers or about the whole set-up."""
    affected = set(reason.cause.endpoints)
    within = not affected or any(each.id in affected and each.tier in tiers for each in report.endpoints)
    return within and reason.cause.severity != "info"


@cache
def _known() -> Allowlists:
    return load_allowlists()


def _products(report: Report) -> tuple[str, ...]:
    named = [product.name for product in report.proxy.products] if report.proxy is not None else []
    named += [cause.product.name for cause in report.causes if cause.product is not None]
    return tuple(dict.fromkeys(name.lower() for name in named))


def _is_of(product: AllowlistFormat, names: tuple[str, ...]) -> bool:
    words = product.title.lower()
    return any(name.partition(" ")[0] in words for name in names if name)
