"""What a customer runs, and what `proxycheck check` must say of it.

One `Scenario` is one test. The verdict, the set of causes and the endpoints of every cause are exact: a cause too
many is as wrong as a cause too few.
"""

from collections.abc import Callable
from dataclasses import dataclass

from proxycheck.model.cause import CauseCode, Severity
from proxycheck.model.report import EndpointReport, Verdict
from tests.real.engines import Software
from tests.real.namespaces import CUSTOMER_RESOLVER

Where = Callable[[EndpointReport], bool]
"""Which of the measured endpoints are meant."""


def everywhere(_: EndpointReport) -> bool:
    """Every endpoint."""
    return True


def nowhere(_: EndpointReport) -> bool:
    """No endpoint."""
    return False


def off_port(*ports: int) -> Where:
    """Every endpoint on another port than these."""
    return lambda endpoint: endpoint.port not in ports


def on_port(*ports: int) -> Where:
    """Every endpoint on one of these ports."""
    return lambda endpoint: endpoint.port in ports


def below(*domains: str) -> Where:
    """Every endpoint whose host is one of these domains or lies below one."""
    return lambda endpoint: any(endpoint.host == domain or endpoint.host.endswith(f".{domain}") for domain in domains)


def outside(*domains: str) -> Where:
    """Every endpoint whose host neither is one of these domains nor lies below one."""
    return lambda endpoint: not below(*domains)(endpoint)


def named(*hosts: str) -> Where:
    """Every endpoint of exactly these hosts."""
    return lambda endpoint: endpoint.host in hosts


def both(*conditions: Where) -> Where:
    """Every endpoint that all conditions hold for."""
    return lambda endpoint: all(condition(endpoint) for condition in conditions)


def tls_inside(endpoint: EndpointReport) -> bool:
    """Endpoints that speak TLS, on whatever port."""
    return endpoint.scheme == "https" or endpoint.port == 5228


def no_tls_inside(endpoint: EndpointReport) -> bool:
    """Endpoints that speak plain HTTP or TeamViewer's protocol."""
    return not tls_inside(endpoint)


@dataclass(frozen=True)
class Due:
    """A cause that must be reported, with its severity. `where` None means the set-up as a whole: a cause without
    endpoints, or with all of them."""

    code: CauseCode
    severity: Severity = "blocker"
    where: Where | None = None


@dataclass(frozen=True)
class Login:
    """A user name with the password that goes with it."""

    user: str
    password: str


@dataclass(frozen=True)
class Scenario:
    """One set-up and the judgement that is due.

    `software` None: nothing listens. `refused`: how many requests with the given credentials may reach the proxy
    when it refuses them. `inspected`: where TLS is terminated by the proxy to read it; `masked`: where it is terminated
    only to show a page, so that nothing is known; every other TLS endpoint whose handshake completed must be told as
    passthrough. `resolver`: where the client asks for names. `direct`: it also has a route
    around the proxy. `firewall`: nftables rules for what the proxy sends."""

    name: str
    software: Software | None
    verdict: Verdict
    causes: tuple[Due, ...] = ()
    device: str = "sendpro-c"
    scheme: str = "http"
    login: Login | None = None
    refused: int | None = None
    inspected: Where = nowhere
    masked: Where = nowhere
    arguments: tuple[str, ...] = ()
    resolver: str = CUSTOMER_RESOLVER
    direct: bool = False
    firewall: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """The exit code of the contract for this verdict, without `--strict`."""
        return {"compatible": 0, "degraded": 0, "incompatible": 1, "inconclusive": 3}[self.verdict]
