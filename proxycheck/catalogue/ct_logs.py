"""The logs of Certificate Transparency: a table of ours, or a list that a person brings.

Two formats: the table of `fixtures/trust/ct_logs.tsv`, and the JSON log list (version 3) that browsers
publish. A log that is not listed is unknown, never wrong.
"""

import base64
import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from proxycheck.catalogue.tables import read_bytes, rows
from proxycheck.errors import ConfigurationError
from proxycheck.model.trust import CtLog
from proxycheck.resources import fixtures


class _Interval(Struct):
    start_inclusive: datetime
    end_exclusive: datetime


class _Log(Struct):
    log_id: bytes
    key: bytes
    description: str = ""
    state: dict[str, object] = {}
    temporal_interval: _Interval | None = None


class _Operator(Struct):
    name: str
    logs: list[_Log] = []
    tiled_logs: list[_Log] = []


class _LogList(Struct):
    operators: list[_Operator]


@cache
def ct_logs(path: Path | None = None) -> dict[bytes, CtLog]:
    """The known logs by log id: those of `path`, or our own table.

    Raises ConfigurationError for a file that cannot be read, is neither format, names no log, or names a key
    whose SHA-256 is not the log id (RFC 6962 section 3.2)."""
    source = path or fixtures() / "trust" / "ct_logs.tsv"
    content = read_bytes(source)
    found = _from_json(source, content) if content.lstrip()[:1] == b"{" else _from_table(source)
    logs: dict[bytes, CtLog] = {}
    for log in found:
        if hashlib.sha256(log.key).digest() != log.log_id:
            raise ConfigurationError(f"{source}: the log id of {log.description!r} is not the SHA-256 of its key")
        logs[log.log_id] = log
    if not logs:
        raise ConfigurationError(f"{source} names no Certificate Transparency log")
    return logs


def _from_table(path: Path) -> list[CtLog]:
    found = []
    for number, row in rows(path, "log_id"):
        try:
            found.append(
                CtLog(
                    log_id=base64.b64decode(row["log_id"], validate=True),
                    key=base64.b64decode(row["key"], validate=True),
                    operator=row["operator"],
                    description=row["description"],
                    state=row["state"],
                    interval_start=_moment(row["interval_start"]),
                    interval_end=_moment(row["interval_end"]),
                )
            )
        except (KeyError, ValueError) as error:
            raise ConfigurationError(f"{path}, line {number} does not describe a log: {error}") from error
    return found


def _from_json(path: Path, content: bytes) -> list[CtLog]:
    try:
        document = msgspec.json.decode(content, type=_LogList)
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{path} is not a log list of version 3: {error}") from error
    return [
        CtLog(
            log_id=log.log_id,
            key=log.key,
            operator=operator.name,
            description=log.description,
            state=next(iter(log.state), ""),
            interval_start=log.temporal_interval.start_inclusive if log.temporal_interval else None,
            interval_end=log.temporal_interval.end_exclusive if log.temporal_interval else None,
        )
        for operator in document.operators
        for log in operator.logs + operator.tiled_logs
    ]


def _moment(text: str) -> datetime | None:
    if text in {"", "-"}:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment
