"""The recorded outputs and PAC files beside these tests, and the forms in which they are needed."""

import re
from datetime import UTC, datetime
from pathlib import Path

from proxycheck.routes.pac.answers import PacEnvironment, PacScript
from proxycheck.routes.pac.file import read_pac

DATA = Path(__file__).parent / "data"
NOON = datetime(2026, 3, 4, 12, 30, 15, tzinfo=UTC)
"""A Wednesday."""
NOWHERE = PacEnvironment(now=NOON)


def text(name: str) -> str:
    """A recording as text, line ends as they are in the file."""
    return (DATA / name).read_bytes().decode("utf-8")


def pac(name: str) -> PacScript:
    """A PAC file of the collection, read the way the tool reads it."""
    script = read_pac((DATA / "pac" / name).read_bytes())
    assert isinstance(script, PacScript)
    return script


def registry_export(name: str) -> dict[str, object]:
    """The values of a registry export by name, whatever their key: what the registry's own functions would give."""
    joined = text(f"windows/{name}").replace("\r\n", "\n").replace("\\\n  ", "")
    found: dict[str, object] = {}
    for key, kind, number, data in re.findall(r'^"(.+?)"=(?:(dword|hex):(\S+)|"(.*)")$', joined, re.MULTILINE):
        if kind == "dword":
            found[key] = int(number, 16)
        elif kind == "hex":
            found[key] = bytes.fromhex(number.replace(",", " "))
        else:
            found[key] = data.replace("\\\\", "\\")
    return found


def networksetup_answers(name: str) -> dict[str, str]:
    """A recorded session of `networksetup` by question."""
    parts = re.split(r"^\$ networksetup (-\S+) .*\n", text(f"macos/{name}"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
