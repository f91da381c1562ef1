"""An account file for the acceptor of NTLM."""

from pathlib import Path

import pytest

from tests.scripted.accounts import GOOD, account_file


@pytest.fixture
def ntlm_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The good account, known to pyspnego's acceptor."""
    monkeypatch.setenv("NTLM_USER_FILE", str(account_file(tmp_path, GOOD)))
