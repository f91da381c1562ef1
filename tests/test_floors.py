"""The floors of `proxycheck.__init__` and the order of files, held by reading every import."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.imports import circles, imported

REPOSITORY = Path(__file__).resolve().parent.parent

MOST_IN_A_FOLDER = 15
SHORTEST_MAP = 40

FLOORS: Mapping[str, float] = {
    **dict.fromkeys(("cli", "__main__"), 7),
    **dict.fromkeys(("lab", "observed", "web"), 6),
    "runner": 5,
    **dict.fromkeys(("checks", "diagnosis", "report"), 4),
    "canary": 3.5,
    "net": 3,
    **dict.fromkeys(("wire", "catalogue", "routes"), 2),
    "model": 1,
    **dict.fromkeys(("errors", "resources", "garbage"), 0),
}
"""The rooms of the package by floor; `__init__` is the map on the wall and imports no room."""

NEIGHBOURS = frozenset({("__main__", "cli"), ("resources", "errors")})
"""Who may import whom on the same floor: `python -m proxycheck` opens the command line, and what is missing is an
error."""

SOCKETS = frozenset(
    (
        *("socket", "ssl", "select", "selectors", "socketserver", "http.client", "http.server", "urllib.request"),
        *("ftplib", "smtplib", "dns", "httpx", "requests", "urllib3", "aiohttp"),
    )
)
HARMLESS = frozenset({"urllib.request.url2pathname"})
"""Members of those that have nothing to do with a network."""
CLOCK_AND_CHANCE = frozenset({"time", "random", "secrets"})
CONCURRENCY = frozenset({"asyncio", "threading", "concurrent", "multiprocessing", "subprocess"})

OPEN_TO: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(SOCKETS, frozenset({"net", "canary", "lab"})),
    "asyncio": frozenset({"net", "canary", "checks", "runner", "lab", "web"}),
    "mitmproxy": frozenset({"lab"}),
    "pytest": frozenset({"lab"}),
}
"""Modules from outside that only some rooms may import."""

CLOSED_TO: Mapping[str, frozenset[str]] = {
    "wire": SOCKETS | CLOCK_AND_CHANCE | CONCURRENCY | {"logging"},
    "diagnosis": SOCKETS | CLOCK_AND_CHANCE | CONCURRENCY | {"logging", "os", "pathlib", "io", "tempfile"},
    "model": SOCKETS | CLOCK_AND_CHANCE | CONCURRENCY | {"logging", "os", "pathlib", "io", "tempfile"},
}
"""Rooms that must not import some modules, whoever else may."""


def _within(name: str, modules: frozenset[str] | Mapping[str, object]) -> str | None:
    """The one of `modules` that `name` is or belongs to."""
    return next((module for module in modules if name == module or name.startswith(f"{module}.")), None)


def _inside(room: str, name: str) -> str | None:
    """What is wrong with one room importing `proxycheck.<other>`; None when nothing is."""
    other = name.removeprefix("proxycheck").removeprefix(".").partition(".")[0]
    if other not in FLOORS or other == room:
        return None  # a name of the package itself, or a room without a floor, which is told once
    if room == "__init__":
        return f"the package's own file imports {name}"
    if FLOORS[other] < FLOORS[room] or (room, other) in NEIGHBOURS:
        return None
    word = "its neighbour" if FLOORS[other] == FLOORS[room] else "a higher floor"
    return f"{room} (floor {FLOORS[room]:g}) imports {word} {other} (floor {FLOORS[other]:g})"


def _outside(room: str, name: str) -> str | None:
    if name in HARMLESS:
        return None
    module = _within(name, OPEN_TO)
    if module is not None and room not in OPEN_TO[module]:
        return f"{room} imports {module}, which only {', '.join(sorted(OPEN_TO[module]))} may"
    closed = _within(name, CLOSED_TO.get(room, frozenset()))
    return None if closed is None else f"{room} must not import {closed}"


def _package_violations(tree: Path) -> Iterator[str]:
    root = tree / "proxycheck"
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        room = parts[0]
        where = path.relative_to(tree).as_posix()
        if room not in FLOORS and room != "__init__":
            yield f"{where}: {room} has no floor"
            continue
        for line, name in imported(path.read_text(encoding="utf-8"), ("proxycheck", *parts[:-1])):
            wrong = _inside(room, name) if _within(name, frozenset({"proxycheck"})) else _outside(room, name)
            if wrong is not None:
                yield f"{where}:{line}: {wrong}"


def _addon_violations(tree: Path) -> Iterator[str]:
    for path in sorted((tree / "addons").rglob("*.py")):
        for line, name in imported(path.read_text(encoding="utf-8"), ("addons",)):
            if _within(name, frozenset({"proxycheck"})):
                yield f"{path.relative_to(tree).as_posix()}:{line}: an addon imports {name}"


def violations(tree: Path) -> list[str]:
    """Everything in `tree/proxycheck` and `tree/addons` that breaks the house."""
    return [*_package_violations(tree), *_addon_violations(tree)]


def test_every_import_leads_down() -> None:
    assert violations(REPOSITORY) == []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circles(REPOSITORY / "proxycheck", "proxycheck") == []
    assert circles(REPOSITORY / "addons") == []


def test_every_room_of_the_plan_exists() -> None:
    rooms = (path for path in (REPOSITORY / "proxycheck").iterdir() if path.is_dir() or path.suffix == ".py")
    names = {path.stem for path in rooms if not path.name.startswith(("__", "."))}
    assert names <= set(FLOORS), "a room without a floor"
    assert set(FLOORS) - {"__main__"} <= names, "a floor without its room"


def test_the_package_docstring_shows_the_same_floors() -> None:
    module = ast.parse((REPOSITORY / "proxycheck" / "__init__.py").read_text(encoding="utf-8"))
    shown: dict[str, float] = {}
    for line in (ast.get_docstring(module) or "").splitlines():
        number, _, rest = line.strip().partition("  ")
        if re.fullmatch(r"\d½?", number):
            floor = float(number.replace("½", ".5"))
            shown |= {name.strip(): floor for name in rest.partition("  ")[0].split(",")}
    assert shown == dict(FLOORS)


BROKEN: tuple[tuple[str, str, str, str], ...] = (
    ("up", "wire/reply.py", "from proxycheck.net import stream\n", "a higher floor net"),
    ("up-by-name", "wire/reply.py", "from proxycheck import net\n", "a higher floor net"),
    ("up-relative", "wire/reply.py", "from ..net import stream\n", "a higher floor net"),
    ("up-relative-package", "wire/auth/basic.py", "from ... import net\n", "a higher floor net"),
    ("up-plain", "model/device.py", "import proxycheck.report.json as j\n", "a higher floor report"),
    ("in-a-function", "model/device.py", "def f():\n    from proxycheck.wire import tls\n", "a higher floor wire"),
    ("in-a-method", "model/device.py", "class A:\n  def f(self):\n    import proxycheck.cli\n", "a higher floor cli"),
    (
        "for-types-only",
        "checks/a.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from proxycheck.runner import Plan\n",
        "a higher floor runner",
    ),
    ("by-name", "net/a.py", 'import importlib\nimportlib.import_module("proxycheck.cli")\n', "a higher floor cli"),
    ("by-dunder", "net/a.py", '__import__("proxycheck.cli.check")\n', "a higher floor cli"),
    ("neighbour", "checks/a.py", "from proxycheck.diagnosis.shape import alike\n", "its neighbour diagnosis"),
    ("neighbours-below", "routes/a.py", "from proxycheck.wire.address import parse_proxy\n", "its neighbour wire"),
    ("main-is-no-library", "cli/a.py", "import proxycheck.cli, proxycheck.lab\nimport mitmproxy.http\n", "mitmproxy"),
    ("no-floor", "extra/__init__.py", "", "extra has no floor"),
    ("no-floor-file", "extra.py", "", "extra has no floor"),
    ("wire-clock", "wire/a.py", "def f():\n    from time import monotonic\n", "wire must not import time"),
    ("wire-chance", "wire/a.py", "import secrets\n", "wire must not import secrets"),
    ("wire-random", "wire/a.py", "import random as r\n", "wire must not import random"),
    ("wire-log", "wire/a.py", "import logging.handlers\n", "wire must not import logging"),
    ("wire-asyncio", "wire/a.py", "import asyncio\n", "wire imports asyncio"),
    ("wire-ssl", "wire/a.py", "import ssl\n", "wire imports ssl"),
    ("socket-in-checks", "checks/a.py", "import socket\n", "checks imports socket, which only canary, lab, net may"),
    ("dns-in-checks", "checks/a.py", "import dns.resolver\n", "checks imports dns"),
    ("asyncio-in-report", "report/a.py", "import asyncio\n", "report imports asyncio"),
    ("mitmproxy-in-net", "net/a.py", "from mitmproxy import http\n", "net imports mitmproxy, which only lab may"),
    ("pytest-in-runner", "runner/a.py", "import pytest\n", "runner imports pytest, which only lab may"),
    ("diagnosis-reads", "diagnosis/a.py", "from pathlib import Path\n", "diagnosis must not import pathlib"),
    ("map-imports", "__init__.py", "from proxycheck.model import device\n", "the package's own file imports"),
)


def _tree(folder: Path, place: str, source: str) -> Path:
    for path in ("proxycheck/__init__.py", f"proxycheck/{place}"):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source if path.endswith(place) else "", encoding="utf-8")
    return folder


@pytest.mark.parametrize(("place", "source", "told"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_breach_is_found(tmp_path: Path, place: str, source: str, told: str) -> None:
    found = violations(_tree(tmp_path, place, source))
    assert len(found) == 1, found
    assert told in found[0]
    assert found[0].startswith(f"proxycheck/{place}:")


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("wire/reply.py", "import re\nimport h11\nfrom proxycheck.model import device\nfrom . import tls\n"),
        ("net/a.py", "import asyncio, socket\nfrom proxycheck.wire.http.reply import Reply\n"),
        ("checks/a.py", "import asyncio\nfrom proxycheck.net.stream import dial\nfrom proxycheck.checks import b\n"),
        ("runner/a.py", "import asyncio, time\nimport proxycheck\nfrom proxycheck import __version__\n"),
        ("__main__.py", "from proxycheck.cli.application import main\n"),
        ("runner/b.py", "from urllib.request import url2pathname\n"),
        ("lab/a.py", "from mitmproxy import ctx\nimport ssl\n"),
        ("wire/a.py", "import timeit_is_another_module\nfrom socketless import x\n"),
    ],
)
def test_what_is_allowed_passes(tmp_path: Path, place: str, source: str) -> None:
    assert violations(_tree(tmp_path, place, source)) == []


def test_an_addon_that_imports_the_client_is_found(tmp_path: Path) -> None:
    (tmp_path / "addons").mkdir()
    (tmp_path / "addons" / "deny.py").write_text("def f():\n    from proxycheck.wire import tls\n", encoding="utf-8")
    assert violations(tmp_path) == ["addons/deny.py:2: an addon imports proxycheck.wire.tls"]


CIRCLES: Mapping[str, dict[str, str]] = {
    "two-files": {"a.py": "from proxycheck import b\n", "b.py": "from proxycheck import a\n"},
    "by-a-name": {"a.py": "from proxycheck.b import x\n", "b.py": "from proxycheck.a import y\n"},
    "in-a-function": {"a.py": "import proxycheck.b\n", "b.py": "def f():\n    from proxycheck import a\n"},
    "for-types-only": {
        "a.py": "from proxycheck.b import B\n",
        "b.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from proxycheck.a import A\n",
    },
    "relative": {"checks/a.py": "from . import b\n", "checks/b.py": "from .a import x\n"},
    "three-files": {
        "a.py": "import proxycheck.b\n",
        "b.py": "import proxycheck.c\n",
        "c.py": "import proxycheck.a\n",
    },
    "a-package-and-its-part": {
        "checks/__init__.py": "from proxycheck.checks import a\n",
        "checks/a.py": "from proxycheck.checks import NAME\n",
    },
    "addons-too": {"a.py": "import b\n", "b.py": "import a\n"},
}
"""Circles of files, each to be found as one."""


def _files(folder: Path, files: Mapping[str, str]) -> Path:
    for place, source in files.items():
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", CIRCLES)
def test_a_circle_of_files_is_found(tmp_path: Path, name: str) -> None:
    found = circles(_files(tmp_path, CIRCLES[name]), "" if name == "addons-too" else "proxycheck")
    assert len(found) == 1, found
    assert found[0].count(" -> ") == len(CIRCLES[name])


def test_files_that_share_a_third_one_are_no_circle(tmp_path: Path) -> None:
    files = {
        "checks/__init__.py": "from proxycheck.checks import a, b\n",
        "checks/a.py": "from proxycheck.checks import c\nfrom proxycheck.checks.c import x\n",
        "checks/b.py": "from proxycheck.checks.c import x\nimport asyncio\n",
        "checks/c.py": "import proxycheck\n",
        "__init__.py": "",
    }
    assert circles(_files(tmp_path, files), "proxycheck") == []


def test_no_folder_is_too_full_to_be_read() -> None:
    """But for rules and commands, of which each is one of its kind."""
    full = {}
    for folder in {path.parent for path in (REPOSITORY / "proxycheck").rglob("*.py")}:
        files = [each for each in folder.iterdir() if each.is_file() and each.suffix != ".pyc"]
        if len(files) > MOST_IN_A_FOLDER:
            full[folder.relative_to(REPOSITORY / "proxycheck").as_posix()] = len(files)
    assert full.keys() <= {"cli", "diagnosis/rules"}, full


def test_every_room_has_a_map() -> None:
    """A package says in its own words what is in it."""
    for file in (REPOSITORY / "proxycheck").rglob("__init__.py"):
        words = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        assert len(words) > SHORTEST_MAP, file
