"""A PAC file against a device that knows one HTTP proxy and nothing else.

What the file says of a host that passes through the proxy in this very run is told and changes nothing: the device will
ask the proxy, and the proxy lets it through. Where that is not shown, a host counts as its tier says.
"""

from collections.abc import Collection, Iterator, Sequence

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.pac import PacView, address_of, pac_view
from proxycheck.model.cause import CauseCode, Confidence, Severity
from proxycheck.model.text import counted, printable
from proxycheck.routes.pac.answers import NO_FAULT, PacAnswer, Route

_PARTS = 3
_QUOTE = 120
_PASSES = "These hosts pass through the tested proxy, so the device is not hindered."

_DIRECT = ("goes direct", "go direct")
_SOCKS = ("goes to SOCKS", "go to SOCKS")
_TLS = ("goes to a proxy with TLS", "go to a proxy with TLS")
_NOTHING = ("gets no usable answer", "get no usable answer")
"""What one host does, and what many do."""


def pac(case: Case, passing: Collection[str]) -> Iterator[Finding]:
    """All that a PAC file can do to the device; `passing` are the endpoints that pass through the tested proxy."""
    view = pac_view(case)
    if view is None or view.unknown is not None:
        return
    stopped = view.stopped.reason if view.stopped is not None and view.stopped.kind not in NO_FAULT else None
    wrong = view.unreadable or stopped
    if wrong is not None:
        severity: Severity = "degraded" if case.proxy is None else "info"
        yield Finding("setup.pac-unreadable", (), "conclusive", (printable(wrong, 300),), severity, final=False)
    if view.unreadable is not None:
        return
    routes = view.routes
    yield from _sent(case, passing, "setup.pac-direct", routes.direct, _DIRECT)
    yield from _sent(case, passing, "setup.pac-socks", routes.socks, _SOCKS)
    yield from _sent(case, passing, "setup.https-proxy", routes.tls, _TLS)
    yield from _sent(case, passing, "setup.pac-unreadable", routes.failed, _NOTHING)
    yield from _varies(case, passing, view)


def _sent(
    case: Case, passing: Collection[str], code: CauseCode, answers: Sequence[PacAnswer], words: tuple[str, str]
) -> Iterator[Finding]:
    yield from split(case, passing, code, {id_of(answer) for answer in answers}, _because(answers, words))


def split(
    case: Case,
    passing: Collection[str],
    code: CauseCode,
    ids: Collection[str],
    because: tuple[str, ...],
    confidence: Confidence = "conclusive",
) -> Iterator[Finding]:
    """One finding for hosts that pass through the proxy all the same, as information, and one for the others."""
    members = [o for o in case.observations if o.id in ids]
    fine = tuple(o for o in members if o.id in passing)
    lost = tuple(o for o in members if o.id not in passing)
    if lost:
        yield Finding(code, lost, confidence, because, final=False)
    if fine:
        yield Finding(code, fine, confidence, because, "info", final=False, detail=_PASSES)


def id_of(answer: PacAnswer) -> str:
    """The endpoint's `host:port`."""
    return address_of(Route("http", answer.host, answer.port))


def _because(answers: Sequence[PacAnswer], words: tuple[str, str]) -> tuple[str, ...]:
    """One sentence for each text of an answer, with the number of hosts that get it; `words` are of one and of many."""
    texts: dict[str, list[PacAnswer]] = {}
    for answer in answers:
        texts.setdefault(answer.error or answer.raw.strip() or "an empty answer", []).append(answer)
    sentences = []
    for text, members in sorted(texts.items(), key=lambda item: -len(item[1])):
        named = ", ".join(id_of(answer) for answer in members[:_PARTS])
        rest = f" and {len(members) - _PARTS} more" if len(members) > _PARTS else ""
        sentences.append(f"{named}{rest} {words[len(members) > 1]}: {printable(text, _QUOTE)}")
    return tuple(sentences)


def _varies(case: Case, passing: Collection[str], view: PacView) -> Iterator[Finding]:
    """No HTTP proxy serves all hosts that have one: whichever the device gets, some hosts lose theirs."""
    best = view.best
    if view.routes.shared or best is None:
        return
    tested = next((route for route, _ in view.routes.proxies if _is_tested(case, route)), best)
    served = {host for route, hosts in view.routes.proxies if route == tested for host in hosts}
    lost = {id_of(answer) for answer in view.routes.proxied} - served
    because = tuple(f"{address_of(route)}: {counted(len(hosts), 'host')}" for route, hosts in view.routes.proxies)
    take = "takes" if len(lost) == 1 else "take"
    chosen = f"with {address_of(tested)} on the device, {counted(len(lost), 'host')} {take} another way than PCs do"
    yield from split(case, passing, "setup.pac-varies", lost, (chosen, *because))


def _is_tested(case: Case, route: Route) -> bool:
    return case.proxy is not None and (case.proxy.host.lower(), case.proxy.port) == (route.host, route.port)
