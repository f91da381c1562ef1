"""The finished report: everything a renderer needs, counted and judged before any renderer runs.

Field names are the outside contract (`schema: "proxycheck.report/1"`): add, never rename. Times are RFC 3339 UTC,
durations are seconds.
"""

from typing import Final, Literal, get_args

from msgspec import Struct, field

from proxycheck.model.cause import Cause, CauseCode, ProductName
from proxycheck.model.device import Scheme, Tier
from proxycheck.model.evidence import Evidence

SCHEMA: Literal["proxycheck.report/1"] = "proxycheck.report/1"

Verdict = Literal["compatible", "degraded", "incompatible", "inconclusive"]
EndpointVerdict = Literal["pass", "warn", "fail", "inconclusive", "skipped"]
StageName = Literal[
    "proxy_dns",
    "proxy_tcp",
    "proxy_greeting",
    "host_dns",
    "host_tcp",
    "connect",
    "auth",
    "tunnel",
    "tls",
    "identity",
    "http",
]
STAGES: Final[tuple[StageName, ...]] = get_args(StageName)
"""In the order in which a device takes them."""
StageOutcome = Literal["ok", "failed", "skipped"]
TlsVerdict = Literal["passthrough", "inspected", "inconclusive"]


Command = Literal["check", "network", "pac"]
"""What was asked: will the device work on this path; does the network give what no proxy carries; where would a PAC
file send the device's hosts."""


class Fault(Struct, frozen=True):
    """A check that a fault of this program broke: its id, and the error in words. `endpoint` is the `host:port` that
    was being measured, where it was one; a fault of the judging has the check `diagnosis`."""

    check: str
    error: str
    endpoint: str | None = None


class Tool(Struct, frozen=True):
    """Which program made the report, and which of its checks broke by a fault of its own."""

    name: str
    version: str
    python: str
    platform: str
    fault: tuple[Fault, ...] = ()


class Contact(Struct, frozen=True):
    """A host and port that the run contacted, or had the proxy contact. `reason` says why, where the device's guide
    does not list them."""

    host: str
    port: int
    reason: str | None = None


class LeftOut(Struct, frozen=True):
    """A need of the device that a run was not asked about: its endpoint (`host:port`), or the first of its
    alternatives."""

    id: str
    function: str
    tier: Tier


class RunRequest(Struct, frozen=True):
    """What a run was asked to do, as far as its judgement depends on it: whether a canary was named, how many tunnels
    were wanted at a time, and which required and recommended needs of the device it was not asked about."""

    canary: bool = False
    concurrency: int = 32
    left_out: tuple[LeftOut, ...] = ()


class Run(Struct, frozen=True):
    """One run: when, how long, and with which options (never a secret among them; for the reader alone).

    `host` is the name of the computer that made it, `contacted` everything that was contacted, and
    `evidence_left_out` how often not all that was sent was kept, because it was too much. `waits_cut_short` counts the
    answers that were not waited for to the end, because others before them had been silent that long. `most_at_once`
    are the tunnels that this run allowed itself at a time, 0 where that is not known; `slowed_down_by` says what ended
    more of them than at the beginning, None where nothing did. `fewest_at_once` are those to which it went back because
    more were answered later, 0 where they were not."""

    id: str
    started_at: str
    finished_at: str
    duration_s: float
    interrupted: bool
    options: dict[str, str | int | float | bool | list[str] | None]
    command: Command = "check"
    host: str | None = None
    contacted: tuple[Contact, ...] = ()
    evidence_left_out: int = 0
    waits_cut_short: int = 0
    most_at_once: int = 0
    slowed_down_by: str | None = None
    fewest_at_once: int = 0
    request: RunRequest = RunRequest()


class FunctionReference(Struct, frozen=True):
    """A heading of the device's guide, and what it is to the people who use the device."""

    name: str
    plain: str


class DeviceReference(Struct, frozen=True):
    """Which device's needs were tested, the guide they come from, and that guide's functions in plain words. Where its
    `proxy_support` is unknown, the verdict speaks of the proxy and the hosts alone."""

    name: str
    title: str
    document: str
    proxy_support: Literal["known", "unknown"] = "known"
    functions: tuple[FunctionReference, ...] = ()


CredentialsAnswer = Literal["unsent", "accepted", "refused", "undecided"]
"""What became of the credentials given: the proxy did not ask for them; it let them through; it refused them; its
answers leave that open, or there were none."""


class AuthReport(Struct, frozen=True):
    """Schemes the proxy offered (as it spelt them), the one that was used, the user name, and what became of the
    credentials, None where none were given."""

    schemes_offered: tuple[str, ...] = ()
    scheme_used: str | None = None
    username: str | None = None
    credentials: CredentialsAnswer | None = None


class ProxyReport(Struct, frozen=True):
    """The proxy tested: its URL without credentials, the address connected to, and products recognised."""

    url: str
    address: str | None
    auth: AuthReport
    products: tuple[ProductName, ...] = ()


class Counts(Struct, frozen=True):
    """Endpoints by verdict. `skipped` never counts as a pass."""

    passed: int = field(default=0, name="pass")
    warn: int = 0
    fail: int = 0
    inconclusive: int = 0
    skipped: int = 0


