"""How PCs get along, in a report: the PAC file's answers, this computer's settings, and the checks of them."""

from collections.abc import Iterator

from proxycheck.diagnosis.answers.asked import Asked, reply, worst
from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.pac import PacView, address_of, pac_view
from proxycheck.diagnosis.rules.exclusions import settings_of
from proxycheck.diagnosis.rules.pac import id_of
from proxycheck.model.report import CheckReport, PacProxy, PacReport, PacRoute, SettingsReport
from proxycheck.model.text import counted
from proxycheck.routes.pac.answers import PacAnswer, Route
from proxycheck.routes.system.proxy_text import without_secrets
from proxycheck.routes.system.settings import SystemSettings, distinct_proxies

_KEYWORDS = {
    "http": "PROXY",
    "https": "HTTPS",
    "socks": "SOCKS",
    "socks4": "SOCKS4",
    "socks5": "SOCKS5",
    "quic": "QUIC",
}


def pac_report(case: Case) -> PacReport | None:
    """The PAC file that was looked at, None where none was."""
    view = pac_view(case)
    if view is None:
        return None
    return PacReport(
        source=view.source,
        problem=view.unreadable or view.unknown or (view.stopped.reason if view.stopped is not None else None),
        routes=tuple(_route(answer) for answer in view.evaluation.answers),
        proxies=tuple(
            PacProxy(address_of(route), len(hosts), route in view.routes.shared, view.told(route))
            for route, hosts in view.routes.proxies
        ),
        enter=_enter(view),
    )


def _enter(view: PacView) -> str | None:
    """The one proxy that does for every host, unless every one was tried and none answers, or a host's is not known."""
    if view.best is None or not view.routes.shared or view.routes.unknown or view.answers(view.best) is False:
        return None
    return address_of(view.best)


def _route(answer: PacAnswer) -> PacRoute:
    return PacRoute(id_of(answer), tuple(map(_words, answer.routes)), answer.error, answer.consulted, answer.unknown)


def _words(route: Route) -> str:
    if route.kind == "direct":
        return "DIRECT"
    return f"{_KEYWORDS[route.kind]} {address_of(route)}" if route.kind in _KEYWORDS else route.text


def settings_report(case: Case) -> tuple[SettingsReport, ...]:
    """This computer's settings, place by place."""
    return tuple(SettingsReport(place.source, place.where, tuple(_lines(place))) for place in settings_of(case))


def _lines(place: SystemSettings) -> Iterator[str]:
    for proxy in place.proxies:
        yield f"{proxy.setting}: {proxy.address.url} for {proxy.traffic}"
    if place.pac_url:
        yield f"PAC file: {place.pac_url}"
    if place.auto_detect:
        yield "automatic detection (WPAD) is on"
    for bypass in place.bypass:
        kind = "only these use the proxy" if bypass.reversed else "bypass list"
        yield f"{bypass.setting or 'exceptions'} ({kind}): {bypass.text}"
    yield from place.notes


def pac(asked: Asked) -> CheckReport | None:
    """Where the PAC file sends the device's hosts."""
    view = pac_view(asked.case)
    if view is None:
        return None
    if view.unknown is not None:
        return reply("pac", "inconclusive", view.unknown)
    causes = asked.of("pac")
    return reply("pac", worst((cause.severity for cause in causes), "pass"), _told(view), causes)


def system_settings(asked: Asked) -> CheckReport:
    """What the settings of this computer name, and whether they exclude needed hosts."""
    causes = asked.of("system-settings")
    verdict = worst((cause.severity for cause in causes), "pass")
    return reply("system-settings", verdict, _named(settings_of(asked.case)), causes)


def _named(places: tuple[SystemSettings, ...]) -> str:
    """Which proxy and PAC file the settings name, and what to do where they name none."""
    proxies = [proxy.address.url for proxy in distinct_proxies(places)]
    pacs = [place.pac_url for place in places if place.pac_url]
    if proxies or pacs or any(place.auto_detect for place in places):
        read = ", ".join(place.where or place.source for place in places)
        named = f"the proxy {' and '.join(proxies)}" if proxies else "no proxy"
        found = f"the PAC file {' and '.join(map(without_secrets, dict.fromkeys(pacs)))}" if pacs else "no PAC file"
        return f"the settings of this computer ({read}) name {named} and {found}"
    wrong = [f" ({place.where or place.source}: {note})" for place in places for note in place.notes]
    what = "correct that, or name" if wrong else "name"
    return (
        f"this computer's settings name no proxy and no PAC file{''.join(wrong)}; "
        f"{what} the proxy yourself: proxycheck check --proxy HOST:PORT"
    )


def _told(view: PacView) -> str:
    routes = view.routes
    counts = {
        "an HTTP proxy": routes.proxied,
        "the host itself": routes.direct,
        "SOCKS": routes.socks,
        "a proxy with TLS": routes.tls,
        "nowhere": routes.failed,
        "nobody knows where": routes.unknown,
    }
    said = ", ".join(f"{len(answers)} to {name}" for name, answers in counts.items() if answers)
    return view.unreadable or f"{counted(len(view.evaluation.answers), 'endpoint')} asked: {said}"
