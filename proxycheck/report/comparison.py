"""A comparison of two runs as a page of terminal text, as Markdown, as JSON and as HTML."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, get_args

import msgspec
from rich.console import Console

from proxycheck.model.text import counted
from proxycheck.report.json import ascii_json
from proxycheck.report.markdown import plain
from proxycheck.report.page import Page, listed
from proxycheck.report.reading.comparison import Change, Comparison, FunctionChange, Outcome
from proxycheck.report.reading.facts import moment
from proxycheck.report.texts import texts

_Counted = Literal["broke", "worse", "mended", "better"]
_COUNTED: tuple[_Counted, ...] = get_args(_Counted)
_ORDER: tuple[Change, ...] = (*_COUNTED, "same")
_STYLES: dict[Outcome, str] = {
    "broke": "red",
    "worse": "red",
    "mixed": "red",
    "mended": "green",
    "better": "green",
    "changed": "yellow",
    "same": "dim",
}
_INDENT = 13
_HOSTS_SHOWN = 6


def encode(comparison: Comparison) -> bytes:
    """The comparison as JSON (`schema: "proxycheck.comparison/1"`)."""
    return ascii_json(msgspec.to_builtins(comparison))


def show(comparison: Comparison, console: Console, *, quiet: bool = False) -> None:
    """Prints it; `quiet` is the first line alone. Raises OSError when the console's file cannot be written."""
    page, words = Page(console), texts().compare
    label = (words.changes[comparison.change], f"bold {_STYLES[comparison.change]}")
    page.unwrapped(label, "  ", sentence(comparison))
    if not quiet:
        for remark in comparison.remarks:
            page.block(remark, indent=2)
        _add_functions(page, comparison)
        _add_causes(page, comparison)
        _add_hosts(page, words.mended_hosts, comparison.mended)
        _add_hosts(page, words.broken_hosts, comparison.broke)
    page.print()


def sentence(comparison: Comparison) -> str:
    """The verdicts and the two runs in one sentence, and how much changed, the worse first."""
    words, labels = texts().compare, texts().verdict.labels
    told = words.sentence.format(
        old=labels[comparison.old.verdict],
        new=labels[comparison.new.verdict],
        before=moment(comparison.old.started_at),
        after=moment(comparison.new.started_at),
    )
    broke: list[Change] = ["broke"] * len(comparison.broke)
    mended: list[Change] = ["mended"] * len(comparison.mended)
    groups = (
        (words.count_functions, words.numbers, [each.change for each in comparison.functions]),
        (words.count_hosts, words.numbers, broke + mended),
        (words.count_causes, words.cause_numbers, [each.change for each in comparison.causes]),
    )
    counts = [form.format(changes=made) for form, names, changes in groups if (made := _numbers(changes, names))]
    return words.in_all.format(sentence=told, changes="; ".join(counts)) if counts else told


def markdown(comparison: Comparison) -> bytes:
    """The text of a ticket, UTF-8."""
    return ("\n".join(_markdown(comparison)).rstrip() + "\n").encode("utf-8", "backslashreplace")


def html(comparison: Comparison) -> bytes:
    """One page, offline, UTF-8."""
    from proxycheck.report.html.environment import asset, environment, policy  # noqa: PLC0415  slow, one form alone

    style = asset("style.css")
    shown = environment().get_template("comparison.html.jinja")
    return shown.render(
        t=texts(),
        counted=counted,
        comparison=comparison,
        sentence=sentence(comparison),
        functions=in_order(comparison.functions),
        policy=policy(style=style),
        style=style,
    ).encode("utf-8", "backslashreplace")


def in_order(found: Sequence[FunctionChange]) -> list[FunctionChange]:
    """What got worse first, then what got better, then what is as it was."""
    return sorted(found, key=lambda each: _ORDER.index(each.change))


def _numbers(changes: Sequence[Change], names: Mapping[_Counted, str]) -> str:
    counts = {change: changes.count(change) for change in _COUNTED}
    return ", ".join(names[change].format(number=number) for change, number in counts.items() if number)


def _answers(function: FunctionChange) -> str:
    words, answers = texts().compare, texts().functions.answers
    before = words.not_asked if function.before is None else answers[function.before]
    after = words.not_asked if function.after is None else answers[function.after]
    return after if before == after else words.from_to.format(before=before, after=after)


def _add_functions(page: Page, comparison: Comparison) -> None:
    if comparison.functions:
        page.heading(texts().sections.functions)
    for function in in_order(comparison.functions):
        label = (texts().compare.changes[function.change], _STYLES[function.change])
        page.block(function.name, ": ", _answers(function), label=label, start=2, indent=_INDENT)


def _add_causes(page: Page, comparison: Comparison) -> None:
    if comparison.causes:
        page.heading(texts().compare.causes)
    words = texts().compare.causes_changed
    for cause in sorted(comparison.causes, key=lambda each: _ORDER.index(each.change)):
        label = (words[cause.change], _STYLES[cause.change])
        page.block(cause.title, (f"  ({cause.code})", "dim"), label=label, start=2, indent=_INDENT)
        for hosts, told in ((cause.caught, texts().compare.caught), (cause.freed, texts().compare.freed)):
            if hosts and cause.change != "mended":
                page.block(f"{told}: ", *listed(hosts, _HOSTS_SHOWN), indent=_INDENT)


def _add_hosts(page: Page, heading: str, hosts: Sequence[str]) -> None:
    if hosts:
        page.heading(f"{heading} ({len(hosts)})")
        page.block(*listed(hosts, None), indent=2)


def _markdown(comparison: Comparison) -> Iterator[str]:
    words = texts().compare
    yield f"## {words.changes[comparison.change]}: {plain(sentence(comparison))}"
    yield ""
    yield plain(words.made_by.format(old=comparison.old.run, new=comparison.new.run))
    yield ""
    yield from (f"- {plain(remark)}" for remark in comparison.remarks)
    yield ""
    yield f"### {texts().sections.functions}"
    yield ""
    for function in in_order(comparison.functions):
        yield f"- **{words.changes[function.change]}** {plain(function.name)}: {_answers(function)}"
    if comparison.causes:
        yield ""
        yield f"### {words.causes}"
        yield ""
    for cause in sorted(comparison.causes, key=lambda each: _ORDER.index(each.change)):
        yield f"- **{words.causes_changed[cause.change]}** {plain(cause.title)} (`{cause.code}`)"
    for heading, hosts in ((words.mended_hosts, comparison.mended), (words.broken_hosts, comparison.broke)):
        if hosts:
            yield ""
            yield f"### {heading} ({len(hosts)})"
            yield ""
            yield from (f"- {plain(host)}" for host in hosts)
