"""The words of pages and of the terminal, as `fixtures/texts` has them: what belongs to no cause and to no device.

Braces name what is filled in; a second language is a second file of the same keys.
"""

from typing import Literal

from proxycheck.model.device import Tier
from proxycheck.model.files.allowlist import Purpose
from proxycheck.model.files.report_texts import (
    BundleTexts,
    CauseTexts,
    CompareTexts,
    CountTexts,
    DetailTexts,
    FactTexts,
    FileTexts,
    FindingTexts,
    FunctionTexts,
    LetterTexts,
    LetterWords,
    MatrixTexts,
    PacTexts,
    SectionTexts,
    TextTable,
    TimelineTexts,
    VerdictTexts,
)
from proxycheck.model.questions import Phase
from proxycheck.model.report import EndpointVerdict


class PageTexts(TextTable, frozen=True, kw_only=True):
    """What only the page has."""

    title: str
    copy: str
    copied: str
    contents: str
    footer: str
    sha256: str
    json: str
    open_all: str


class LiveTexts(TextTable, frozen=True, kw_only=True):
    """What the page that is served live has besides the report."""

    title: str
    lead: str
    device: str
    host: str
    port: str
    login: str
    user: str
    password: str
    own: str
    own_proxy: str
    own_pac: str
    pacs: str
    pacs_note: str
    pac_file: str
    pac: str
    dropped: str
    too_large: str
    two_pacs: str
    named: str
    pac_tested: str
    pac_without: str
    bad_pac: str
    contacts: str
    contacted: dict[str, str]
    logins: str
    more: str
    tier: str
    tiers: dict[Tier, str]
    direct: str
    network: str
    start: str
    stop: str
    stopping: str
    again: str
    again_title: str
    again_note: str
    changed: str
    running: str
    elapsed: str
    progress: str
    first_failure: str
    blocker: str
    provisional: str
    waiting: str
    gone: str
    failed: str
    failed_reason: str
    failed_note: str
    no_result: str
    under_way: str
    fault: str
    refused: str
    files: str
    html: str
    markdown: str
    json: str
    bundle: str
    mask: str
    inside: str
    earlier: str
    new: str
    quit: str
    ended: str
    ended_note: str
    bad_address: str
    bad_user: str
    no_user: str
    bad_choice: str
    busy: str


class ProgressTexts(TextTable, frozen=True, kw_only=True):
    """What is told while a run is under way."""

    phases: dict[Phase, str]
    elapsed: str
    done: str
    failed: str
    blocker: str


class DemoTexts(TextTable, frozen=True, kw_only=True):
    """Three proxies side by side, and what to do next."""

    proxy: str
    verdict: str
    why: str
    endpoints: str
    nothing: str
    counts: str
    next: str


class EntryTexts(TextTable, frozen=True, kw_only=True):
    """What to enter on a device of which nobody has described the screen."""

    host: str
    port: str
    user: str
    password: str
    given: str


class AllowlistTexts(TextTable, frozen=True, kw_only=True):
    """What is said in and beside an allow-list. `exempt` and its like are about lists for another use than their
    purpose; `nothing` and what follows it are about a report that gives no entry."""

    purposes: dict[Purpose, str]
    guide: str
    lost: dict[Tier, str]
    squid: dict[Purpose, str]
    documented: str
    exempt: str
    exempt_some: str
    exempt_where: str
    named_beside: str
    named_elsewhere: str
    nothing: str
    nothing_fails: str
    others: str
    other: str
    undecided: str
    other_purpose: str
    found: dict[Purpose, str]
    refused: str
    no_patterns: str
    two_levels: str
    ports: str
    some_ports: str
    port: str
    replace: str
    too_many: str
    too_large: str
    too_long: str


class RehearsalTexts(TextTable, frozen=True, kw_only=True):
    """The scenarios of the lab, and how they were rehearsed."""

    scenario: str
    due: str
    title: str
    found: str
    nothing: str
    verdict: str
    causes: str
    holds: str
    seconds: str
    yes: str
    no: str
    count: str


class LabTexts(TextTable, frozen=True, kw_only=True):
    """The page of the simulated proxies."""

    link: str
    title: str
    lead: str
    phases: dict[Literal["starting", "running", "failed", "ended"], str]
    address: str
    roots: str
    login: str
    source: str
    line: str
    written: str
    carried: str
    lost: str
    check: str
    stop: str
    log: str
    report: str
    report_note: str
    file: str
    reproduce: str
    no_report: str
    scenarios: str
    search: str
    find: str
    found: str
    start: str
    start_named: str
    due: str
    no_cause: str
    broken: str


class Texts(TextTable, frozen=True, kw_only=True):
    """One file of texts: one language."""

    language: str
    verdict: VerdictTexts
    endpoint_verdicts: dict[EndpointVerdict, str]
    counts: CountTexts
    facts: FactTexts
    findings: FindingTexts
    functions: FunctionTexts
    causes: CauseTexts
    letters: tuple[LetterTexts, ...]
    letter: LetterWords
    sections: SectionTexts
    matrix: MatrixTexts
    timeline: TimelineTexts
    details: DetailTexts
    page: PageTexts
    live: LiveTexts
    files: FileTexts
    bundle: BundleTexts
    compare: CompareTexts
    pac: PacTexts
    progress: ProgressTexts
    demo: DemoTexts
    entry: EntryTexts
    allowlist: AllowlistTexts
    rehearsals: RehearsalTexts
    lab: LabTexts
    contacts: dict[str, str]
