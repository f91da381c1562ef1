"""Causes: the few reasons behind many symptoms. The codes are the outside contract; add, never rename."""

from typing import Literal

from msgspec import Struct

Severity = Literal["blocker", "degraded", "info"]
Confidence = Literal["conclusive", "strong", "weak"]

CauseCode = Literal[
    "proxy.unresolvable",
    "proxy.refused",
    "proxy.unreachable",
    "proxy.reset",
    "proxy.silent",
    "proxy.not-a-proxy",
    "proxy.capacity",
    "setup.socks-only",
    "setup.https-proxy",
    "setup.intercept-port",
    "setup.pac-direct",
    "setup.pac-socks",
    "setup.pac-varies",
    "setup.pac-unreadable",
    "setup.exclusions",
    "auth.required",
    "auth.rejected",
    "auth.scheme-unsupported",
    "auth.challenge-missing",
    "auth.challenge-unreadable",
    "auth.interactive",
    "auth.connection-closed",
    "auth.not-enforced",
    "connect.method-denied",
    "connect.all-denied",
    "connect.port-denied",
    "connect.host-denied",
    "connect.redirected",
    "connect.dns-failure",
    "connect.upstream-refused",
    "connect.upstream-timeout",
    "connect.upstream-error",
    "connect.timeout",
    "connect.reset",
    "connect.empty-reply",
    "connect.malformed-reply",
    "connect.nonstandard-success",
    "tunnel.dead",
    "tunnel.tls-only",
    "tunnel.block-page",
    "tunnel.altered",
    "tunnel.idle-timeout",
    "tunnel.slow",
    "tunnel.concurrency",
    "tls.inspected",
    "tls.blocked",
    "tls.hello-rejected",
    "tls.diverted",
    "tls.device-untrusted",
    "tls.untrusted",
    "tls.expired",
    "tls.incomplete-chain",
    "endpoint.unsteady",
    "http.block-page",
    "http.captive-portal",
    "http.altered",
    "http.cached",
    "network.dns-udp-blocked",
    "network.dns-tcp-blocked",
    "network.dns-hijacked",
    "network.ntp-blocked",
    "network.port-blocked",
    "network.gateway-conflict",
    "network.ipv6-broken",
    "network.bandwidth-low",
    "network.clock-wrong",
    "endpoint.down",
]


class ProductName(Struct, frozen=True):
    """A proxy product and the evidence, in words, for naming it."""

    name: str
    because: str


class Remedy(Struct, frozen=True):
    """What to change: a sentence, and where the product is known the configuration line(s) to enter.

    For a product it is either `proved`, with the engine and version that it was applied to, or `documented`, with the
    source that it was taken from and has not been tried against."""

    text: str
    product: str | None = None
    config: str | None = None
    proved: str | None = None
    documented: str | None = None


class Cause(Struct, frozen=True):
    """One reason, with everything it explains. `endpoints` are `host:port`; empty when the whole set-up is meant.

    `because` is the evidence in words, the most telling first."""

    code: CauseCode
    severity: Severity
    confidence: Confidence
    title: str
    explanation: str
    because: tuple[str, ...]
    endpoints: tuple[str, ...]
    product: ProductName | None = None
    remedies: tuple[Remedy, ...] = ()
