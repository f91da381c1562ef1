"""The text of a ticket, as Markdown: the answer, what works, what to change, and whom to ask. A page in itself.

What a proxy sent is text in it and nothing else: every character that Markdown could take for its own is escaped, and
lines to copy stand in fences longer than any run of backticks in them.
"""

import re
from collections.abc import Iterator

from proxycheck.model.report import Report
from proxycheck.model.text import counted, printable
from proxycheck.report.embedded import sha256
from proxycheck.report.json import encode
from proxycheck.report.reading.by_hand import by_hand
from proxycheck.report.reading.causes import Reason, reasons, the_one_reason
from proxycheck.report.reading.facts import facts, moment
from proxycheck.report.reading.findings import good, open_questions, untried
from proxycheck.report.reading.functions import functions, nothing_works
from proxycheck.report.reading.headline import headline
from proxycheck.report.texts import texts

_LONGEST = 1000
_HOSTS = 12
"""Hosts of one cause that are named; the JSON names all."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~$&@:-])")
_WORDS_APART = re.compile(r"(?<=[A-Za-z0-9])\\([-:@()+.])(?=[A-Za-z0-9 ]|$)")
"""Within words these characters mean nothing, so they stay readable."""
_SIGNS = {"works": "✅", "partly": "⚠️", "lost": "❌", "unknown": "❔"}


def markdown(report: Report) -> bytes:
    """The text, UTF-8."""
    return ("\n".join(_lines(report)).rstrip() + "\n").encode("utf-8", "backslashreplace")


def plain(text: str) -> str:
    """`text` as one line that Markdown shows as it is."""
    escaped = _SPECIAL.sub(r"\\\1", printable(text, _LONGEST))
    return _WORDS_APART.sub(r"\1", escaped)


def fenced(lines: tuple[str, ...] | list[str]) -> Iterator[str]:
    """Lines to copy, whole."""
    shown = [printable(line.expandtabs(4), 4000) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}text"
    yield from shown
    yield fence


def _lines(report: Report) -> Iterator[str]:
    words, line = texts().sections, headline(report)
    yield f"## {plain(line.label)}: {plain(line.outcome)}"
    yield ""
    if line.reason:
        yield f"**{plain(line.reason)}**"
        yield ""
    made_by = texts().letter.made_by.format(
        version=report.tool.version, id=report.run.id, when=moment(report.run.started_at), guide=report.device.document
    )
    yield plain(made_by)
    yield ""
    yield from _functions(report)
    found = reasons(report)
    if found:
        yield f"### {words.causes}"
        yield ""
    for reason in found:
        yield from _reason(reason)
    yield from _list(words.good, good(report))
    yield from _list(words.questions, [f"{check.question} {check.reason}" for check in open_questions(report)])
    if not the_one_reason(report):
        yield from _list(words.untried, [f"{counted(len(u.endpoints), 'host')}: {u.reason}" for u in untried(report)])
    yield from _by_hand(report)
    yield from _entry(report)
    yield from _list(words.facts, [f"{fact.label}: {fact.text}" for fact in facts(report)])
    yield f"{texts().page.sha256}: `{sha256(encode(report))}`"


def _functions(report: Report) -> Iterator[str]:
    words = texts()
    found = functions(report)
    if not found:
        return
    yield f"### {words.sections.functions}"
    yield ""
    if the_one_reason(report):
        yield plain(nothing_works(report))
        yield ""
        return
    for each in found:
        count = words.functions.count.format(works=each.tally.works, total=each.tally.total)
        answer = words.functions.answers[each.answer]
        yield f"- {_SIGNS[each.answer]} **{answer}** {plain(each.name)} ({count}, {words.matrix.tiers[each.tier]})"
    yield ""


def _reason(reason: Reason) -> Iterator[str]:
    words = texts().causes
    yield f"#### {words.severities[reason.cause.severity]}: {plain(reason.title)} (`{reason.cause.code}`)"
    yield ""
    for paragraph in reason.paragraphs:
        yield plain(paragraph)
        yield ""
    for sentence in reason.seen:
        yield f"- {words.seen}: {plain(sentence)}"
    if reason.everything:
        yield f"- {words.affects}: {words.all_endpoints}"
    yield from () if reason.everything else _affected(reason)
    for change in reason.changes:
        product = f"{plain(change.product)}: " if change.product else ""
        basis = f" ({plain(change.basis)})" if change.basis else ""
        yield f"- **{words.change}**: {product}{plain(change.text)}{basis}"
        if change.config:
            yield ""
            yield from fenced(change.config)
            yield ""
    yield ""


def _affected(reason: Reason) -> Iterator[str]:
    words = texts().causes
    for affected in reason.affected:
        count = words.hosts_on_port.format(hosts=counted(len(affected.hosts), "host"), port=plain(affected.port))
        yield f"- {words.affects} {count}: {_few(affected.hosts)}"
    if reason.spare:
        count = words.alternatives.format(alternatives=counted(len(reason.spare), "alternative"))
        yield f"- {words.affects} {count}: {_few(reason.spare)}"


def _few(names: tuple[str, ...]) -> str:
    more = len(names) - _HOSTS
    rest = f" {texts().causes.more.format(count=more)}" if more > 0 else ""
    return ", ".join(map(plain, names[:_HOSTS])) + rest


def _list(heading: str, sentences: tuple[str, ...] | list[str]) -> Iterator[str]:
    if sentences:
        yield f"### {heading}"
        yield ""
        yield from (f"- {plain(sentence)}" for sentence in sentences)
        yield ""


def _by_hand(report: Report) -> Iterator[str]:
    chosen = by_hand(report)
    if chosen:
        yield f"### {texts().sections.by_hand}"
        yield ""
        yield from fenced([line for endpoint in chosen for line in endpoint.reproduce])
        yield ""


def _entry(report: Report) -> Iterator[str]:
    enter, words = report.enter, texts().sections
    if enter.fields:
        yield from _list(words.enter, [f"{field.name}: {field.value}" for field in enter.fields])
    elif enter.reason:
        yield from _list(words.nothing_to_enter, [enter.reason])
