"""The observer's log is read line by line, and whatever is no log is told with its line."""

import io
import json

import pytest

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.errors import ConfigurationError
from proxycheck.model.observed import ObservedConnection
from proxycheck.observed import log as observed_log
from proxycheck.observed.judging import judge_log
from proxycheck.observed.log import read_log
from tests.support.observing import FUNDS, asked, connection, reached, reply, tunnel, written

LOG = (reached(FUNDS), connection(asked(FUNDS, reply("403 No", page="\x1b[2J")), end="open"))


def read(data: bytes) -> list[ObservedConnection]:
    return list(read_log(io.BytesIO(data)))


def test_what_was_written_is_read() -> None:
    assert read(written(*LOG)) == list(LOG)
    assert read(b"") == []


def test_a_file_that_went_through_windows() -> None:
    data = b"\xef\xbb\xbf" + written(*LOG).replace(b"\n", b"\r\n") + b"\r\n"
    assert read(data) == list(LOG)


def test_fields_of_a_later_observer_are_passed_over() -> None:
    line = json.loads(written(connection(asked(FUNDS, tunnel=tunnel()))))
    line["later"] = line["exchanges"][0]["later"] = [1]
    assert read(json.dumps(line).encode())[0].exchanges[0].target == FUNDS


def altered(**fields: object) -> bytes:
    return json.dumps({**json.loads(written(LOG[0])), **fields}).encode()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"not JSON", "line 2 is no JSON object"),
        (b"[1]", "line 2 does not fit"),
        (b"{}", "line 2 has no schema"),
        (b'{"schema": "proxycheck.report/1"}', "line 2 has the schema 'proxycheck.report/1'"),
        (b'{"schema": "\\u001b[2J"}', r"line 2 has the schema '\\x1b\[2J'"),
        (altered(schema="proxycheck.observed/2"), "a log of addons/observe.py says 'proxycheck.observed/1'"),
        (altered(end="whenever"), "line 2 does not fit"),
        (altered(started_at="yesterday"), "line 2: its time cannot be read"),
        (altered(started_at="2026-11-01T12:00:00"), "line 2: its time cannot be read"),
        (written(LOG[0])[:90], "line 2 is no JSON object"),
        (b"[" * 100_000, "line 2"),
        (b"\x00\xff\xfe", "line 2 is no JSON object"),
    ],
)
def test_what_is_no_log_is_told_with_its_line(line: bytes, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as told:
        read(written(LOG[0]) + line + b"\n")
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 500


def test_utf_16_is_told() -> None:
    with pytest.raises(ConfigurationError, match="line 1: the file is UTF-16"):
        read("{}".encode("utf-16"))


def test_endless_lines_and_endless_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observed_log, "LONGEST_LINE", 4096)
    monkeypatch.setattr(observed_log, "MOST_BYTES", 8192)
    with pytest.raises(ConfigurationError, match="line 1 is longer than"):
        read(b"a" * 5000)
    with pytest.raises(ConfigurationError, match="the file is larger than"):
        read(written(*LOG) * 20)


def test_an_address_of_ipv6_that_a_device_asked_for_is_judged() -> None:
    """Found by the campaign: its name had brackets in one place and none in another."""
    target = "[2001:db8::1]:443"
    lines = written(connection(asked(target, reply("403 No")), end="open"))
    found = judge_log(load_device("sendpro-c"), read(lines), load_knowledge(), None)
    assert target in repr(found)
    assert [each.verdict for each in found.unlisted] == ["failed"]
