"""How PCs get along, in a report: the PAC file's answers, this computer's settings, and the checks of them."""

from collections.abc import Iterator, Sequence

from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.pac import PacView, address_of, pac_view
from proxycheck.diagnosis.rules.exclusions import settings_of
from proxycheck.diagnosis.rules.pac import id_of
from proxycheck.model.cause import Cause, CauseCode
from proxycheck.model.questions import QUESTIONS
from proxycheck.model.report import CheckReport, EndpointVerdict, PacProxy, PacReport, PacRoute, SettingsReport
from proxycheck.routes.pac.answers import PacAnswer, Route
from proxycheck.routes.system.settings import SystemSettings

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
        problem=view.unreadable or view.unknown,
        routes=tuple(_route(answer) for answer in view.evaluation.answers),
        proxies=tuple(
            PacProxy(address_of(route), len(hosts), route in view.routes.shared, view.told(route))
            for route, hosts in view.routes.proxies
        ),
        enter=_enter(view),
    )


def _enter(view: PacView) -> str | None:
    """The one proxy that does for every host, unless every one was tried and none answers."""
    if view.best is None or not view.routes.shared or view.answers(view.best) is False:
        return None
    return address_of(view.best)


def _route(answer: PacAnswer) -> PacRoute:
    return PacRoute(id_of(answer), tuple(map(_words, answer.routes)), answer.error, answer.consulted)


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


def setup_checks(case: Case, causes: Sequence[Cause]) -> Iterator[CheckReport]:
    """The checks that were asked for, each with what came of it."""
    view = pac_view(case)
    if view is not None:
        codes: tuple[CauseCode, ...] = (
            "setup.pac-direct",
            "setup.pac-socks",
            "setup.pac-varies",
            "setup.pac-unreadable",
        )
        if view.unknown is not None:
            yield CheckReport("pac", QUESTIONS["pac"], "inconclusive", view.unknown, ())
        else:
            yield _check("pac", QUESTIONS["pac"], causes, codes, _told(view))
    if any(record.check == "system-settings" for record in case.evidence):
        places = ", ".join(place.where or place.source for place in settings_of(case)) or "none configures a proxy"
        yield _check("system-settings", QUESTIONS["system-settings"], causes, ("setup.exclusions",), f"read: {places}")


def _told(view: PacView) -> str:
    routes = view.routes
    counts = {
        "an HTTP proxy": routes.proxied,
        "the host itself": routes.direct,
        "SOCKS": routes.socks,
        "a proxy with TLS": routes.tls,
        "nowhere": routes.failed,
    }
    said = ", ".join(f"{len(answers)} to {name}" for name, answers in counts.items() if answers)
    return view.unreadable or f"{len(view.evaluation.answers)} endpoints asked: {said}"


def _check(name: str, question: str, causes: Sequence[Cause], codes: Sequence[CauseCode], reason: str) -> CheckReport:
    own = [cause for cause in causes if cause.code in codes]
    found = tuple(dict.fromkeys(cause.code for cause in own))
    verdict: EndpointVerdict = "pass"
    if own:
        verdict = "warn" if all(cause.severity == "info" for cause in own) else "fail"
    return CheckReport(name, question, verdict, reason, found)
