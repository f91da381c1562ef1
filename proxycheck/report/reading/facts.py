"""When, where, with what and against which guide a run was made, and what it contacted."""

from datetime import date
from typing import Final

from msgspec import Struct

from proxycheck.model.report import Contact, ProxyReport, Report, Run
from proxycheck.model.text import counted, printable
from proxycheck.report.reading.needs import NeedsTally, needs, tally
from proxycheck.report.reading.proxy import proxy_url, typed_url
from proxycheck.report.texts import texts

MOST_DAYS: Final = 365
"""A list of roots or logs that is older than this at the time of the run is told as old."""

_LONGEST_REASON = 80


class Fact(Struct, frozen=True):
    """One line about the run: its label and its words."""

    label: str
    text: str


def facts(report: Report) -> tuple[Fact, ...]:
    """Everything that tells this run from another, and lets two people see that they speak of the same one."""
    words = texts().facts
    found = [Fact(words.checked, _checked(report))]
    if report.proxy is not None:
        found.append(Fact(words.proxy, proxy_words(report, report.proxy)))
    found.append(Fact(words.guide, report.device.document))
    found.append(Fact(words.run, _run(report)))
    if report.run.contacted:
        found.append(Fact(words.contacted, _contacted(report.run.contacted)))
    if report.run.evidence_left_out:
        left_out = counted(report.run.evidence_left_out, "record")
        found.append(Fact(words.evidence, words.left_out.format(records=left_out)))
    if report.run.waits_cut_short:
        answers = counted(report.run.waits_cut_short, "answer")
        found.append(Fact(words.waiting, words.cut_short.format(answers=answers)))
    old = _old_lists(report)
    if old:
        found.append(Fact(words.knowledge, words.old.format(lists=", ".join(old))))
    if report.run.most_at_once > report.run.request.concurrency or report.run.fewest_at_once:
        found.append(Fact(words.pace, _pace(report.run)))
    found += [Fact(words.fault, words.broken.format(check=each.check, error=each.error)) for each in report.tool.fault]
    return tuple(found)


def _pace(run: Run) -> str:
    words = texts().facts
    if run.fewest_at_once:
        return words.few.format(fewest=run.fewest_at_once)
    grew = words.grew.format(most=run.most_at_once)
    if run.slowed_down_by is None:
        return grew
    why = printable(run.slowed_down_by, _LONGEST_REASON)
    return words.slowed.format(grew=grew, base=run.request.concurrency, why=why)


def tally_words(counts: NeedsTally) -> str:
    """`105 needed: 99 pass, 6 fail`, or `105 needed, all pass`; alternatives are counted once."""
    words = texts().counts
    if counts.total and counts.works == counts.total:
        return words.all_pass.format(total=counts.total)
    parts = (
        (counts.works, words.works),
        (counts.fails, words.fails),
        (counts.unknown - counts.untried, words.undecided),
        (counts.untried, words.untried),
    )
    told = ", ".join(f"{number} {word}" for number, word in parts if number) or words.nothing
    if counts.measured + counts.untried < counts.total:
        told += f" ({words.tried.format(measured=counts.measured or words.nothing)})"
    return words.needed.format(total=counts.total, parts=told)


def proxy_words(report: Report, proxy: ProxyReport) -> str:
    """The report's proxy in words: its URL, its address, the products recognised, the login it wants, and what was
    typed where the proxy is something else."""
    words = texts().facts
    told = [proxy_url(report) or proxy.url]
    if proxy.address and proxy.address not in proxy.url:
        told.append(f" {words.at.format(address=proxy.address)}")
    told += [f", {product.name} ({product.because})" for product in proxy.products]
    if proxy.auth.schemes_offered:
        told.append(f", {words.offers.format(schemes=', '.join(proxy.auth.schemes_offered))}")
    if proxy.auth.username is not None:
        how = words.by.format(scheme=proxy.auth.scheme_used) if proxy.auth.scheme_used else ""
        told.append(f", {words.user.format(name=proxy.auth.username)}{how}")
    typed = typed_url(report)
    if typed is not None:
        told.append(f"; {words.typed.format(typed=typed)}")
    return "".join(told)


def beside_the_guide(report: Report) -> tuple[Contact, ...]:
    """What was contacted although the guide does not list it."""
    return tuple(contact for contact in report.run.contacted if contact.reason is not None)


def moment(stamp: str) -> str:
    """`2026-01-01 00:00:00 UTC` of an RFC 3339 time."""
    return f"{stamp[:10]} {stamp[11:19]} UTC"


def _checked(report: Report) -> str:
    words = texts().facts
    if report.run.command == "network":
        what = "; ".join(check.reason for check in report.checks)
    else:
        what = tally_words(tally(needs(report)))
    return words.measured.format(when=moment(report.run.started_at), seconds=f"{report.run.duration_s:.1f}", what=what)


def _old_lists(report: Report) -> list[str]:
    """The public lists that were more than a year old when the run was made, each with its date."""
    words = texts().facts
    names = {"ct_logs": words.ct_logs, "mozilla_roots": words.mozilla_roots, "microsoft_roots": words.microsoft_roots}
    made = _day(report.run.started_at)
    days = {each: (made, _day(each.date)) for each in report.trust.lists}
    return [
        words.of.format(list=names[each.name], date=each.date)
        for each, (then, dated) in days.items()
        if then is not None and dated is not None and (then - dated).days > MOST_DAYS
    ]


def _day(stamp: str) -> date | None:
    """The day of an RFC 3339 time; None for what is none, for anybody can have written the file."""
    try:
        return date.fromisoformat(stamp[:10])
    except ValueError:
        return None


def _run(report: Report) -> str:
    words = texts().facts
    on = words.on.format(host=report.run.host) if report.run.host else ""
    return words.made_by.format(version=report.tool.version, id=report.run.id, on=on)


def _contacted(contacts: tuple[Contact, ...]) -> str:
    words = texts().facts
    beside: dict[str, list[str]] = {}
    for contact in contacts:
        if contact.reason is not None:
            beside.setdefault(contact.reason, []).append(f"{contact.host}:{contact.port}")
    listed = counted(sum(contact.reason is None for contact in contacts), "address")
    told = words.from_guide.format(addresses=listed.replace("addresss", "addresses"))
    others = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in beside.items())
    return f"{told}; {words.besides.format(others=others)}" if others else told
