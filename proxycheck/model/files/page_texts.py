"""The words of pages and reports, as `fixtures/texts` has them: what belongs to no cause and to no device.

Braces name what is filled in; a second language is a second file of the same keys.
"""

from typing import Literal

from msgspec import Struct

from proxycheck.model.cause import Severity
from proxycheck.model.device import Tier
from proxycheck.model.files.allowlist import Purpose
from proxycheck.model.questions import Phase
from proxycheck.model.report import EndpointVerdict, StageName, Verdict


class _Texts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: every key is due, no other is allowed."""


class VerdictTexts(_Texts, frozen=True, kw_only=True):
    """The headline. `check`, `network` and `pac` are sentences over {device} and {route}; `proxy_unknown` stands for
    `check` where nobody has described the device's own proxy support."""

    labels: dict[Verdict, str]
    through: str
    without_proxy: str
    check: dict[Verdict, str]
    proxy_unknown: dict[Verdict, str]
    network: dict[Verdict, str]
    pac: dict[Verdict, str]
    more: str
    undecided: str
    not_measured: str
    nothing_missing: str
    nothing_asked: str
    interrupted: str
    stopped: str
    no_failure_so_far: str
    failures_so_far: str


class CountTexts(_Texts, frozen=True, kw_only=True):
    """How many needs fared how."""

    all_pass: str
    needed: str
    works: str
    fails: str
    undecided: str
    untried: str
    tried: str
    nothing: str


class FactTexts(_Texts, frozen=True, kw_only=True):
    """The lines about the run."""

    checked: str
    proxy: str
    guide: str
    run: str
    contacted: str
    evidence: str
    fault: str
    measured: str
    at: str
    offers: str
    user: str
    by: str
    made_by: str
    on: str
    from_guide: str
    besides: str
    left_out: str
    waiting: str
    cut_short: str
    pace: str
    grew: str
    slowed: str
    broken: str
    knowledge: str
    old: str
    of: str
    ct_logs: str
    mozilla_roots: str
    microsoft_roots: str


class FindingTexts(_Texts, frozen=True, kw_only=True):
    """What was measured and found good, and whether somebody reads TLS."""

    nobody_reads: str
    somebody_reads: str
    not_all_proved: str
    login: str
    network: str
    canary: str


class FunctionTexts(_Texts, frozen=True, kw_only=True):
    """The four answers about a function, and what they mean."""

    answers: dict[Literal["works", "partly", "lost", "unknown"], str]
    meanings: dict[Literal["works", "partly", "lost", "unknown"], str]
    count: str
    nothing_works: str


class CauseTexts(_Texts, frozen=True, kw_only=True):
    """The labels around a cause. `proved` names the {engine} that a change was made on; `documented` and `source` are
    said of a change that was not."""

    severities: dict[Severity, str]
    evidence: str
    seen: str
    affects: str
    change: str
    proved: str
    documented: str
    source: str
    product: str
    all_endpoints: str
    hosts_on_port: str
    more: str
    more_lines: str


class LetterTexts(_Texts, frozen=True, kw_only=True):
    """One addressee: beginnings of the causes that are theirs. `notes`: those that are information too; `always`: there
    is a letter without any cause, and it tells the state of everything; `log`: they have the proxy's log;
    `purpose`: what a list of hosts is to them."""

    audience: str
    title: str
    causes: tuple[str, ...]
    subject: str
    opening: str
    notes: bool = False
    always: bool = False
    log: bool = False
    purpose: Purpose | None = None


class LetterWords(_Texts, frozen=True, kw_only=True):
    """The words that all letters share."""

    no_proxy: str
    here: str
    measured: str
    proxy: str
    seen: str
    change: str
    hosts: str
    all_hosts: str
    lists: str
    log: str
    verify: str
    made_by: str


class SectionTexts(_Texts, frozen=True, kw_only=True):
    """The headings of a report and its short notes."""

    functions: str
    causes: str
    nothing_to_change: str
    endpoints: str
    good: str
    tls: str
    questions: str
    untried: str
    unasked: str
    by_hand: str
    by_hand_note: str
    enter: str
    nothing_to_enter: str
    first_the_changes: str
    matrix: str
    timeline: str
    details: str
    facts: str
    letters: str
    setup: str
    routes: str
    shortened: str


