"""Somebody who watches a run and does nothing about it."""

from proxycheck.model.questions import Phase
from proxycheck.runner import Observer


class Nobody(Observer):
    """Watches and says nothing."""

    def phase(self, name: Phase, total: int) -> None: ...

    def started(self, what: str) -> None: ...

    def finished(self, what: str, outcome: str) -> None: ...

    def certain(self, blocker: str) -> None: ...
