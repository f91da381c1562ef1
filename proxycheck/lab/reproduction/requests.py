"""Everything else that is said to the proxy itself: plain requests, and first words in other protocols (`listener`)."""

import re
from collections.abc import Iterator
from datetime import datetime

from msgspec import structs

from proxycheck.checks import listener as greeting
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.shape import alike, shape
from proxycheck.lab.reproduction.connects import with_credentials
from proxycheck.lab.reproduction.groups import Groups
from proxycheck.lab.reproduction.replies import (
    RecordedAnswer,
    date_placeholder,
    dated,
    filled,
    likeness,
    moment_of,
    target_of,
)
from proxycheck.lab.reproduction.targets import Selector
from proxycheck.model.evidence import Evidence
from proxycheck.model.files.scenario import Behaviour, Table
from proxycheck.model.questions import OWN_PAGE
from proxycheck.model.target import Target
from proxycheck.wire.http.reply import read_reply, reply_in

_HOST = "[^/: ]+"
_NO_CREDENTIALS = "(?![\\s\\S]*\r\nProxy-Authorization:)"
_ENDS = {"eof": "close", "closed": "close", "reset": "reset"}
_STARTS = {
    "http": "GET / HTTP/1[.]1\r\nHost: proxy[.]invalid\r\n",
    greeting.INTERCEPTED: "GET /",
    "socks5": "\\x05",
    "socks4a": "\\x04\\x01[\\s\\S]{2}\\x00\\x00\\x00[^\\x00]",
    "socks4": "\\x04",
    greeting.TLS: "\\x16",
}
"""How each greeting begins, in an order in which the first that fits is the right one."""


def request_rules(case: Case, start: datetime, pages: frozenset[str]) -> list[Behaviour]:
    """The addons that answer first words, of a run that began at `start`; `pages` are endpoints where plain HTTP was
    answered by somebody else."""
    banner = _banner(case)
    secure = _secure(case)
    rules = [*_forwards(case, start, pages), *_greetings(case, start, banner, secure=bool(secure))]
    if banner:
        connect = next((e for o in case.observations for e in o.connects), None)
        if connect is not None:
            rules.insert(0, _rule("CONNECT ", _without(_answer(connect), banner), connect.endpoint))
        return [Behaviour(addon="listener", options={"listener_banner": banner, "listener": [*rules]})]
    found = [Behaviour(addon="listener", options={"listener_passes": True, "listener": [*rules]})] if rules else []
    return [*found, *secure]


def _banner(case: Case) -> str:
    record = case.greetings.get("banner")
    return record.received if record is not None else ""


def _without(answer: RecordedAnswer, banner: str) -> RecordedAnswer:
    return structs.replace(answer, text=answer.text.removeprefix(banner))


def _rule(starts: str, answer: RecordedAnswer, origin: str | None = None) -> Table:
    rule: Table = {"from": origin} if origin else {}
    rule |= {"starts": starts} if starts else {}
    if answer.text:
        rule["reply"] = answer.written
    if answer.fill:
        rule["fill"] = True
    return {**rule, "then": answer.then}


def _answer(record: Evidence) -> RecordedAnswer:
    then = _ENDS.get(record.ended, "stall")
    if record.failure is not None and record.failure.name in ("eof", "reset", "timeout"):
        then = {"eof": "close", "reset": "reset", "timeout": "stall"}[record.failure.name]
    return RecordedAnswer(record.received, then)


# ---- Plain requests in absolute form ---------------------------------------------------


def _forwards(case: Case, start: datetime, pages: frozenset[str]) -> Iterator[Table]:
    states: dict[str, Groups[RecordedAnswer]] = {"missing": Groups(), "given": Groups()}
    honest: dict[str, list[Target]] = {"missing": [], "given": []}
    known = {o.id: o for o in case.observations}
    own: list[Table] = []
    asked = any(with_credentials(e) for e in _plain(case))
    for record in _plain(case):
        state = "given" if with_credentials(record) else "missing"
        target = target_of(record)
        answer = dated(filled(_forwarded(record), target), moment_of(record, start))
        if record.variant == OWN_PAGE:
            starts = _starts(f"{_HOST}[.]invalid", state, answer, asked=asked)
            own.append(_rule(starts, _named(answer), record.endpoint))
        elif record.endpoint in pages or (record.endpoint in known and _replayed(case, record, target)):
            states[state].add(target, answer, likeness(answer, target, "GET"))
        else:
            honest[state].append(target)
    yield from own
    for state, groups in states.items():
        for selector, answer in groups.against(honest[state]):
            starts = _starts(_hosts(selector), state, answer, asked=asked)
            yield _rule(starts, _named(answer), selector.origin)


