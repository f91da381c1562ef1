"""The hosts that a report found blocked or inspected, as each product takes them."""

from functools import cache

from msgspec import Struct

from proxycheck.catalogue.allowlists import load_allowlists
from proxycheck.model.files.allowlist import AllowlistFormat, Allowlists, FormatName, Purpose
from proxycheck.model.report import Report
from proxycheck.report.allowlist import listing
from proxycheck.report.allowlist.entries import blocked_hosts

_FOR_PROGRAMS: frozenset[FormatName] = frozenset(("json", "pac"))
"""Formats that nobody pastes into a product's page."""


class HostList(Struct, frozen=True):
    """One list: for which product and purpose, where it goes, what it is worth, and the text. `found`: the report
    recognised this product."""

    format: FormatName
    title: str
    purpose: Purpose
    where: str
    notes: tuple[str, ...]
    text: str
    found: bool


def host_lists(report: Report, purpose: Purpose) -> tuple[HostList, ...]:
    """A list for every product that keeps one for this purpose, the recognised product first; empty where the report
    found nothing that such a list answers."""
    known = _known()
    hosts = blocked_hosts(report, known.answers[purpose])
    if not hosts.entries:
        return ()
    products = _products(report)
    made: list[HostList] = []
    for product in known.formats.values():
        if product.name in _FOR_PROGRAMS or all(place.purpose != purpose for place in product.places):
            continue
        found = listing(hosts, product, purpose)
        recognised = _is_of(product, products)
        made.append(HostList(product.name, product.title, purpose, found.where, found.notes, found.text, recognised))
    return tuple(sorted(made, key=lambda each: not each.found))


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
