"""`proxycheck monitoring`: files to be adapted, which then stay as they were adapted."""

import os
from pathlib import Path

from tests.cli.conftest import Invoke


def test_all_files_are_written_and_kept(invoke: Invoke, tmp_path: Path) -> None:
    outcome = invoke("monitoring", str(tmp_path / "new" / "fleet"))
    assert outcome.code == 0
    written = [Path(line) for line in outcome.stdout.splitlines()]
    assert {path.name for path in written} >= {"exporter.toml", "proxycheck.alerts.yml", "proxycheck.json"}
    assert all(path.is_file() for path in written)
    assert invoke("monitoring", str(tmp_path / "new" / "fleet")).code == 0
    mine = tmp_path / "new" / "fleet" / "exporter.toml"
    mine.write_text("mine")
    outcome = invoke("monitoring", str(tmp_path / "new" / "fleet"))
    assert (outcome.code, "other versions of exporter.toml" in outcome.stderr) == (2, True)
    assert mine.read_text() == "mine"
    assert invoke("monitoring", str(tmp_path / "new" / "fleet"), "--force").code == 0
    assert mine.read_text() != "mine"
    if os.name == "posix":
        assert os.access(tmp_path / "new" / "fleet" / "checkmk" / "proxycheck", os.X_OK)


def test_a_folder_that_cannot_be_made(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = invoke("monitoring", str(tmp_path / "file" / "fleet"))
    assert outcome.code == 2
    assert "cannot be made" in outcome.stderr
