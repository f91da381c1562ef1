"""The recordings: one report of each case, of a sample of hosts, kept to be judged again anywhere and at any time."""

import lzma
import os
from pathlib import Path

from msgspec import structs

from proxycheck.model.report import Report, Tool
from proxycheck.report.json import decode, encode

FOLDER = Path(__file__).resolve().parents[2] / "recordings" / "interception"
TABLE = FOLDER / "table.md"
_TOOL = Tool("proxycheck", "recorded", "", "")


def recording_wanted() -> bool:
    """Whether the recordings are to be written anew."""
    return os.environ.get("PROXYCHECK_RECORD") == "1"


def path_of(name: str) -> Path:
    """The file of a case."""
    return FOLDER / f"{name}.json.xz"


def load(name: str) -> Report:
    """The report recorded for a case."""
    return decode(lzma.decompress(path_of(name).read_bytes()))


def save(name: str, report: Report) -> None:
    """Keeps a report, without what tells of the machine it was made on."""
    run = structs.replace(report.run, options={})
    FOLDER.mkdir(parents=True, exist_ok=True)
    data = encode(structs.replace(report, tool=_TOOL, run=run))
    path_of(name).write_bytes(lzma.compress(data, preset=9))
