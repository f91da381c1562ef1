"""An account file for the acceptor of NTLM; and every check here waits shortly for what does not come."""

from pathlib import Path

import pytest

from tests.scripted.accounts import GOOD, account_file
from tests.support.graces import short_graces

__all__ = ["ntlm_account", "short_graces"]


@pytest.fixture
def ntlm_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The good account, known to pyspnego's acceptor."""
    monkeypatch.setenv("NTLM_USER_FILE", str(account_file(tmp_path, GOOD)))
