"""What a copy says that lacks a part: right for an executable, a checkout, an installed wheel."""

import importlib.metadata
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from proxycheck import resources
from proxycheck.errors import ConfigurationError, MissingExtraError


def told(monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    monkeypatch.setattr(resources, "_PACKAGE", folder / "proxycheck")
    error = resources.missing_extra("lab", "the lab needs mitmproxy")
    assert isinstance(error, MissingExtraError)
    assert error.exit_code == 2
    return str(error)


def test_a_checkout_is_told_its_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    assert told(monkeypatch, tmp_path) == (
        f'the lab needs mitmproxy; add it to this checkout with: {sys.executable} -m pip install -e "{tmp_path}[lab]"'
    )


@dataclass(frozen=True)
class _Installed:
    """An installed distribution, and what its installer wrote of where it came from."""

    origin: str | None

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return self.origin


ORIGINS = {
    "an-index": (None, ""),
    "a-folder": ('{"url": "file:///home/alice/proxycheck", "dir_info": {}}', " @ file:///home/alice/proxycheck"),
    "a-repository": (
        '{"url": "https://git.example/p.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}',
        " @ git+https://git.example/p.git@abc",
    ),
    "a-damaged-file": ("{", ""),
}


@pytest.fixture(params=[*ORIGINS.values()], ids=[*ORIGINS])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the source of this copy is named after the distribution."""
    written, named = request.param
    monkeypatch.setattr(importlib.metadata, "distribution", lambda _: _Installed(written))
    assert isinstance(named, str)
    return named


def test_a_wheel_is_told_the_distribution_and_its_source(
    source: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pip = f"{sys.executable} -m pip install"
    assert told(monkeypatch, tmp_path).endswith(f'add it with: {pip} "pb-proxycheck[lab]{source}"')


@pytest.mark.parametrize(
    ("file", "line"), [("pipx_metadata.json", "pipx install --force"), ("uv-receipt.toml", "uv tool install --force")]
)
def test_what_pipx_or_uv_keeps_is_told_their_command(
    file: str, line: str, source: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / file).touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert told(monkeypatch, tmp_path).endswith(f'add it with: {line} "pb-proxycheck[lab]{source}"')


def test_an_executable_cannot_be_added_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "pip" not in told(monkeypatch, tmp_path)


def test_an_executable_without_the_lab_is_not_to_be_installed_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "proxycheck")
    resources.addons.cache_clear()
    resources.fixtures.cache_clear()
    try:
        with pytest.raises(MissingExtraError) as lab:
            resources.addons()
        with pytest.raises(ConfigurationError) as damaged:
            resources.fixtures()
    finally:
        resources.addons.cache_clear()
        resources.fixtures.cache_clear()
    assert str(lab.value) == (
        "simulated proxies need the lab, which is not installed; "
        "this executable has no part [lab]; use a copy that is installed for Python"
    )
    assert str(damaged.value) == "this executable has no part 'fixtures'; get it again"


def test_the_name_of_another_project_is_nowhere_to_be_installed() -> None:
    repository = Path(__file__).resolve().parents[1]
    files = [repository / "README.md", repository / "pyproject.toml", *(repository / "proxycheck").rglob("*.py")]
    for file in files:
        text = file.read_text(encoding="utf-8")
        for wrong in ("install proxycheck", "install 'proxycheck", 'install "proxycheck', '"proxycheck['):
            assert wrong not in text, file
