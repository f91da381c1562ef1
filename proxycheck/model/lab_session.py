"""What the page and the process of a simulated proxy say to each other, each a line of JSON."""

from msgspec import Struct

from proxycheck.model.files.scenario import Client
from proxycheck.model.target import ProxyAddress


class LabOrder(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be played: a scenario of the library by its name, or a report as it was sent, which is reproduced."""

    scenario: str | None = None
    report: bytes | None = None


class LabStarted(Struct, frozen=True, kw_only=True, tag="started"):
    """The proxy listens. `roots` is the path of the certificates to trust, `lines` are commands that check it, by the
    name of their shell. `written`, `played` and `lost` are those of a reproduced report: the scenario's file, what is
    in it, and what could not be carried over."""

    title: str
    source: str
    device: str
    proxy: ProxyAddress
    roots: str
    client: Client
    heading: str
    lines: dict[str, str]
    written: str | None = None
    played: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


class LabConnection(Struct, frozen=True, tag="connection"):
    """One connection to the proxy has ended; `line` tells it."""

    line: str


class LabFailed(Struct, frozen=True, tag="failed"):
    """Nothing can be played; `sentence` says why."""

    sentence: str


LabEvent = LabStarted | LabConnection | LabFailed
