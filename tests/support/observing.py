"""Logs of the observer made by hand: what a device asked, and what became of it."""

import base64
from datetime import UTC, datetime, timedelta
from functools import cache

import msgspec

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.diagnosis.trust import Trust
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.observed import (
    LOG_SCHEMA,
    End,
    ObservedConnection,
    ObservedExchange,
    ObservedReply,
    ObservedTunnel,
    Spoken,
)
from proxycheck.model.observed_report import ObservedReport, Use
from proxycheck.model.trust import TrustAnchors
from proxycheck.observed.judgement import judge_observed
from proxycheck.wire.certificates.verification import RootStore
from tests.support.chains import NOBODY

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
DEVICE = load_device("sendpro-c")
FUNDS, SHIPPING, RATES, PUSH = (
    "cometservp1.pb.com:443",
    "api.precisely.com:443",
    "pbdlsp1.pb.com:443",
    "mobile-gtalk.l.google.com:5228",
)
TLS_12_DONE = ((22, 200), (22, 70), (20, 1), (22, 40), (23, 100))
FINISHED = ((22, 4000), (20, 1), (22, 40), (23, 900))
CLOSED_IN_HANDSHAKE = ((22, 200),)
UNKNOWN_CA = ((22, 200), (21, 2, 2, 48))


def reply(status: str, *fields: str, page: str = "") -> ObservedReply:
    return ObservedReply(0.02, (f"HTTP/1.1 {status}", *fields), page)


def asked(
    target: str | None,
    answer: ObservedReply | None = None,
    tunnel: ObservedTunnel | None = None,
    *,
    method: str = "CONNECT",
    authorization: str | None = None,
) -> ObservedExchange:
    """A request; a tunnel comes with its 200."""
    if tunnel is not None and answer is None:
        answer = reply("200 Connection established")
    return ObservedExchange(0.01, method, target, authorization, answer, tunnel)


def tunnel(
    up: tuple[tuple[int, ...], ...] = TLS_12_DONE,
    down: tuple[tuple[int, ...], ...] = FINISHED,
    *,
    name: str | None = None,
    answer: str | None = None,
    flight: bytes = b"",
) -> ObservedTunnel:
    """A tunnel in which the device began TLS."""
    kind: Spoken | None = "tls" if down else "http" if answer else None
    return ObservedTunnel(
        opened_s=0.02,
        bytes_up=500,
        bytes_down=5000 if kind else 0,
        kind_up="tls" if up else None,
        kind_down=kind,
        first_up_s=0.03 if up else None,
        first_down_s=0.05 if kind else None,
        records_up=up,
        records_down=down,
        server_name=name,
        answer=answer,
        flight=base64.b64encode(flight).decode(),
    )


def connection(
    *exchanges: ObservedExchange, end: End = "device-closed", at: float = 0.0, lasts: float = 1.0
) -> ObservedConnection:
    """A connection that began `at` seconds into the log."""
    started = (START + timedelta(seconds=at)).isoformat().replace("+00:00", "Z")
    return ObservedConnection(
        schema=LOG_SCHEMA,
        started_at=started,
        client="192.0.2.20",
        proxy="192.0.2.1:3128",
        bytes_up=1,
        bytes_down=1,
        end=end,
        duration_s=lasts,
        ended_s=None if end == "open" else lasts,
        connected_s=0.001,
        exchanges=exchanges,
    )


def reached(target: str, at: float = 0.0) -> ObservedConnection:
    return connection(asked(target, tunnel=tunnel()), at=at)


def refused(target: str, status: str = "403 Forbidden", at: float = 0.0) -> ObservedConnection:
    return connection(asked(target, reply(status)), at=at)


@cache
def _knowledge() -> Knowledge:
    return load_knowledge()


def judged(*connections: ObservedConnection, roots: tuple[bytes, ...] = ()) -> ObservedReport:
    """What the command says of these connections of a SendPro C."""
    public = RootStore(TrustAnchors(name="test", certificates=roots))
    trust = Trust(public=public, device=None, logs={}, custom=True, custom_logs=True, listed=NOBODY, at=START)
    return judge_observed(DEVICE, connections, _knowledge(), trust)


def use(report: ObservedReport, target: str) -> Use:
    return next(each for each in (*report.needed, *report.unlisted) if each.id == target)


def codes(report: ObservedReport) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(cause.code, cause.severity, tuple(sorted(cause.endpoints))) for cause in report.causes]


def written(*connections: ObservedConnection) -> bytes:
    """The log as a file."""
    return b"".join(msgspec.json.encode(each) + b"\n" for each in connections)
