"""The page of one finished report."""

from collections.abc import Iterable

from markupsafe import Markup
from msgspec import Struct

from proxycheck.model.evidence import Evidence
from proxycheck.model.report import EndpointReport, Report
from proxycheck.model.text import counted
from proxycheck.report.embedded import ELEMENT_ID, MEDIA_TYPE, embed
from proxycheck.report.html.drawing import TONES, drawing
from proxycheck.report.html.environment import asset, environment, policy
from proxycheck.report.reading.by_hand import by_hand
from proxycheck.report.reading.causes import reasons, the_one_reason
from proxycheck.report.reading.facts import facts
from proxycheck.report.reading.findings import good, open_questions, proofs, unasked, untried
from proxycheck.report.reading.functions import functions, nothing_works
from proxycheck.report.reading.headline import headline
from proxycheck.report.reading.letters import letters
from proxycheck.report.reading.lists import host_lists
from proxycheck.report.reading.matrix import COLUMNS, matrix
from proxycheck.report.reading.needs import needs, tally
from proxycheck.report.reading.timeline import timeline
from proxycheck.report.texts import texts

LARGEST_BYTES = 590_000
"""A page above this shows less of what was sent and received, because a file of 600 kB can be sent everywhere.
The report inside it, which cannot be cut, is the larger the more certificates there are."""
_IN_WORDS = ("connect", "auth", "http", "http_forward", "proxy_greeting")
"""Operations whose bytes a person can read."""


class Shown(Struct, frozen=True):
    """How much is shown of what was sent and received, in bytes, where it failed and where it passed; of how many
    exchanges of one endpoint; and whether its stages and the lines to see it by hand stand there as well, which the
    matrix and a section of their own tell too: without them, endpoints of which the same is told are told together. The
    report inside the page holds the rest."""

    failed: int
    passed: int
    exchanges: int
    lines: bool = True


_AMOUNTS = (Shown(700, 160, 4), Shown(240, 80, 2), Shown(80, 0, 1), Shown(0, 0, 0), Shown(0, 0, 0, lines=False))


class Exchange(Struct, frozen=True):
    """What was sent and received in one operation, in words; `cut` says how much there is in all, empty where it is
    shown whole."""

    operation: str
    at_s: float
    duration_s: float
    sent: str
    received: str
    cut: str


class Detail(Struct, frozen=True):
    """All that is shown of one endpoint, or of all those in `names` of which the same is told."""

    names: tuple[str, ...]
    endpoint: EndpointReport
    exchanges: tuple[Exchange, ...] = ()


def page(report: Report) -> bytes:
    """The page, UTF-8. It holds the report itself (`proxycheck.report.embedded`), and shows as much of the evidence as
    there is room for."""
    style, script = asset("style.css"), asset("page.js")
    content, digest = embed(report)
    template, known, made = environment().get_template("page.html.jinja"), parts(report), b""
    for amount in _AMOUNTS:
        made = template.render(
            **{**known, "details": details(report, amount), "with_lines": amount.lines},
            policy=policy(style=style, script=script),
            style=style,
            script=script,
            embedded_markup=Markup(content),  # noqa: S704  digits of our own
            sha256=digest,
            element_id=ELEMENT_ID,
            media_type=MEDIA_TYPE,
        ).encode("utf-8", "backslashreplace")
        if len(made) <= LARGEST_BYTES:
            break
    return made


def parts(report: Report) -> dict[str, object]:
    """What the templates know of a report, and nothing besides."""
    times, rows = timeline(report), matrix(report)
    return {
        "t": texts(),
        "report": report,
        "counted": counted,
        "with_lines": True,
        "headline": headline(report),
        "functions": () if report.run.command == "pac" else functions(report),  # nothing was asked for
        "nothing_works": nothing_works(report) if the_one_reason(report) is not None else "",
        "tally": tally(needs(report)),
        "reasons": reasons(report),
        "letters": letters(report),
        "lists": {words.audience: host_lists(report, words.purpose) for words in texts().letters if words.purpose},
        "good": good(report),
        "proofs": proofs(report),
        "questions": open_questions(report),
        "untried": untried(report),
        "unasked": unasked(report),
        "columns": COLUMNS,
        "rows": rows,
        "filled": {column for row in rows for column, cell in zip(COLUMNS, row.cells, strict=True) if cell != "none"},
        "timeline": times,
        "drawing": drawing(times),
        "tones": TONES,
        "details": details(report),
        "facts": facts(report),
        "by_hand": by_hand(report),
    }


def details(report: Report, shown: Shown = _AMOUNTS[0]) -> tuple[Detail, ...]:
    """Every endpoint that was measured, failing ones first, with what was said for it."""
    said: dict[str | None, list[Evidence]] = {}
    for record in report.evidence:
        if record.operation in _IN_WORDS:
            said.setdefault(record.endpoint, []).append(record)
    order = ("fail", "inconclusive", "warn", "pass")
    measured = [endpoint for endpoint in report.endpoints if endpoint.verdict in order]
    measured.sort(key=lambda endpoint: order.index(endpoint.verdict))
    if not shown.lines:
        return _alike(measured)
    return tuple(Detail((each.id,), each, _exchanges(said.get(each.id, ()), each, shown)) for each in measured)


def _alike(measured: Iterable[EndpointReport]) -> tuple[Detail, ...]:
    groups: dict[tuple[object, ...], list[EndpointReport]] = {}
    for each in measured:
        tls = (each.tls.proof, each.tls.version, each.tls.issuer) if each.tls is not None else ()
        groups.setdefault((each.verdict, each.reason, *tls, *each.notes), []).append(each)
    return tuple(Detail(tuple(each.id for each in members), members[0]) for members in groups.values())


def _telling(records: Iterable[Evidence], most: int) -> list[Evidence]:
    """The same answer to the same words is shown once, and of many different ones the first few."""
    return list({(record.sent, record.received): record for record in reversed([*records])}.values())[::-1][:most]


def _exchanges(records: Iterable[Evidence], endpoint: EndpointReport, shown: Shown) -> tuple[Exchange, ...]:
    most = shown.passed if endpoint.verdict == "pass" else shown.failed
    return tuple(_exchange(record, most) for record in _telling(records, shown.exchanges)) if most else ()


def _exchange(record: Evidence, most: int) -> Exchange:
    sent, received, words, cut = record.sent[:most], record.received[:most], texts().details, ""
    kept = len(record.sent) + len(record.received)
    size = len(record.sent) + max(len(record.received), record.size or 0)
    if len(sent) + len(received) < size:
        cut = words.cut.format(bytes=size) if kept == size else words.cut_short.format(bytes=size, kept=kept)
    return Exchange(record.operation, record.started_s, record.duration_s, sent, received, cut)
