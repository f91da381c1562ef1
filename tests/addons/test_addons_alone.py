"""Every addon runs alone with mitmdump, depends on nothing but mitmproxy, and says whose behaviour it is."""

import ast
import sys
from pathlib import Path

import pytest
from mitmproxy.addons import script

from proxycheck import resources
from tests.addons.running import configured

FILES = sorted(resources.addons().glob("*.py"))
BESIDE = {"proxy_rules", "observation"}
"""What several of them read alike, and what one of them is made of. mypy knows them by the folder above as well."""


@pytest.mark.parametrize("path", sorted(resources.addons().rglob("*.py")), ids=lambda path: path.stem)
def test_an_addon_imports_only_the_standard_library_and_mitmproxy(path: Path) -> None:
    allowed = set(sys.stdlib_module_names) | {"mitmproxy"} | BESIDE
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= (path.parent != resources.addons())  # a part may name its neighbours
            names = [] if node.level else [node.module or ""]
        assert {name.removeprefix("addons.").partition(".")[0] for name in names} <= allowed


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_addon_says_whose_behaviour_it_is_and_how_to_run_it(path: Path) -> None:
    documentation = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert "Whose behaviour: " in documentation
    assert f"mitmdump -s addons/{path.name}" in documentation


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_addon_loads_as_a_script(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """mitmdump alone puts the folder on the import path, while it loads the script."""
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if Path(entry) != path.parent])
    for name in [name for name in sys.modules if name.partition(".")[0] in BESIDE]:
        monkeypatch.delitem(sys.modules, name)
    loaded = script.load_script(str(path))
    assert loaded
    assert loaded.addons
    for addon in loaded.addons:
        with configured(addon):
            pass
