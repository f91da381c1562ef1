"""What stops the tool itself. Network trouble is never here: it is data (`proxycheck.model.failure`).

Each message is one sentence that says what is wrong and what to write instead. `exit_code` is the process
exit code of the outside contract: 2 for usage and configuration, 4 for a fault of the tool.

Everything else that is raised is a fault of the program itself. It costs the answer in whose course it was raised, and
stands in the report in the words of `describe_fault`.
"""

import os


class ProxycheckError(Exception):
    """Base of every error a command may end with; `str(error)` is shown to the person as it is."""

    exit_code = 4


class UsageError(ProxycheckError):
    """The command line asks for something that cannot be done as written."""

    exit_code = 2


class ConfigurationError(ProxycheckError):
    """A file a person (or this project) wrote is missing, unreadable or malformed."""

    exit_code = 2


class MissingExtraError(ProxycheckError):
    """A command needs an extra that this copy was installed without; `resources.missing_extra` says how to add it."""

    exit_code = 2


class LabError(ProxycheckError):
    """The lab cannot start: a missing extra, a port that cannot be bound, a proxy that died."""

    exit_code = 4


def unreadable(file: object, error: OSError | ValueError) -> ConfigurationError:
    """Returns the error of a file that a person names and that cannot be read: `file` as it is named, once, what is
    the matter with it, and what to do."""
    return ConfigurationError(f"{file} cannot be read: {_what_to_do(error)}")


def _what_to_do(error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return "there is no such file; check its name and its folder"
        case IsADirectoryError():
            return "it is a folder; name the file in it"
        case PermissionError():
            if error.filename is not None and os.path.isdir(error.filename):  # noqa: PTH112  bytes are possible as well
                return "it is a folder; name the file in it"  # so Windows says it
            return "this user may not read it; have its permissions changed"
        case UnicodeDecodeError():
            line = error.object[: error.start].count(b"\n") + 1
            return f"line {line} is not UTF-8 text; save the file as UTF-8"
        case OSError(strerror=str(reason)):
            return f"the system says: {reason}"
    return str(error)


def describe_fault(error: BaseException) -> str:
    """Returns what was raised and in which line, of a group the first: what its author needs to find it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return text
    return f"{text} ({trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno})"
