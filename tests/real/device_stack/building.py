"""Compiles the Java client once, and keeps it in the user's cache under a name made of its content."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCES = Path(__file__).with_name("java")
RELEASE = "11"
"""The Java release that is compiled for: the oldest that maintained systems have."""


class BuildError(Exception):
    """The client cannot be built here; the message says why."""


def missing() -> str | None:
    """What the client needs and this machine has not, in a sentence; None where all is there."""
    absent = [program for program in ("java", "javac", "mvn") if shutil.which(program) is None]
    return f"the device's stack needs {' and '.join(absent)} (a JDK and Maven)" if absent else None


def built() -> Path:
    """The folder with `classes` and the jars of each stack; made where it is not there yet. Raises BuildError."""
    kept = _cache() / f"device-stack-{_content()}"
    if kept.is_dir():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix="device-stack-building-") as folder:
        made = Path(folder, "made")
        _build(made)
        try:
            made.rename(kept)
        except OSError:
            if not kept.is_dir():  # else another process was first, with the same content
                raise
    return kept


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "proxycheck-tests")


def _files() -> list[Path]:
    return [SOURCES / "pom.xml", *sorted(SOURCES.rglob("*.java"))]


def _content() -> str:
    digest = hashlib.sha256(RELEASE.encode())
    for file in _files():
        digest.update(file.relative_to(SOURCES).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _build(made: Path) -> None:
    made.mkdir()
    shutil.copy(SOURCES / "pom.xml", made)
    _run("mvn", "--quiet", "--batch-mode", "--file", str(made / "pom.xml"), "package")
    jars = [str(path) for path in sorted(made.glob("target/*/*.jar")) if _newest(path)]
    sources = [str(path) for path in _files()[1:]]
    options = ("-Xlint:all", "-nowarn", "--release", RELEASE, "-cp", os.pathsep.join(jars))
    _run("javac", *options, "-d", str(made / "target" / "classes"), *sources)


def _newest(jar: Path) -> bool:
    """The client is compiled with the later OkHttp 2, whose interface has all that is used of both."""
    return jar.parent.name != "android-7.0"


def _run(*command: str) -> None:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300.0)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"{command[0]}: {error}") from error
    if ended.returncode:
        raise BuildError(f"{command[0]} failed:\n{(ended.stdout + ended.stderr)[-2000:]}")
