"""A program on a terminal of its own, as a person sits before it; there are none on Windows."""

import contextlib
import os
import select
import sys
from pathlib import Path


class Terminal:
    """Runs `command` in `folder`, with these variables in its environment besides."""

    process: int
    _screen: int

    def __init__(self, *command: str, folder: Path | None = None, **environment: str) -> None:
        self.shown = b""
        if sys.platform != "win32":
            import pty

            self.process, self._screen = pty.fork()
            if self.process == 0:
                os.chdir(folder or ".")
                os.execvpe(command[0], command, {**os.environ, **environment})  # noqa: S606  no shell is wanted

    def wait_for(self, text: bytes) -> None:
        """Reads until `text` is shown. Raises TimeoutError where nothing more is shown for a minute."""
        while text not in self.shown:
            if not select.select([self._screen], [], [], 60)[0]:
                raise TimeoutError(f"{text!r} was not shown, but {self.shown!r}")
            self.shown += os.read(self._screen, 65536)

    def type(self, keys: bytes) -> None:
        """Types keys; what is shown from now on is kept."""
        self.shown = b""
        os.write(self._screen, keys)

    def close(self) -> None:
        """Closes the window."""
        os.close(self._screen)
        self._screen = -1

    def ended(self) -> int:
        """The exit code; what was still shown is read."""
        with contextlib.suppress(OSError):  # Linux ends a terminal that nobody writes to any more by an error
            while data := os.read(self._screen, 65536):
                self.shown += data
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
