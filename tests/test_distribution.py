"""What is installed: each of the client's dependencies has its reason, and no other package's name is told."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = ROOT / "pyproject.toml"


def test_each_dependency_of_the_client_has_its_reason() -> None:
    block = PYPROJECT.read_text(encoding="utf-8").partition("dependencies = [\n")[2].partition("\n]")[0]
    lines = [line.strip() for line in block.splitlines()]
    reasonless = [
        line for before, line in zip(["", *lines], lines, strict=False) if line[0] == '"' and before[:1] != "#"
    ]
    assert reasonless == []


def test_nobody_is_told_to_install_somebody_elses_package() -> None:
    """On package indexes the bare name of the command belongs to another project."""
    texts = [ROOT / "README.md", *(ROOT / "proxycheck").rglob("*.py"), *(ROOT / "fixtures").rglob("*.toml")]
    installs = re.compile(r"(pip|pipx|uv tool|uv pip) install [^`\n]*?(?<![\w/.-])proxycheck\b(?!\.example)")
    found = [
        f"{path.name}: {told[0]}" for path in texts for told in installs.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
