"""How PCs get along here: where the PAC file sends the device's hosts, and what this computer's settings say."""

from collections import defaultdict

from proxycheck.model.report import PacReport, PacRoute, Report
from proxycheck.model.text import counted
from proxycheck.report.page import Page, listed
from proxycheck.report.texts import texts

_HOSTS_SHOWN = 6
_LINES_SHOWN = 6


def add_pac(page: Page, report: Report, *, verbose: bool) -> None:
    """The ways with the endpoints that take each, and the proxies; `verbose` is a line for every endpoint."""
    pac = report.pac
    if pac is None:
        return
    words = texts().pac
    page.heading(words.heading.format(source=pac.source).rstrip())
    if pac.problem is not None and (verbose or pac.problem not in {_way(route) for route in pac.routes}):
        page.block(pac.problem, indent=2)
    if verbose:
        _add_table(page, pac)
    else:
        _add_ways(page, pac)
    depends = _depends(pac)
    if depends:
        page.block(words.depends.format(things=", ".join(depends)), indent=2)
    for proxy in pac.proxies:
        serves = words.shared if proxy.shared else counted(proxy.endpoints, "endpoint")
        said = words.serves.format(endpoints=serves, answer=proxy.answer)
        page.block(said, label=proxy.address, start=2, indent=4 + len(proxy.address))


def _way(route: PacRoute) -> str:
    return route.error or "; ".join(route.routes)


def _depends(pac: PacReport) -> list[str]:
    consulted = dict.fromkeys(name for route in pac.routes for name in route.depends_on)
    words = texts().pac
    found = [said for name, said in words.consulted.items() if name in consulted]
    names = sum(name.startswith("dns:") for name in consulted)
    return found + ([words.names.format(names=counted(names, "name"))] if names else [])


def _add_table(page: Page, pac: PacReport) -> None:
    width = max((len(route.id) for route in pac.routes), default=0)
    for route in pac.routes:
        page.unwrapped(f"  {route.id.ljust(width)}  {_way(route)}")


def _add_ways(page: Page, pac: PacReport) -> None:
    ways: dict[str, list[str]] = defaultdict(list)
    for route in pac.routes:
        ways[_way(route)].append(route.id)
    for way, names in sorted(ways.items(), key=lambda item: -len(item[1])):
        # Hosts with an HTTP proxy are the ordinary case; all others are what the reader came for, unless all are alike.
        limit = _HOSTS_SHOWN if way.startswith("PROXY ") or len(ways) == 1 else None
        page.block((way, "bold"), indent=2)
        page.block(f"{counted(len(names), 'endpoint')}: ", *listed(names, limit), indent=4)


def add_settings(page: Page, report: Report, *, verbose: bool) -> None:
    """This computer's proxy settings, place by place."""
    if not report.settings:
        return
    page.heading(texts().pac.settings)
    for place in report.settings:
        page.block(place.where or place.source, indent=2)
        for line in place.lines if verbose else place.lines[:_LINES_SHOWN]:
            page.block(line, indent=4)