class Summary(Struct, frozen=True):
    """The counts of all endpoints, and of each tier."""

    endpoints: Counts
    by_tier: dict[Tier, Counts]


class Stage(Struct, frozen=True):
    """One step of one endpoint. `at_s` is its start from the beginning of the run."""

    stage: StageName
    outcome: StageOutcome
    failure: str | None
    duration_s: float | None
    at_s: float | None


class TlsReport(Struct, frozen=True):
    """What TLS through the tunnel proved. `proof` is a sentence; `chain` is PEM in the order sent; `rule` names the row
    of the decision table that gave the verdict."""

    verdict: TlsVerdict | None
    proof: str
    version: str | None
    cipher: str | None
    alpn: str | None
    issuer: str | None
    leaf_sha256: str | None
    chain: tuple[str, ...]
    rule: str | None = None


class EndpointReport(Struct, frozen=True):
    """One needed endpoint: its verdict with a reason in words, and commands that show the same by hand. `proved` says
    whether it is known to work; None in reports from before that was told."""

    id: str
    host: str
    port: int
    scheme: Scheme
    tier: Tier
    function: str
    any_of: str | None
    verdict: EndpointVerdict
    causes: tuple[CauseCode, ...]
    reason: str
    stages: tuple[Stage, ...]
    tls: TlsReport | None
    reproduce: tuple[str, ...]
    notes: tuple[str, ...] = ()
    proved: bool | None = None


class LogReport(Struct, frozen=True):
    """A log of Certificate Transparency: its public key (base64 of the DER of SubjectPublicKeyInfo) and names."""

    key: str
    operator: str
    description: str
    state: str


class ListReport(Struct, frozen=True):
    """A public list that decided whose certificates count as public, and its date (`2026-06-16`)."""

    name: Literal["ct_logs", "mozilla_roots", "microsoft_roots"]
    date: str


class TrustReport(Struct, frozen=True):
    """Whose certificates counted as public: `custom` roots given by a person, or the public lists; then `roots` are
    those of them that the chains of the run lead to. PEM. `logs` are transparency logs given by a person, none where
    the table of the program counted. `lists` are the lists of the program that counted."""

    custom: bool = False
    roots: tuple[str, ...] = ()
    logs: tuple[LogReport, ...] = ()
    lists: tuple[ListReport, ...] = ()


class CheckReport(Struct, frozen=True):
    """One question that was asked, and its answer."""

    id: str
    question: str
    verdict: EndpointVerdict
    reason: str
    causes: tuple[CauseCode, ...]


class PacRoute(Struct, frozen=True):
    """What a PAC file says for one endpoint (`id` is its `host:port`): its ways in order, in the file's own words, or
    the error. `depends_on` names what the answer rests on besides the URL: `dns:NAME`, `own-address`, `clock`,
    `random`. With `unknown`, the error says why nobody knows what the file would say."""

    id: str
    routes: tuple[str, ...]
    error: str | None = None
    depends_on: tuple[str, ...] = ()
    unknown: bool = False


class PacProxy(Struct, frozen=True):
    """An HTTP proxy that a PAC file names: how many of the endpoints it may serve, whether it serves all that have a
    proxy, and how it answered one CONNECT."""

    address: str
    endpoints: int
    shared: bool
    answer: str


class PacReport(Struct, frozen=True):
    """A PAC file and what follows from it for a device with one HTTP proxy. `problem` says why nothing is known of its
    answers; `enter` is the `host:port` to enter on the device, where there is one."""

    source: str
    problem: str | None
    routes: tuple[PacRoute, ...]
    proxies: tuple[PacProxy, ...]
    enter: str | None


class SettingsReport(Struct, frozen=True):
    """Proxy settings of this computer, from one place: each line is one setting in words."""

    source: str
    where: str
    lines: tuple[str, ...]


FieldKind = Literal["text", "choice", "box", "secret"]
"""What a field of a screen is: one to write into, a list to choose from, a box to select, or one for a password."""


class DeviceField(Struct, frozen=True):
    """One field of the device's screens and what to enter there; never a password."""

    name: str
    value: str
    kind: FieldKind = "text"


class DeviceSettings(Struct, frozen=True):
    """What to enter on the device, or in `reason` why nothing will do; `note` is what else there is to know, `path` how
    to come to the screen with these fields."""

    fields: tuple[DeviceField, ...] = ()
    reason: str | None = None
    note: str | None = None
    path: tuple[str, ...] = ()


class Report(Struct, frozen=True):
    """The whole result of one run; renderers and `diagnose` work from this alone.

    `certificates` are those that the evidence names by their digest in a saved report (`sha256:` and the hex digits of
    the DER form): PEM, each once. Where a report is read they are put in their places, and none are left here."""

    schema: Literal["proxycheck.report/1"]
    tool: Tool
    run: Run
    device: DeviceReference
    proxy: ProxyReport | None
    verdict: Verdict
    summary: Summary
    causes: tuple[Cause, ...]
    endpoints: tuple[EndpointReport, ...]
    checks: tuple[CheckReport, ...]
    evidence: tuple[Evidence, ...]
    trust: TrustReport = TrustReport()
    pac: PacReport | None = None
    settings: tuple[SettingsReport, ...] = ()
    enter: DeviceSettings = DeviceSettings()
    certificates: dict[str, str] = {}