def _plain(case: Case) -> list[Evidence]:
    return [e for e in case.evidence if e.check == "plain-http" and e.operation in ("http_forward", "auth") and e.sent]


def _forwarded(record: Evidence) -> RecordedAnswer:
    answer = _answer(record)
    reply = reply_in(record)
    if reply.problem is None and reply.status:
        then = "next" if reply.status == 407 and reply.keeps_alive else "close"
        return structs.replace(answer, then=then)
    return answer


def _replayed(case: Case, record: Evidence, target: Target) -> bool:
    """Whether the answer is the proxy's own, or a refusal: the lab's host would give another."""
    reply = reply_in(record)
    if record.failure is not None or reply.status >= 400:
        return True
    own = case.own_page
    return own is not None and alike(shape(reply, target.host), shape(own.reply, own.host))


def _named(answer: RecordedAnswer) -> RecordedAnswer:
    """The port has no name in a request: port 80 is not written there."""
    return structs.replace(answer, text=answer.text.replace("{port}", "80"))


def _starts(hosts: str, state: str, answer: RecordedAnswer, *, asked: bool) -> str:
    group = "?P<host>" if "{host}" in answer.text else "?:"
    return f"[A-Z]+ http://({group}{hosts})[:/ ]{_NO_CREDENTIALS if asked and state == 'missing' else ''}"


def _hosts(selector: Selector) -> str:
    """The same hosts as part of a longer expression."""
    if not selector.hosts:
        return _HOST
    parts = [re.sub(r"\$$", "", part) for part in selector.hosts.split("$|")]
    return "|".join(
        f"({_HOST}[.])?{part.removeprefix('(^|[.])')}" if part.startswith("(^|[.])") else part.removeprefix("^")
        for part in parts
    )


# ---- First words in other protocols ----------------------------------------------------


def _greetings(case: Case, start: datetime, banner: str, *, secure: bool) -> Iterator[Table]:
    for variant, starts in _STARTS.items():
        record = case.greetings.get(variant)
        if record is not None and not (variant == greeting.TLS and secure):
            answer = dated(_without(_answer(record), banner), moment_of(record, start))
            yield _rule(starts, answer, "the proxy's own port")


def _secure(case: Case) -> list[Behaviour]:
    """A listener that ends TLS, and what it answers to CONNECT inside, where that is a refusal."""
    hello = case.greetings.get(greeting.TLS)
    if hello is None or hello.tls is None or hello.tls.version is None:
        return []
    found = [Behaviour(addon="tls_listener")]
    inside = case.greetings.get(greeting.INSIDE_TLS)
    reply = read_reply("CONNECT", inside.received_bytes, closed=True) if inside is not None else None
    if reply is not None and reply.status and not reply.success:
        fields = [f"{name}: {value}" for name, value in reply.headers if name.lower() not in _FRAMING]
        options: dict[str, str | int | list[str | Table]] = {
            "methods": ["GET", "HEAD", "POST"],
            "methods_status": reply.status,
            "methods_reason": reply.reason,
            "methods_headers": [*fields],
            "methods_page": _text(reply.body),
        }
        found.append(Behaviour(addon="methods", options={**options}))
    return found


_FRAMING = frozenset(("content-length", "content-type", "connection", "transfer-encoding"))


def page_of(observation: Observation, start: datetime) -> Table | None:
    """The page that was shown inside TLS, as a rule of the addon `http_pages` without its hosts."""
    reply = observation.inside_answer
    if reply is None or not reply.status or observation.inside is None:
        return None
    moment = moment_of(observation.inside, start)
    told = ((n, date_placeholder(v, moment) if n.lower() == "date" else v) for n, v in reply.headers)
    fields = [f"{name}: {value}" for name, value in told if name.lower() != "content-length"]
    page = _text(reply.body).replace(observation.endpoint.host, "{host}")
    return {"status": reply.status, "reason": reply.reason, "fields": [*fields], "page": page}


def _text(body: bytes) -> str:
    """The content as text that becomes the same bytes in UTF-8, where it can be."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")
