"""The canary through proxies with one bad habit each: every habit gives its cause, good manners give none."""

import msgspec
import pytest

from proxycheck.checks import canary_load, canary_probes, canary_sequence
from tests.checks.canary_proxy import BadProxy, Edit, OnlyTls, Terminating, at, only_when_raw
from tests.checks.canary_world import QUICK, ask, device, new_canary, words


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small sizes and short deadlines; what a stall costs is what the canary of these tests waits for, and a little."""
    for module in (canary_probes, canary_sequence):
        monkeypatch.setattr(module, "STALL_S", 1.0)
    monkeypatch.setattr(canary_load, "STEPS", (32 * 1024,))
    monkeypatch.setattr(canary_load, "MOST_AT_ONCE", 8)
    monkeypatch.setattr(canary_sequence, "MOST_AT_ONCE", 8)


def test_a_clean_proxy_gives_no_cause_and_every_probe_is_sound() -> None:
    asked = ask(BadProxy(), idle_s=0.2)
    assert asked.codes == []
    found = [(e.variant, e.canary.sound) for e in asked.case.evidence if e.canary is not None]
    assert len(found) == 19
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
def test_changed_bytes_are_told_with_their_place_and_kind(name: str) -> None:
    edit, told = CHANGES[name]
    finding = ask(BadProxy(only_when_raw(edit))).only
    assert (finding.code, finding.confidence, finding.severity) == ("tunnel.altered", "conclusive", "blocker")
    assert told in words([finding])


def test_bytes_of_the_server_count_as_well() -> None:
    edit = at(500, lambda rest: b"\0" + rest[1:] if rest[0] else b"\1" + rest[1:])
    asked = ask(BadProxy(lambda: Edit("server", edit) if False else RawDownload(edit)))
    assert "bytes from the canary: changed" in words(asked.findings)
    assert asked.codes == ["tunnel.altered"]
