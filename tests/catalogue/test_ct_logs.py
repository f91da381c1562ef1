"""The logs of Certificate Transparency: our table, and lists that a person brings."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from proxycheck.catalogue.ct_logs import ct_logs
from proxycheck.errors import ConfigurationError
from proxycheck.lab.internet.ct_log import LabLog, log_list


def _published(*logs: LabLog, field: str = "logs") -> dict[str, object]:
    """A log list as browsers publish it (version 3), reduced to the parts that are read and one that is not."""
    entries = [
        {
            "description": entry.log.description,
            "log_id": base64.b64encode(entry.log.log_id).decode("ascii"),
            "key": base64.b64encode(entry.log.key).decode("ascii"),
            "url": "https://log.example/",
            "mmd": 86400,
            "state": {"usable": {"timestamp": "2024-09-30T22:19:27Z"}},
            "temporal_interval": {
                "start_inclusive": "2026-01-01T00:00:00Z",
                "end_exclusive": "2026-07-01T00:00:00Z",
            },
        }
        for entry in logs
    ]
    return {"version": "85.110", "operators": [{"name": "An operator", "email": [], field: entries}]}


def test_our_table() -> None:
    logs = ct_logs()
    assert len(logs) == 80
    assert {log.state for log in logs.values()} == {"usable", "readonly", "retired"}
    assert all(hashlib.sha256(log.key).digest() == log_id for log_id, log in logs.items())
    argon = next(log for log in logs.values() if log.description == "Google 'Argon2026h1' log")
    assert (argon.operator, argon.state) == ("Google", "usable")
    assert (argon.interval_start, argon.interval_end) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 7, 1, tzinfo=UTC),
    )
    assert ct_logs() is logs


def test_a_table_replaces_ours(tmp_path: Path) -> None:
    first, second = LabLog("first"), LabLog("second")
    path = tmp_path / "logs.tsv"
    path.write_text("# of a lab\n" + log_list([first, second]), encoding="utf-8")
    assert ct_logs(path) == {entry.log.log_id: entry.log for entry in (first, second)}


@pytest.mark.parametrize("field", ["logs", "tiled_logs"])
def test_a_published_list_replaces_ours(tmp_path: Path, field: str) -> None:
    log = LabLog("first")
    path = tmp_path / "log_list.json"
    path.write_text("\n " + json.dumps(_published(log, field=field)), encoding="utf-8")
    found = ct_logs(path)
    assert list(found) == [log.log.log_id]
    only = found[log.log.log_id]
    assert (only.key, only.operator, only.description, only.state) == (
        log.log.key,
        "An operator",
        "first",
        "usable",
    )
    assert only.interval_end == datetime(2026, 7, 1, tzinfo=UTC)


def _table(**changes: str) -> str:
    log = LabLog().log
    row = {
        "log_id": base64.b64encode(log.log_id).decode("ascii"),
        "key": base64.b64encode(log.key).decode("ascii"),
        "operator": "o",
        "description": "d",
        "state": "usable",
        "state_since": "",
        "interval_start": "",
        "interval_end": "",
    }
    row |= changes
    return "\t".join(row) + "\n" + "\t".join(row.values()) + "\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "names no Certificate Transparency log"),
        ("{}", "not a log list of version 3"),
        ("{", "not a log list of version 3"),
        ('{"operators": []}', "names no Certificate Transparency log"),
        ('{"operators": [{"name": "o", "logs": [{"log_id": "AA==", "key": "AA=="}]}]}', "is not the SHA-256"),
        ('{"operators": [{"name": "o", "logs": [{"log_id": "?", "key": "AA=="}]}]}', "not a log list"),
        ("just a line", r"line 1: a heading with tab-separated columns"),
        (_table() + "too\tshort\n", r"line 3: 8 tab-separated columns"),
        (_table(key="?"), "line 2 does not describe a log"),
        (_table(key="AAAA"), "is not the SHA-256 of its key"),
        (_table(interval_end="soon"), "line 2 does not describe a log"),
        (_table(interval_end="2026-01-01"), "has no time zone"),
        ("log_id\tkey\nAA==\tAA==\n", "line 2 does not describe a log"),
    ],
    ids=[f"list-{number}" for number in range(13)],  # a log's key differs in every process
)
def test_a_malformed_list_is_an_error_that_says_where(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "logs"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=problem):
        ct_logs(path)


def test_what_is_no_text_or_not_there_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "logs.tsv"
    with pytest.raises(ConfigurationError, match="cannot be read"):
        ct_logs(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        ct_logs(path)
