"""What stops the tool itself. Network trouble is never here: it is data (`proxycheck.model.failure`).

Each message is one sentence that says what is wrong and what to write instead. `exit_code` is the process
exit code of the outside contract: 2 for usage and configuration, 4 for a fault of the tool.
"""


class ProxycheckError(Exception):
    """Base of every error a command may end with; `str(error)` is shown to the person as it is."""

    exit_code = 4


class UsageError(ProxycheckError):
    """The command line asks for something that cannot be done as written."""

    exit_code = 2


class ConfigurationError(ProxycheckError):
    """A file a person (or this project) wrote is missing, unreadable or malformed."""

    exit_code = 2


class LabError(ProxycheckError):
    """The lab cannot start: a missing extra, a port that cannot be bound, a proxy that died."""

    exit_code = 4
