"""The words of a report, whatever it is written as: the tables of `fixtures/texts` that every form shares.

Braces name what is filled in; a second language is a second file of the same keys.
"""

from typing import Literal

from msgspec import Struct

from proxycheck.model.cause import Severity
from proxycheck.model.device import Tier
from proxycheck.model.files.allowlist import Purpose
from proxycheck.model.report import StageName, Verdict


class TextTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file: every key is due, no other is allowed."""


class VerdictTexts(TextTable, frozen=True, kw_only=True):
    """The headline. `check`, `network` and `pac` are sentences over {device} and {route}; `proxy_unknown` stands for
    `check` where nobody has described the device's own proxy support, `part` where not all of its needs were asked
    for, `settings` for `pac` where there was no PAC file."""

    labels: dict[Verdict, str]
    through: str
    without_proxy: str
    check: dict[Verdict, str]
    part: dict[Verdict, str]
    part_label: str
    left_out: str
    not_asked_for: str
    proxy_unknown: dict[Verdict, str]
    network: dict[Verdict, str]
    settings: dict[Verdict, str]
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


class CountTexts(TextTable, frozen=True, kw_only=True):
    """How many needs fared how."""

    all_pass: str
    needed: str
    works: str
    fails: str
    undecided: str
    untried: str
    tried: str
    nothing: str


class FactTexts(TextTable, frozen=True, kw_only=True):
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
    typed: str
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
    few: str
    broken: str
    knowledge: str
    old: str
    of: str
    ct_logs: str
    mozilla_roots: str
    microsoft_roots: str


class FindingTexts(TextTable, frozen=True, kw_only=True):
    """What was measured and found good, and whether somebody reads TLS."""

    nobody_reads: str
    somebody_reads: str
    not_all_proved: str
    login: str
    network: str
    canary: str


class FunctionTexts(TextTable, frozen=True, kw_only=True):
    """The four answers about a function, and what they mean."""

    answers: dict[Literal["works", "partly", "lost", "unknown"], str]
    meanings: dict[Literal["works", "partly", "lost", "unknown"], str]
    count: str
    nothing_works: str
    no_host: str


class CauseTexts(TextTable, frozen=True, kw_only=True):
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
    needed: str
    alternatives: str
    more: str
    more_lines: str
    unshortened: str


class LetterTexts(TextTable, frozen=True, kw_only=True):
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


class LetterWords(TextTable, frozen=True, kw_only=True):
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


class SectionTexts(TextTable, frozen=True, kw_only=True):
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


class MatrixTexts(TextTable, frozen=True, kw_only=True):
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


class TimelineTexts(TextTable, frozen=True, kw_only=True):
    """The timeline: what its stages are called, where the time went, what hung."""

    stages: dict[StageName, str]
    spent: str
    hung: str
    nothing_hung: str
    axis: str
    nothing: str
    description: str


class DetailTexts(TextTable, frozen=True, kw_only=True):
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
    cut_short: str
    nothing: str
    untried: str


class FileTexts(TextTable, frozen=True, kw_only=True):
    """What is said of the files that were written: for whom each is, by the name of its option."""

    heading: str
    sha256: str
    bytes: str
    kilobytes: str
    megabytes: str
    whom: dict[str, str]


class BundleTexts(TextTable, frozen=True, kw_only=True):
    """The list of contents of a bundle; `files` by the name of the file."""

    made: str
    size: str
    files: dict[str, str]
    masked: str
    unmasked: str
    never: str


class CompareTexts(TextTable, frozen=True, kw_only=True):
    """Two runs side by side. `in_all` has the {sentence} and the numbers of what changed."""

    title: str
    sentence: str
    in_all: str
    count_functions: str
    count_hosts: str
    count_causes: str
    numbers: dict[Literal["mended", "broke", "better", "worse"], str]
    cause_numbers: dict[Literal["mended", "broke", "better", "worse"], str]
    changes: dict[Literal["mended", "broke", "better", "worse", "mixed", "changed", "same"], str]
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


class PacTexts(TextTable, frozen=True, kw_only=True):
    """How PCs get along: what a PAC file answers, and what it consults for it."""

    heading: str
    depends: str
    consulted: dict[Literal["own-address", "clock", "random"], str]
    names: str
    serves: str
    shared: str
    settings: str
