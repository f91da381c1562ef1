"""The canary through proxies with one bad habit each: every habit gives its cause, good manners give none."""

import re
from typing import Any

import msgspec
import pytest

from proxycheck.canary.client import SecureChannel
from proxycheck.checks.canary import load as canary_load
from proxycheck.checks.canary import probes as canary_probes
from proxycheck.checks.canary import sequence as canary_sequence
from proxycheck.model.failure import Failure
from tests.checks.canary_world import QUICK, ask, device, new_canary, words
from tests.support.canary_proxy import BadProxy, Edit, NotThis, OnlyTls, Terminating, at, only_when_raw


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small sizes and short deadlines; what a stall costs is what the canary of these tests waits for, and a little."""
    for module in (canary_probes, canary_sequence):
        monkeypatch.setattr(module, "STALL_S", 1.0)
    monkeypatch.setattr(canary_load, "STEPS", (64 * 1024,))
    monkeypatch.setattr(canary_sequence, "SMALLEST_DUPLEX", 8 * 1024)
    monkeypatch.setattr(canary_sequence, "MOST_AT_ONCE", 8)


def test_a_clean_proxy_gives_no_cause_and_every_probe_is_sound() -> None:
    asked = ask(BadProxy(), idle_s=0.2)
    assert asked.codes == []
    found = [(e.variant, e.canary.sound) for e in asked.case.evidence if e.canary is not None]
    assert len(found) == 20
    assert all(sound for _, sound in found), found
    assert asked.answer.verdict == "pass"
    for proof in ("same exporter", "4 of 4 greetings", "9 of 9 streams", "inside CONNECT, in absolute form"):
        assert proof in asked.answer.reason
    for proof in ("8 of 8 tunnels at once", "kbit/s up", "lived for 0.2 s"):
        assert proof in asked.answer.reason


def test_a_path_without_a_proxy_is_asked_as_well() -> None:
    asked = ask(None, idle_s=0.1)
    assert asked.codes == []
    assert asked.answer.verdict == "pass"


def test_the_evidence_is_small() -> None:
    asked = ask(BadProxy(), idle_s=0.1)
    assert len(msgspec.json.encode(asked.case.evidence)) < 120_000


def test_quiet_tunnels_that_nobody_asked_for_are_told_as_not_tested() -> None:
    assert "quiet tunnels were not tested" in ask(BadProxy()).answer.reason


CHANGES = {
    "changed": (at(200, lambda rest: bytes([rest[0] ^ 1]) + rest[1:]), "changed at byte"),
    "injected": (at(200, lambda rest: b"<script>" + rest), "injected at byte"),
    "removed": (at(200, lambda rest: rest[5:]), "removed at byte"),
    "truncated": (lambda data, start: data[: max(0, 900 - start)], "cut off at byte"),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.slow
def test_changed_bytes_are_told_with_their_place_and_kind(name: str) -> None:
    edit, told = CHANGES[name]
    finding = ask(BadProxy(only_when_raw(edit))).only
    assert (finding.code, finding.confidence, finding.severity) == ("tunnel.altered", "conclusive", "blocker")
    assert told in words([finding])


def test_bytes_of_the_server_count_as_well() -> None:
    edit = at(500, lambda rest: bytes([rest[0] ^ 1]) + rest[1:])
    finding = ask(BadProxy(only_when_raw(edit, "server"))).only
    assert finding.code == "tunnel.altered"
    assert "bytes from the canary: changed at byte 500" in words([finding])


def test_a_changed_opening_is_told_with_what_arrived() -> None:
    edit = at(0, lambda rest: b"\x01" + rest[1:])
    asked = ask(BadProxy(only_when_raw(edit)))
    assert asked.codes == ["tunnel.altered"]
    assert "the first bytes of a stream: changed at byte 0" in words(asked.findings)


def test_only_tls_is_told_as_such_and_accuses_nobody() -> None:
    asked = ask(BadProxy(OnlyTls))
    assert (asked.only.code, asked.only.severity) == ("tunnel.tls-only", "info")


_PATIENT_S = 10.0
"""Enough for many tunnels at once on a machine that is busy: what is dropped here is cut, and not waited for."""


def test_streams_that_look_like_a_protocol_and_are_cut_are_information() -> None:
    asked = ask(BadProxy(lambda: NotThis(lambda first: first.startswith(b"HTTP/1.1"))), timeout_s=_PATIENT_S)
    assert (asked.only.code, asked.only.severity) == ("tunnel.altered", "info")
    assert "begins as an HTTP answer" in words(asked.findings)


@pytest.mark.slow
def test_a_terminated_tls_is_proved_on_the_canary_alone() -> None:
    asked = ask(BadProxy(Terminating))
    assert (asked.only.code, asked.only.severity, asked.only.confidence) == ("tls.inspected", "info", "conclusive")
    assert asked.only.observations == ()
    assert "another exporter" in asked.only.because[0]
    assert "not TLS reach the canary unchanged" in asked.only.because[1]


PAGE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\noops"


@pytest.mark.slow
def test_a_page_inside_a_terminated_tls_is_proved_by_the_certificate() -> None:
    asked = ask(BadProxy(lambda: Terminating(PAGE)))
    assert asked.codes == ["tls.inspected"]
    assert "not the canary's own" in asked.only.because[0]


def test_a_forged_answer_is_none_of_the_canary() -> None:
    forger = new_canary()
    asked = ask(BadProxy(), key=forger.key)
    assert asked.codes == []
    assert asked.answer.verdict == "inconclusive"
    assert "is the key in its address right?" in asked.answer.reason


@pytest.mark.slow
def test_quiet_tunnels_that_are_closed_are_told_with_their_age() -> None:
    """Whatever else such a proxy closes on a machine that is busy is not looked at."""
    asked = ask(BadProxy(idle_s=1.0), idle_s=3.0)
    quiet = next(finding for finding in asked.findings if finding.code == "tunnel.idle-timeout")
    assert quiet.severity == "degraded"
    assert re.search(r"closed after (0\.[4-9]|[12]\.\d|[12]) s \(3 s were asked for\)", words([quiet]))


@pytest.mark.slow
def test_the_same_age_without_the_proxy_excuses_it() -> None:
    asked = ask(BadProxy(), idle_s=1.5, limits=msgspec.structs.replace(QUICK, longest_s=0.5), outside=True)
    assert "tunnel.idle-timeout" not in asked.codes


@pytest.mark.slow
def test_too_few_tunnels_at_once_are_counted() -> None:
    """The canary waits for words longer than a busy machine stands still: tunnels that it gave up prove no limit."""
    patient = msgspec.structs.replace(QUICK, quiet_s=2.0, stall_s=6.0)
    asked = ask(BadProxy(most=6), outside=True, limits=patient, timeout_s=_PATIENT_S)
    concurrency = next(f for f in asked.findings if f.code == "tunnel.concurrency")
    assert concurrency.confidence == "conclusive"
    assert "of 8 tunnels at once 6 were answered" in concurrency.because[0]


@pytest.mark.slow
def test_nothing_waits_for_the_silence_of_the_canary() -> None:
    """It begins early, is asked for once, and goes on while the line is measured, on a busy machine too."""
    asked = ask(BadProxy(), limits=msgspec.structs.replace(QUICK, quiet_s=6.0), timeout_s=30.0, early=True)
    records = [record for record in asked.case.evidence if record.operation == "canary"]
    (silence,) = (record for record in records if record.variant == "raw/banner/proxy")
    assert silence.failure is None
    assert silence.started_s == min(record.started_s for record in records)
    measured = next(record for record in records if (record.variant or "").startswith("throughput"))
    assert measured.started_s < silence.started_s + silence.duration_s
    assert asked.findings == ()


def test_a_canary_without_room_accuses_nobody() -> None:
    asked = ask(BadProxy(), limits=msgspec.structs.replace(QUICK, connections_per_client=5))
    assert "tunnel.concurrency" not in asked.codes
    assert "no room" in asked.answer.reason


@pytest.mark.slow
def test_what_is_said_too_late_to_the_canary_is_no_limit_of_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer that stands still after its tunnels are open is told the banner, for it seems to say nothing."""
    negotiate, many = SecureChannel.negotiate, canary_load._join
    late: list[int] = []
    told: list[bytes] = []

    async def stands_still(channel: SecureChannel) -> Failure | None:
        if late:
            told.append(await channel._plain.receive())
        return await negotiate(channel)

    async def join(*given: Any) -> None:
        late.append(given[-1])
        try:
            await many(*given)
        finally:
            late.pop()

    monkeypatch.setattr(SecureChannel, "negotiate", stands_still)
    monkeypatch.setattr(canary_load, "_join", join)
    asked = ask(BadProxy())
    assert len(told) == 8
    assert "tunnel.concurrency" not in asked.codes