class MatrixTexts(_Texts, frozen=True, kw_only=True):
    """The table of hosts: columns, cells in words, states of a need."""

    host: str
    seconds: str
    columns: dict[Literal["dns", "connect", "login", "tunnel", "tls", "answer"], str]
    cells: dict[Literal["ok", "fails", "unknown", "none"], str]
    states: dict[Literal["works", "fails", "unknown"], str]
    tiers: dict[Tier, str]
    filter: str
    only_failing: str
    explanation: str


class TimelineTexts(_Texts, frozen=True, kw_only=True):
    """The timeline: what its stages are called, where the time went, what hung."""

    stages: dict[StageName, str]
    spent: str
    hung: str
    nothing_hung: str
    axis: str
    nothing: str
    description: str


class DetailTexts(_Texts, frozen=True, kw_only=True):
    """The folded evidence of a host."""

    reason: str
    tls: str
    issuer: str
    stage: str
    sent: str
    received: str
    outcome: str
    at: str
    took: str
    notes: str
    cut: str
    nothing: str
    untried: str


class PageTexts(_Texts, frozen=True, kw_only=True):
    """What only the page has."""

    title: str
    copy: str
    copied: str
    contents: str
    footer: str
    sha256: str
    json: str
    open_all: str


class LiveTexts(_Texts, frozen=True, kw_only=True):
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


class FileTexts(_Texts, frozen=True, kw_only=True):
    """What is said of the files that were written: for whom each is, by the name of its option."""

    heading: str
    sha256: str
    bytes: str
    kilobytes: str
    megabytes: str
    whom: dict[str, str]


class BundleTexts(_Texts, frozen=True, kw_only=True):
    """The list of contents of a bundle; `files` by the name of the file."""

    made: str
    size: str
    files: dict[str, str]
    masked: str
    unmasked: str
    never: str


class CompareTexts(_Texts, frozen=True, kw_only=True):
    """Two runs side by side."""

    title: str
    sentence: str
    changes: dict[Literal["mended", "broke", "better", "worse", "same"], str]
    causes_changed: dict[Literal["mended", "broke", "better", "worse", "same"], str]
    causes: str
    from_to: str
    not_asked: str
    caught: str
    freed: str
    mended_hosts: str
    broken_hosts: str
    runs: str
    made_by: str
    no_proxy: str
    other_device: str
    other_proxy: str
    only_in_one: str
    turned_round: str


class PacTexts(_Texts, frozen=True, kw_only=True):
    """How PCs get along: what a PAC file answers, and what it consults for it."""

    heading: str
    depends: str
    consulted: dict[Literal["own-address", "clock", "random"], str]
    names: str
    serves: str
    shared: str
    settings: str


class ProgressTexts(_Texts, frozen=True, kw_only=True):
    """What is told while a run is under way."""

    phases: dict[Phase, str]
    elapsed: str
    done: str
    failed: str
    blocker: str


class DemoTexts(_Texts, frozen=True, kw_only=True):
    """Three proxies side by side, and what to do next."""

    proxy: str
    verdict: str
    why: str
    endpoints: str
    nothing: str
    counts: str
    next: str


class EntryTexts(_Texts, frozen=True, kw_only=True):
    """What to enter on a device of which nobody has described the screen."""

    host: str
    port: str
    user: str
    password: str
    given: str


class AllowlistTexts(_Texts, frozen=True, kw_only=True):
    """What is said in and beside an allow-list."""

    purposes: dict[Purpose, str]
    guide: str
    lost: dict[Tier, str]
    squid: dict[Purpose, str]
    documented: str
    few: str
    refused: str
    no_patterns: str
    two_levels: str
    ports: str
    port: str
    replace: str
    too_many: str
    too_large: str
    too_long: str


class RehearsalTexts(_Texts, frozen=True, kw_only=True):
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


class LabTexts(_Texts, frozen=True, kw_only=True):
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


class Texts(_Texts, frozen=True, kw_only=True):
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
