"""Where the proxy's password comes from: a file, standard input, the environment or a prompt."""

import os
import sys
from pathlib import Path

from proxycheck.cli.asking import answered
from proxycheck.cli.ending import hide
from proxycheck.errors import UsageError
from proxycheck.model.target import Credentials
from proxycheck.runner.password import LONGEST, password_from_file, password_in

VARIABLE = "PROXYCHECK_PASSWORD"
_SOURCES = f"--password-file FILE, --password-stdin or {VARIABLE}"


def refuse_password_option(value: str | None) -> None:
    """The options that would carry a password exist only to say why they do not work.

    Raises UsageError when one is used."""
    if value is not None:
        raise UsageError(
            "a password does not belong on the command line, where every process can read it; "
            f"write --user NAME and use {_SOURCES}, or wait for the prompt. The one just typed is in the history of "
            "the shell now: delete it there"
        )


def credentials(
    username: str | None, password_file: Path | None, *, password_stdin: bool, proxy_url: str
) -> Credentials | None:
    """The credentials to use, None when no user name is given.

    Asks on the terminal when there is a user name and no password. Raises UsageError for a password without a
    user name, for two sources, and when there is nobody to ask; ConfigurationError for an unreadable file."""
    from_environment = os.environ.pop(VARIABLE, "")
    if password_file and password_stdin:
        raise UsageError("the password can come from --password-file or from --password-stdin, not from both")
    if username is None:
        _refuse_orphan(password_file is not None or password_stdin, bool(from_environment))
        return None
    if password_file:
        password = password_from_file(password_file)
    elif password_stdin:
        password = password_in(sys.stdin.buffer.readline(LONGEST), "standard input")
    else:
        password = from_environment or _ask(username, proxy_url)
    given = Credentials(username, password)
    hide(given)
    return given


def _refuse_orphan(given: bool, in_environment: bool) -> None:
    if given:
        raise UsageError("there is a password but no user name; add --user NAME")
    if in_environment:
        raise UsageError(f"{VARIABLE} is set but there is no user name; add --user NAME, or unset it")


def _ask(username: str, proxy_url: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(f"there is no password for '{username}' and no terminal to ask on; use {_SOURCES}")
    import getpass

    with answered(f"the input ended and there is no password for '{username}'; type one, or use {_SOURCES}"):
        password = getpass.getpass(f"Password of {username} at {proxy_url}: ")
    if not password:
        raise UsageError(f"no password was typed; try again, or use {_SOURCES}")
    return password