@pytest.mark.slow
def test_a_slow_proxy_is_told_from_a_slow_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary_sequence, "DUPLEX_S", 1.0)
    slow = ask(BadProxy(rate=32_000), outside=True, concurrency=3)
    found = next(f for f in slow.findings if f.code in ("tunnel.slow", "network.bandwidth-low"))
    assert (found.code, found.severity, found.confidence) == ("tunnel.slow", "blocker", "conclusive")
    unknown = ask(BadProxy(rate=32_000), outside=False, concurrency=3)
    found = next(f for f in unknown.findings if f.code in ("tunnel.slow", "network.bandwidth-low"))
    assert (found.code, found.severity, found.confidence) == ("network.bandwidth-low", "blocker", "strong")


def collapsed(data: bytes, _start: int) -> bytes:
    """What a program does to a field that parses and writes it anew."""
    return data.replace(b":  two  spaces \r\n", b": two  spaces\r\n")


@pytest.mark.parametrize("side", ["client", "server"])
@pytest.mark.slow
def test_http_that_is_rewritten_in_a_tunnel_is_told(side: str) -> None:
    asked = ask(BadProxy(lambda: Edit("client" if side == "client" else "server", collapsed)))
    assert (asked.only.code, asked.only.severity) == ("http.altered", "info")
    assert "inside CONNECT: the head of" in words(asked.findings)


