"""A canary and a proxy on loopback, the whole check between them, and what the rules say of it."""

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from proxycheck.canary.identity import Canary
from proxycheck.canary.limits import CanaryLimits
from proxycheck.canary.server import CanaryServer
from proxycheck.canary.tls import self_signed
from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.checks.canary import begin, run
from proxycheck.checks.session import Session
from proxycheck.diagnosis.answers import asked
from proxycheck.diagnosis.answers.canary import canary as answer
from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, open_case
from proxycheck.diagnosis.rules.canary import canary
from proxycheck.model.canary import CanaryAddress
from proxycheck.model.device import Device
from proxycheck.model.evidence import TlsEvidence
from proxycheck.model.report import CheckReport, RunRequest
from proxycheck.model.target import ProxyAddress
from proxycheck.net.authentication.gate import CredentialGate
from proxycheck.net.direct import DirectRoute
from proxycheck.net.patience import Patience
from proxycheck.net.trace import Trace
from proxycheck.net.tunnel import ProxyRoute
from proxycheck.wire.secrets.redaction import Redactor
from tests.support.canary_proxy import BadProxy
from tests.support.observer import Nobody

QUICK = CanaryLimits(quiet_s=0.2, stall_s=0.9, linger_s=0.2)
HOST = "127.0.0.1"


def new_canary() -> Canary:
    """A canary with fresh keys."""
    return Canary(Ed25519PrivateKey.generate(), self_signed(HOST, datetime.now(UTC)), "test")


class Asked:
    """The evidence of one check of a canary, and its judgement."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.findings = tuple(canary(case, ()))

    @property
    def codes(self) -> list[str]:
        """The causes found."""
        return [finding.code for finding in self.findings]

    @property
    def only(self) -> Finding:
        """The one finding there is."""
        assert len(self.findings) == 1, self.findings
        return self.findings[0]

    @property
    def answer(self) -> CheckReport:
        """What the report says."""
        return answer(asked.Asked(self.case, (), (), RunRequest(canary=True), given=False))


def device(name: str = "sendpro-c") -> Device:
    """A device of the catalogue."""
    return load_device(name)


def ask(
    proxy: BadProxy | None,
    *,
    of: Device | None = None,
    limits: CanaryLimits = QUICK,
    idle_s: float = 0.0,
    outside: bool = False,
    key: str | None = None,
    concurrency: int = 32,
    timeout_s: float = 2.0,
    early: bool = False,
) -> Asked:
    """Runs the check through the proxy (None: without one). `outside` permits the comparison without it; with
    `early` what only waits has begun before."""
    return asyncio.run(_ask(proxy, of or device(), limits, idle_s, outside, key, concurrency, timeout_s, early=early))


async def _ask(
    proxy: BadProxy | None,
    wanted: Device,
    limits: CanaryLimits,
    idle_s: float,
    outside: bool,
    key: str | None,
    concurrency: int,
    timeout_s: float,
    *,
    early: bool,
) -> Asked:
    served = new_canary()
    server = CanaryServer(served, limits, time.monotonic)
    (port,) = await server.start(HOST, [0])
    address = CanaryAddress(HOST, port, port, key or served.key)
    trace = Trace(time.monotonic, Redactor(None))
    try:
        if proxy is None:
            way = DirectRoute(wanted.proxy.connect, trace, Patience(timeout_s))
            await run(_session(wanted, way, trace, address, idle_s, concurrency, outside=outside))
            return Asked(open_case(wanted, wanted.endpoints, None, trace.evidence, load_knowledge()))
        async with proxy.running() as proxy_port:
            named = ProxyAddress("http", HOST, proxy_port)
            route = ProxyRoute(named, wanted.proxy.connect, CredentialGate(None), trace, Patience(timeout_s))
            session = _session(wanted, route, trace, address, idle_s, concurrency, outside=outside)
            await asyncio.gather(*([begin(session)] if early else []), run(session))
        return Asked(open_case(wanted, wanted.endpoints, named, trace.evidence, load_knowledge()))
    finally:
        await server.close()


def _session(
    wanted: Device,
    way: ProxyRoute | DirectRoute,
    trace: Trace,
    address: CanaryAddress,
    idle_s: float,
    concurrency: int,
    *,
    outside: bool,
) -> Session:
    def never(_: TlsEvidence) -> bool:
        return False

    return Session(
        device=wanted,
        endpoints=wanted.endpoints,
        way=way,
        trace=trace,
        observer=Nobody(),
        concurrency=concurrency,
        nonce="nonce",
        outside=outside,
        foreign=never,
        doubtful=never,
        canary=address,
        idle_s=idle_s,
    )


def words(findings: Iterable[Finding]) -> str:
    """All evidence in words."""
    return "\n".join(line for finding in findings for line in finding.because)
