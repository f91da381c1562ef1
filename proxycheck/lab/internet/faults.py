"""What goes wrong inside the lab itself, kept by the proxy in whose context it was logged.

mitmproxy reports an addon that raised, and its own crashes, as log records of level ERROR. While the lab
runs these are collected and nothing of mitmproxy's log reaches the terminal or other handlers.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from proxycheck.model.text import printable

_ADDONS = "proxycheck_lab_addons"
_LOGGERS = ("mitmproxy", _ADDONS)

_LONGEST = 200

_faults: ContextVar[list[str] | None] = ContextVar("proxycheck.lab.internet.faults", default=None)


def collect_into(faults: list[str]) -> None:
    """Faults logged in this context, and in tasks started from it, are added to `faults`."""
    _faults.set(faults)


class _Collector(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        faults = _faults.get()
        if faults is not None:
            faults.append(_words(record))


class _Teller(logging.Handler):
    """Passes on what the addons say of their own doings."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.INFO:
            self._say(f"       {printable(record.getMessage(), _LONGEST)}")


def _words(record: logging.LogRecord) -> str:
    message = record.getMessage()
    cause = record.exc_info[1] if record.exc_info else None
    return f"{message} ({type(cause).__name__}: {cause})" if cause else message


@contextmanager
def quiet(say: Callable[[str], None] | None = None) -> Iterator[None]:
    """Silences the loggers of the lab's machinery, but for the collection of faults; `say` hears the addons."""
    collector = _Collector(logging.ERROR)
    before = []
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        before.append((logger, logger.level, logger.propagate))
        logger.addHandler(collector)
        logger.setLevel(logging.WARNING)
        logger.propagate = False
    teller = _Teller(say) if say else logging.NullHandler()
    logging.getLogger(_ADDONS).addHandler(teller)
    if say:
        logging.getLogger(_ADDONS).setLevel(logging.INFO)
    try:
        yield
    finally:
        logging.getLogger(_ADDONS).removeHandler(teller)
        for logger, level, propagate in before:
            logger.removeHandler(collector)
            logger.setLevel(level)
            logger.propagate = propagate
