"""What the probes of a canary share: the way to it, who it is, and how an outcome is recorded."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import structs

from proxycheck.canary.client import Channel, SecureChannel
from proxycheck.canary.content import Comparer, Content
from proxycheck.canary.statement import MARK, SealedReader, Statement, unseal
from proxycheck.canary.tls import HelloCase
from proxycheck.checks.session import Session
from proxycheck.model.canary import CanaryAddress, CanaryEvidence, Probe, StreamComparison, Way
from proxycheck.model.evidence import TlsEvidence
from proxycheck.model.failure import Failure
from proxycheck.model.target import Target
from proxycheck.net.direct import DirectRoute
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.tunnel import ProxyRoute

STALL_S = 8.0
"""Longer than a canary waits before it says how far a stream came."""


@dataclass
class ProbeOutcome:
    """What one probe finds, filled in as it goes: trouble leaves what was found before."""

    canary: CanaryEvidence
    failure: Failure | None = None
    tls: TlsEvidence | None = None
    received: bytes = b""

    def found(self, **facts: Any) -> None:
        """Fills in fields of the evidence."""
        self.canary = structs.replace(self.canary, **facts)

    def compared(self, *comparisons: StreamComparison) -> None:
        """Adds what both sides saw."""
        self.found(comparisons=(*self.canary.comparisons, *comparisons))


ProbeRun = Callable[["Bench", ProbeOutcome], Awaitable[None]]


@dataclass
class Bench:
    """One way to the canary. `secure` says that TLS is spoken where either would do."""

    session: Session
    address: CanaryAddress
    key: Ed25519PublicKey
    way: ProxyRoute | DirectRoute
    name: Way
    secure: bool = True

    @property
    def target(self) -> Target:
        """Where tunnels lead."""
        return Target(self.address.host, self.address.port)

    @property
    def plain_target(self) -> Target:
        """Where plain HTTP is spoken."""
        return Target(self.address.host, self.address.plain_port)

    @property
    def timeout_s(self) -> float:
        """The deadline of one step."""
        return self.way.timeout_s

    def nonce(self, case: str) -> str:
        """32 hex digits that no other probe has."""
        return hashlib.sha256(f"{self.session.nonce}/{self.name}/{case}".encode()).hexdigest()[:32]

    def clock(self) -> float:
        """Seconds."""
        return self.session.trace.now()

    @asynccontextmanager
    async def channel(
        self, variant: str, outcome: ProbeOutcome, *, plain: bool = False
    ) -> AsyncIterator[Channel | None]:
        """An open tunnel to the canary under the session's limit; None when there is none."""
        async with self.session.limit.places(idle=True):
            target = self.plain_target if plain else self.target
            tunnel = await self.way.open("canary", target, variant=variant)
            if tunnel is None:
                outcome.failure = self._refusal(target)
                yield None
                return
            channel = Channel(tunnel)
            try:
                yield channel
            finally:
                outcome.received = outcome.received or channel.first
                await channel.close()

    @asynccontextmanager
    async def secured(
        self, variant: str, outcome: ProbeOutcome, case: HelloCase
    ) -> AsyncIterator[SecureChannel | None]:
        """An established TLS session with the canary's host, or None."""
        async with self.session.limit.places(idle=True):
            tunnel = await self.way.open("canary", self.target, variant=variant)
            if tunnel is None:
                outcome.failure = self._refusal(self.target)
                yield None
                return
            channel = SecureChannel(tunnel, self.address.host, case)
            outcome.found(tls=True)
            try:
                async with asyncio.timeout(self.timeout_s):
                    outcome.failure = await channel.negotiate()
                yield channel if outcome.failure is None else None
            finally:
                outcome.tls = channel.client.evidence()
                outcome.received = channel.first or channel.raw
                await channel.close()

    def _refusal(self, target: Target) -> Failure:
        """Why there is no tunnel, in the words of the last refusal on this way."""
        wanted = ("connect", "auth", "proxy_tcp") if self.name == "proxy" else ("host_tcp", "host_dns")
        failures = (
            record.failure.detail or record.failure.name
            for record in reversed(self.session.trace.evidence)
            if record.failure is not None and (record.check, record.endpoint) == ("canary", target.id)
            if record.operation in wanted
        )
        return Failure("refused-by-peer", "canary", f"no tunnel: {next(failures, 'no answer')}")

    @asynccontextmanager
    async def either(self, variant: str, outcome: ProbeOutcome) -> AsyncIterator[Channel | None]:
        """TLS 1.2, which is what the device speaks, where that works; else the plain tunnel."""
        if self.secure:
            async with self.secured(variant, outcome, "tls12") as secure:
                yield secure
        else:
            async with self.channel(variant, outcome) as channel:
                yield channel

    def told(self, sealed: bytes, nonce: str, outcome: ProbeOutcome) -> Statement | None:
        """The statement in an answer, when the canary made it for this nonce; the outcome then says so."""
        statement = unseal(sealed, self.key)
        if statement is None or (statement.about in ("http", "raw") and statement.nonce != nonce):
            return None
        outcome.found(
            answer="busy" if statement.about == "busy" else "signed",
            certificate_sha256=statement.certificate_sha256,
        )
        return statement

    async def record(self, probe: Probe, case: str, run: ProbeRun) -> CanaryEvidence:
        """Runs a probe and keeps what it found. Network trouble is part of that."""
        outcome = ProbeOutcome(CanaryEvidence(probe=probe, case=case, way=self.name, answer="none"))
        variant = f"{probe}/{case}/{self.name}"
        self.session.observer.started(variant)
        recorder = self.session.trace.begin("canary", "canary", self.target.id, variant=variant)
        try:
            await run(self, outcome)
        except OSError as error:
            outcome.failure = failure_of(error, "canary")
        self.attribute(outcome)
        evidence = outcome.canary
        if evidence.answer in ("none", "unsigned") and outcome.failure is None:
            outcome.failure = Failure("eof", "canary", "it ended without an answer of the canary")
        if evidence.answer != "signed":
            recorder.received(outcome.received)
        recorder.finish(ended_by(outcome.failure), outcome.failure, tls=outcome.tls, canary=evidence)
        self.session.observer.finished(variant, "ok" if evidence.sound else "failed")
        return evidence

    def attribute(self, outcome: ProbeOutcome) -> None:
        """If the probe ended without a signed statement, records whether the bytes came from the canary (it says `busy`
        before it closes) or from a peer without its key."""
        if outcome.canary.answer != "none" or not outcome.received:
            return
        said = self.told(_only_sealed(outcome.received), "", outcome)
        if said is None and (outcome.tls is None or outcome.tls.authenticated):
            outcome.found(answer="unsigned")


def _only_sealed(received: bytes) -> bytes:
    """A statement that stands alone: what a canary says before it closes."""
    if not received.startswith(MARK):
        return b""
    reader = SealedReader(Comparer(Content("bytes", "", 0)))
    reader.feed(received)
    return reader.sealed
