"""What came of every case, as a table in Markdown, and the place for it in the README beside this file."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from proxycheck.model.report import EndpointReport, Report, TlsVerdict
from tests.real.interception.cases import Case

SHOWN = Path(__file__).parent / "README.md"
"""Where people read the table."""
BEGIN = "<!-- interception table -->"
END = "<!-- end of interception table -->"
_HEAD = ("Configuration", "Verdict", "Proof", "Hosts judged", "Judged wrong")
_WORDS: dict[TlsVerdict, str] = {
    "inspected": "inspected",
    "passthrough": "passthrough",
    "inconclusive": "could not tell",
}


@dataclass(frozen=True)
class Row:
    """One case: how many endpoints got which verdict by which rule of the decision table, and which of them are
    wrong."""

    title: str
    verdicts: tuple[tuple[TlsVerdict, str, int], ...]
    wrong: tuple[str, ...]

    @property
    def judged(self) -> int:
        """Endpoints at which TLS was tried."""
        return sum(number for _, _, number in self.verdicts)

    def markdown(self) -> str:
        """The row."""
        by_verdict: Counter[TlsVerdict] = Counter()
        for verdict, _, number in self.verdicts:
            by_verdict[verdict] += number
        told = ", ".join(f"{_WORDS[verdict]} {by_verdict[verdict]}" for verdict in _WORDS if by_verdict[verdict])
        ordered = sorted(self.verdicts, key=lambda each: list(_WORDS).index(each[0]))
        rules = ", ".join(f"`{rule}` {number}" for _, rule, number in ordered)
        return _line((self.title, told, rules, str(self.judged), str(len(self.wrong))))


def row(case: Case, report: Report) -> Row:
    """What the report says of the case, compared with the truth.

    Wrong is whatever was judged wrong. Counted is what any run judges: an alternative is asked too when the one before
    it, which works, is a little late.
    """
    judged = [endpoint for endpoint in report.endpoints if endpoint.tls is not None]
    needed = [e for e in judged if not _spared(e, report)]
    found = Counter((e.tls.verdict or "inconclusive", e.tls.rule or "no certificate") for e in needed if e.tls)
    wrong = tuple(f"{e.id}: {e.tls.proof}" for e in judged if e.tls and e.tls.verdict != case.truth(e))
    verdicts = ((verdict, rule, number) for (verdict, rule), number in found.items())
    return Row(case.title, tuple(sorted(verdicts)), wrong)


def _spared(endpoint: EndpointReport, report: Report) -> bool:
    """Whether an alternative that comes before this one works, or is at least answered in TLS."""
    before = itertools.takewhile(lambda other: other is not endpoint, report.endpoints)
    return endpoint.any_of is not None and any(e.any_of == endpoint.any_of and _answered(e) for e in before)


def _answered(endpoint: EndpointReport) -> bool:
    return endpoint.verdict == "pass" or (
        endpoint.tls is not None and endpoint.tls.verdict in ("inspected", "passthrough")
    )


def table(rows: Sequence[Row]) -> str:
    """The whole table, with a last row that adds up."""
    total = _line(("**all**", "", "", str(sum(r.judged for r in rows)), str(sum(len(r.wrong) for r in rows))))
    head = (_line(_HEAD), _line(("---", "---", "---", "---:", "---:")))
    return "\n".join((*head, *(r.markdown() for r in rows), total)) + "\n"


def section(readme: str) -> str | None:
    """What stands between the marks in a README; None when it has no marks."""
    _, begin, rest = readme.partition(BEGIN)
    inside, end, _ = rest.partition(END)
    return inside.strip() + "\n" if begin and end else None


def with_section(readme: str, text: str) -> str:
    """The README with the table between its marks; unchanged when it has none."""
    if section(readme) is None:
        return readme
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{text}{END}{after}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
