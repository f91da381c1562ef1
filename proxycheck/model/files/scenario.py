"""A scenario: a customer's proxy as the lab plays it, the client's part, and the verdict that is due."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from proxycheck.model.cause import CauseCode, Severity
from proxycheck.model.device import Tier
from proxycheck.model.failure import FailureName
from proxycheck.model.report import Verdict
from proxycheck.model.target import Probes

Table = dict[str, str | int | float | bool | list[str | int]]
OptionValue = str | int | float | bool | list[str | Table] | None
"""What an addon's option is set to. A list may hold tables: the addon gets each as JSON."""

SOME = "some"
"""The pattern for endpoints that depend on who comes first: any will do, but not none."""

Listener = Literal["open", "closed"]
"""`closed`: nothing listens at the proxy's address."""


class Behaviour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing the proxy does: a file of `addons/` without `.py`, and its options.

    With `fault` it is what breaks the device, and the clean form of the scenario goes without it."""

    addon: str
    options: dict[str, OptionValue] = {}
    fault: bool = True


class Client(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the check is made: credentials and the probes that vary them, `timeout` of each stage in seconds, the scheme
    written before the proxy's address, and the endpoints: their weakest tier, patterns of those that are measured
    (`*.pb.com:443`; without any, all of them), and those that the catalogue does not have."""

    user: str | None = None
    password: str | None = None
    probes: Probes = Probes()
    user_agent: str | None = None
    scheme: str = "http"
    timeout: Annotated[float, Meta(ge=0.1, le=60)] = 5.0
    concurrency: Annotated[int, Meta(ge=1, le=256)] = 32
    tier: Tier = "optional"
    only: tuple[str, ...] = ()
    add: tuple[str, ...] = ()


class Beside(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One comparison beside the proxy, where the lab has nobody to ask: what was found when it was made. Without a
    `failure` the host's name resolved, its port was open, or its handshake completed."""

    endpoint: str
    operation: Literal["control_dns", "control_tcp", "control_tls"]
    failure: FailureName | None = None
    variant: str | None = None


class DueCause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"excluded": "except"}):
    """A cause that must be reported, and where.

    `endpoints` are patterns, any of which may match: `all`; what is spoken (`tls`, `http`, `teamviewer`); or
    HOST:PORT with `*`, such as `*.pb.com:443`; or `some` alone. What matches one of `except` is not meant."""

    code: CauseCode
    severity: Severity = "blocker"
    endpoints: tuple[str, ...] = ("all",)
    excluded: tuple[str, ...] = ()


class Expectation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The verdict, and exactly these causes: one too many is as wrong as one too few."""

    verdict: Verdict
    causes: tuple[DueCause, ...] = ()


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of one file. `covers` names the entries of the field's failure corpus that it plays, `source` where
    the behaviour is written down; `mode` is mitmproxy's; `beside` was found where the lab cannot look."""

    title: str
    source: str
    expect: Expectation
    tags: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    device: str = "sendpro-c"
    mode: str = "regular"
    listener: Listener = "open"
    behaviour: tuple[Behaviour, ...] = ()
    client: Client = Client()
    beside: tuple[Beside, ...] = ()
    note: str | None = None

    @property
    def clean(self) -> bool:
        """Whether the proxy is a good one: nothing is due."""
        return not self.expect.causes


def without_fault(scenario: Scenario) -> Scenario:
    """The same proxy put right: no behaviour that is a fault, an HTTP listener, and nothing due."""
    return Scenario(
        title=scenario.title,
        source=scenario.source,
        expect=Expectation(verdict="compatible"),
        tags=scenario.tags,
        covers=scenario.covers,
        device=scenario.device,
        behaviour=tuple(each for each in scenario.behaviour if not each.fault),
        client=Client(user=scenario.client.user, password=scenario.client.password),
        note=scenario.note,
    )


class ScenarioOutcome(Struct, frozen=True):
    """One scenario, rehearsed. `differences` is empty when the expectation holds."""

    name: str
    title: str
    verdict: Verdict
    causes: tuple[str, ...]
    differences: tuple[str, ...]
    duration_s: float

    @property
    def holds(self) -> bool:
        """Whether everything due was reported, and nothing else."""
        return not self.differences
