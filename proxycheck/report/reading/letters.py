"""The text for each of those who are to act: the proxy's team, the security team, Pitney Bowes. Ready to send."""

from collections.abc import Iterator

from msgspec import Struct

from proxycheck.model.files.report_texts import LetterTexts
from proxycheck.model.report import Report
from proxycheck.report.reading.causes import Reason, reasons
from proxycheck.report.reading.facts import moment, proxy_words, tally_words
from proxycheck.report.reading.functions import functions
from proxycheck.report.reading.headline import headline
from proxycheck.report.reading.needs import needs, tally
from proxycheck.report.reading.proxy import proxy_url
from proxycheck.report.texts import texts
from proxycheck.wire.command_line import quote


class Letter(Struct, frozen=True):
    """What one addressee is told: its title, the causes that are theirs, and the whole text to send."""

    audience: str
    title: str
    reasons: tuple[Reason, ...]
    text: str


def letters(report: Report) -> tuple[Letter, ...]:
    """A letter to everybody who has something to do; one to Pitney Bowes in any case."""
    found = []
    for words in texts().letters:
        own = tuple(reason for reason in reasons(report) if _theirs(reason, words))
        if own or words.always:
            text = "\n".join(_lines(report, words, own)).rstrip() + "\n"
            found.append(Letter(words.audience, words.title, own, text))
    return tuple(found)


def hosts_of(chosen: tuple[Reason, ...]) -> tuple[str, ...]:
    """Every `host:port` that these causes affect, once, in their order."""
    return tuple(dict.fromkeys(endpoint for reason in chosen for endpoint in reason.cause.endpoints))


def _theirs(reason: Reason, words: LetterTexts) -> bool:
    weighty = reason.cause.severity != "info" or words.notes
    return weighty and reason.cause.code.startswith(words.causes)


def _lines(report: Report, words: LetterTexts, own: tuple[Reason, ...]) -> Iterator[str]:
    about = texts().letter
    url = proxy_url(report)
    proxy = about.no_proxy if url is None else url
    yield words.subject.format(device=report.device.title, proxy=proxy)
    yield ""
    yield words.opening.format(device=report.device.title, proxy=proxy)
    yield ""
    if words.always:
        yield from _state(report)
    for number, reason in enumerate(own, start=1):
        yield from _request(number, reason, whole=words.always)
    if own and words.log and url is not None:
        yield about.log.format(
            begin=moment(report.run.started_at), end=moment(report.run.finished_at), host=report.run.host or about.here
        )
        yield ""
        yield about.verify
        yield f"  proxycheck check --proxy {quote(url)} --device {quote(report.device.name)}"
        yield ""
    yield about.made_by.format(
        version=report.tool.version, id=report.run.id, when=moment(report.run.started_at), guide=report.device.document
    )


def _state(report: Report) -> Iterator[str]:
    about = texts().letter
    line = headline(report)
    yield f"{line.label}: {line.sentence}."
    yield about.measured.format(what=tally_words(tally(needs(report))))
    if report.proxy is not None:
        yield about.proxy.format(proxy=proxy_words(report, report.proxy))
    yield ""
    for function in functions(report):
        words = texts().functions.answers[function.answer]
        yield f"  {words}: {function.name} ({function.tally.works} / {function.tally.total})"
    yield ""


def _request(number: int, reason: Reason, *, whole: bool) -> Iterator[str]:
    about = texts().letter
    yield f"{number}. {reason.title} ({reason.cause.code})"
    for sentence in reason.seen:
        yield f"   {about.seen}: {sentence}"
    for change in () if whole else reason.changes:
        product = f"{change.product}: " if change.product else ""
        yield f"   {about.change}: {product}{change.text}{f' ({change.basis})' if change.basis else ''}"
        yield from (f"      {line}" for line in change.config)
    if reason.everything:
        yield f"   {about.hosts}: {about.all_hosts}"
    elif reason.cause.endpoints:
        yield f"   {about.hosts}:"
        yield from (f"      {endpoint}" for endpoint in reason.cause.endpoints)
    yield ""
