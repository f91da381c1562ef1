"""Where results go: files written whole or not at all, and the terminal."""

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from proxycheck.errors import ConfigurationError, unreadable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

STANDARD = "-"
_WIDTH = 80
HEAD_BYTES = 4096
"""So much of an existing file is looked at, to see whether this program wrote it."""


_NOTHING = (b"", b"[]")
"""Contents with which nobody loses anything: an empty file, and the empty list in JSON."""


class OutputFile:
    """A file named on the command line, checked before the work begins; `-` is standard output.

    `ours` stands at the beginning of what the option writes there: a file without it is somebody else's, or was written
    by another command. None takes any file. Raises ConfigurationError at once when nothing can be written there, or
    another file is there."""

    def __init__(self, name: str, option: str, *, ours: bytes | None = None) -> None:
        self.name = name
        self.standard = name == STANDARD
        self._path = Path(name)
        if not self.standard:
            self._refuse_impossible(option)
            if ours is not None:
                self._refuse_foreign(option, ours)

    def write(self, data: bytes) -> None:
        """Puts `data` there: a reader sees the old file or the whole new one, never a part.

        Raises ConfigurationError when the system refuses."""
        if self.standard:
            with until_closed(sys.stdout):
                sys.stdout.buffer.write(data)
            return
        try:
            _replace(self._path.resolve(), data)
        except OSError as error:
            raise ConfigurationError(f"{self._path} cannot be written: {error.strerror}") from error

    def refuse_other(self, data: bytes, option: str, heading: bytes = b"") -> None:
        """Raises ConfigurationError where a file with other content is there: a person may have written it. One that
        begins with the `heading` of this content is an earlier version of it."""
        if self.standard or not self._path.is_file():
            return
        try:
            there = self._path.read_bytes()
        except OSError as error:
            raise unreadable(self._path, error) from error
        if there.strip() not in _NOTHING and there != data and not (heading and there.startswith(heading)):
            raise ConfigurationError(
                f"{self._path} is there already and holds something else; "
                f"write {option} with another name, or add --force to replace it"
            )

    def _refuse_foreign(self, option: str, ours: bytes) -> None:
        if not self._path.is_file():
            return
        try:
            with self._path.open("rb") as file:
                head = file.read(HEAD_BYTES)
        except OSError as error:
            raise unreadable(self._path, error) from error
        if head.strip() not in _NOTHING and ours not in head:
            raise ConfigurationError(
                f"{self._path} is there already and holds something else than {option} writes here; "
                f"write {option} with another name, or add --force to replace it"
            )

    def _refuse_impossible(self, option: str) -> None:
        folder = self._path.parent
        if self._path.is_dir():
            raise ConfigurationError(f"{self._path} is a directory; write {option} FILE")
        if not folder.is_dir():
            raise ConfigurationError(f"the directory {folder} of {option} {self._path} does not exist")
        needed = {self._path} if self._path.exists() else set()
        if self._path.is_file() or not needed:
            needed.add(folder)
        if not all(os.access(each, os.W_OK) for each in needed):
            raise ConfigurationError(f"{option} {self._path} cannot be written: there is no permission")


def console_for(stream: TextIO, *, no_color: bool) -> "Console":
    """A console on `stream`, in colour only on a terminal, unless the option or NO_COLOR forbids it."""
    from rich.console import Console

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    colored = stream.isatty() and not no_color and not os.environ.get("NO_COLOR")
    columns = os.environ.get("COLUMNS", "")
    width = _WIDTH if columns.isdecimal() and int(columns) == 0 else None  # in no columns nothing would be shown
    return Piped(file=stream, color_system="auto" if colored else None, markup=False, emoji=False, width=width)


def open_closed_streams() -> bool:
    """Opens what the caller of this process has closed of the three standard streams, so that what is written goes
    nowhere; returns whether standard output was among them."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115  for the life of the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  for the life of the process
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  for the life of the process
        return True
    return False


def show(shown: "RenderableType", *, no_color: bool) -> None:
    """Prints it on standard output.

    Raises ConfigurationError when that cannot be written."""
    with until_closed(sys.stdout):
        console_for(sys.stdout, no_color=no_color).print(shown, highlight=False)


@contextlib.contextmanager
def until_closed(stream: TextIO) -> Iterator[None]:
    """Lets a reader such as `head`, or a terminal that is closed, end the output without ending the command.

    Raises ConfigurationError when `stream` cannot be written for another reason."""
    try:
        yield
        stream.flush()
    except OSError as error:
        gone = _reader_is_gone(error, stream)
        _discard(stream)
        if gone:
            return
        raise ConfigurationError(f"the output cannot be written: {error.strerror}") from error


def _reader_is_gone(error: OSError, stream: TextIO) -> bool:
    """Whether a pipe was closed at its other end, or a terminal that `stream` still has open."""
    if isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL):
        return True  # Windows reports a closed pipe as an invalid argument
    return error.errno == errno.EIO and stat.S_ISCHR(os.fstat(stream.fileno()).st_mode)


def _discard(stream: TextIO) -> None:
    """Sends what is still buffered nowhere, so that the interpreter does not fail on it at its end."""
    with contextlib.suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def _replace(path: Path, data: bytes) -> None:
    if path.exists() and not path.is_file():
        path.write_bytes(data)  # a device or a pipe
        return
    import secrets

    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with draft.open("xb") as file:
            if path.exists():
                draft.chmod(stat.S_IMODE(path.stat().st_mode))  # what its owner keeps from others stays so
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
