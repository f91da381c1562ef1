"""What is kept of a run: times, bytes up to a limit, and no secret."""

import pytest

from proxycheck.model.failure import Failure
from proxycheck.model.target import Credentials
from proxycheck.net.trace import KEPT, Trace
from proxycheck.wire.secrets.redaction import Redactor

PASSWORD = "correct-horse-battery"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def trace(clock: Clock | None = None) -> Trace:
    return Trace(clock or Clock(), Redactor(Credentials("clerk", PASSWORD)))


def test_times_count_from_the_birth_of_the_trace() -> None:
    clock = Clock()
    kept = trace(clock)
    clock.now += 2.5
    recorder = kept.begin("endpoints", "connect", "a.example:443", variant="v")
    clock.now += 0.25
    record = recorder.finish("open", note="n")
    assert (record.id, record.started_s, record.duration_s) == ("e1", 2.5, 0.25)
    assert (record.check, record.operation, record.endpoint) == ("endpoints", "connect", "a.example:443")
    assert (record.variant, record.note, record.ended, record.failure) == ("v", "n", "open", None)
    assert kept.evidence == [record]


def test_records_stand_in_the_order_in_which_they_ended() -> None:
    kept = trace()
    first, second = (kept.begin("endpoints", "connect", f"{name}:443") for name in ("a", "b"))
    second.finish("open")
    first.finish("open")
    assert [(e.id, e.endpoint) for e in kept.evidence] == [("e1", "b:443"), ("e2", "a:443")]


def test_bytes_are_text_of_one_character_each() -> None:
    recorder = trace().begin("endpoints", "tunnel", None)
    recorder.sent(b"\x00\xff")
    recorder.received(b"\x80")
    recorder.received(b"a")
    record = recorder.finish("open")
    assert (record.sent, record.received, record.size) == ("\x00\xff", "\x80a", None)


@pytest.mark.parametrize("size", [KEPT - 1, KEPT, KEPT + 1, KEPT + 4096, KEPT + 4097, 10 * KEPT])
@pytest.mark.parametrize("piece", [1000, 1 << 20])
def test_no_more_than_the_limit_is_kept_and_the_rest_is_counted(size: int, piece: int) -> None:
    recorder = trace().begin("endpoints", "http", None)
    data = b"ab" * size
    for start in range(0, size, piece):
        recorder.received(data[start : min(start + piece, size)])
    record = recorder.finish("open")
    assert record.received == data[: min(size, KEPT)].decode()
    assert record.size == (size if size > KEPT else None)


def test_less_can_be_kept() -> None:
    recorder = trace().begin("endpoints", "tls", None)
    recorder.received(b"x" * 1000)
    record = recorder.finish("open", keep=256)
    assert (len(record.received), record.size) == (256, 1000)


def test_secrets_are_taken_out_of_bytes_and_of_failures() -> None:
    recorder = trace().begin("endpoints", "auth", None)
    recorder.sent(b"CONNECT a:443 HTTP/1.1\r\nProxy-Authorization: Basic Y2xlcms6eA==\r\n\r\n")
    recorder.received(f"HTTP/1.1 403 {PASSWORD}\r\nSet-Cookie: id=17\r\n\r\n".encode())
    record = recorder.finish("open", Failure("refused-by-peer", "auth", f"403 {PASSWORD}"))
    assert record.failure is not None
    assert record.failure.detail == "403 <redacted>"
    for secret in (PASSWORD, "Y2xlcms6eA==", "id=17"):
        assert secret not in repr(record)
    assert record.sent.startswith("CONNECT a:443")
    assert record.received.startswith("HTTP/1.1 403 <redacted>")


@pytest.mark.parametrize("keep", [256, KEPT])
@pytest.mark.parametrize("shift", range(0, len(PASSWORD) + 1, 3))
@pytest.mark.parametrize("more", [0, 5000])
def test_a_cut_leaves_no_half_of_a_secret(keep: int, shift: int, more: int) -> None:
    recorder = trace().begin("endpoints", "http", None)
    recorder.received(b"." * (keep - shift) + PASSWORD.encode() + b"." * more)
    record = recorder.finish("open", keep=keep)
    assert len(record.received) <= keep + len("<redacted>")
    for size in range(4, len(PASSWORD) + 1):
        assert PASSWORD[:size] not in record.received
