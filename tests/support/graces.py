"""Short graces: how long the check listens to a peer that has said all it will say is no matter of these tests."""

import pytest

from proxycheck.net import exchange


@pytest.fixture(autouse=True)
def short_graces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer of these tests sends all at once, so that nothing is lost by not waiting for more."""
    monkeypatch.setattr(exchange, "BODY_GRACE_S", 0.15)
    monkeypatch.setattr(exchange, "DRAIN_GRACE_S", 0.15)