def test_a_field_that_is_changed_in_a_tunnel_weighs_more_than_its_spelling() -> None:
    def anonymous(data: bytes, _start: int) -> bytes:
        return data.replace(b"User-Agent: ", b"User-Agent: not ")

    asked = ask(BadProxy(lambda: Edit("client", anonymous)))
    assert (asked.only.code, asked.only.severity) == ("http.altered", "degraded")
    assert "inside CONNECT: User-Agent of the request is changed" in words(asked.findings)


def test_content_that_is_changed_in_a_tunnel_stops_a_device_that_depends_on_it() -> None:
    def without_comment(data: bytes, _start: int) -> bytes:
        return data.replace(b"CDATA", b"cdata") if data[:4] == b"POST" or b"<message" in data else data

    asked = ask(BadProxy(lambda: Edit("client", without_comment)))
    assert (asked.only.code, asked.only.severity) == ("http.altered", "blocker")
    assert "the XML of a request: changed" in words(asked.findings)


def test_a_forwarding_proxy_may_add_fields_of_its_own() -> None:
    added = ask(BadProxy(request=lambda request: request.replace(b"Via:", b"X-Forwarded-For: 10.0.0.1\r\nVia:")))
    assert added.codes == []


@pytest.mark.parametrize(("name", "severity"), [("sendpro-c", "info"), ("connectplus", "blocker")])
def test_content_changed_in_absolute_form_weighs_as_much_as_the_device_uses_it(name: str, severity: str) -> None:
    asked = ask(BadProxy(forward=lambda response: response.replace(b"<item", b"<ITEM", 1)), of=device(name))
    assert (asked.only.code, asked.only.severity) == ("http.altered", severity)
    assert "in absolute form: the content of an answer: changed" in words(asked.findings)


def test_a_field_that_a_forwarding_proxy_must_not_touch() -> None:
    asked = ask(BadProxy(request=lambda request: request.replace(b"User-Agent: ", b"User-Agent: not ")))
    assert "User-Agent of the request is changed" in words(asked.findings)


def test_an_answer_that_forbids_storing_and_is_stored() -> None:
    asked = ask(BadProxy(stores=True), of=device("connectplus"))
    assert (asked.only.code, asked.only.severity) == ("http.cached", "degraded")


def test_a_greeting_that_no_device_sends_is_dropped_and_told_without_a_cause() -> None:
    asked = ask(
        BadProxy(lambda: NotThis(lambda first: first[:1] == b"\x16" and len(first) > 1500)), timeout_s=_PATIENT_S
    )
    assert asked.codes == []
    # The greeting of the newest OpenSSL is one of them.
    assert re.search(r"greetings that do not pass: (modern, )?large", asked.answer.reason)


def test_a_dropped_greeting_of_the_devices_kind_is_a_cause() -> None:
    # TLS 1.2 alone offers no supported_versions (RFC 8446 section 4.2.1, number 43).
    def old(first: bytes) -> bool:
        return first[:1] == b"\x16" and b"\x00\x2b\x00" not in first

    asked = ask(BadProxy(lambda: NotThis(old)), outside=True)
    found = next(finding for finding in asked.findings if finding.code == "tls.hello-rejected")
    assert (found.severity, found.confidence) == ("degraded", "conclusive")
    assert "these do: modern" in found.because[0] or "these do: large" in found.because[0]


def test_a_canary_that_the_proxy_denies_is_no_verdict() -> None:
    asked = ask(BadProxy(denies=True, forward=lambda _: b"HTTP/1.1 403 Forbidden\r\n\r\n"), outside=True)
    assert asked.codes == []
    assert asked.answer.verdict == "inconclusive"
    assert "CONNECT is answered 403" in asked.answer.reason
    assert "without the proxy it does" in asked.answer.reason


def test_what_was_not_asked_without_the_proxy_is_told_as_such() -> None:
    asked = ask(BadProxy(denies=True, forward=lambda _: b"HTTP/1.1 403 Forbidden\r\n\r\n"), outside=False)
    assert "without the proxy it was not asked" in asked.answer.reason
