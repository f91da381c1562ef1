"""The imports of Python files, read without running them: function-level and type-checking ones too."""

import ast
import graphlib
from collections.abc import Iterator, Mapping
from pathlib import Path


def _called(node: ast.Call) -> str | None:
    """The module that `importlib.import_module("x")` or `__import__("x")` names, when it is written out."""
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name not in ("import_module", "__import__") or not node.args:
        return None
    first = node.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _absolute(node: ast.ImportFrom, package: tuple[str, ...]) -> str:
    above = package[: len(package) - node.level + 1] if node.level else ()
    return ".".join((*above, *([node.module] if node.module else [])))


def imported(source: str, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yields line and dotted name of everything a module imports, wherever the statement stands.

    `package` is the package the module is in. A name imported from a module counts as that module's member: `a.b` for
    `from a import b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, package)
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"
        elif isinstance(node, ast.Call):
            called = _called(node)
            if called is not None:
                yield node.lineno, called


def modules(folder: Path, package: str) -> dict[str, Path]:
    """Returns the dotted names of all modules under the folder of a package, each with its file.

    `package` is the package's dotted name, empty for a folder of modules that are imported by their bare names."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = (*([package] if package else []), *path.relative_to(folder).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _arrows(known: Mapping[str, Path]) -> dict[str, list[str]]:
    """The modules that each module names in its imports.

    That Python loads the packages around a module besides is no arrow: every package that imports a part of its own
    would be a circle."""

    def module(name: str) -> str:
        while name and name not in known:
            name = name.rpartition(".")[0]
        return name

    def of(name: str, path: Path) -> list[str]:
        package = tuple(name.split(".") if path.name == "__init__.py" else name.split(".")[:-1])
        names = {module(each) for _, each in imported(path.read_text(encoding="utf-8"), package)}
        return sorted(names - {name, ""})

    return {name: of(name, path) for name, path in known.items()}


def circles(folder: Path, package: str = "") -> list[str]:
    """Returns the circles of files in the folder of a package: `a -> b -> a` where `a` imports `b`, which imports `a`.

    An arrow counts in one circle only, so that breaking each of those returned leaves none."""
    arrows = _arrows(modules(folder, package))
    found = []
    while True:
        try:
            tuple(graphlib.TopologicalSorter(arrows).static_order())
        except graphlib.CycleError as error:
            # Each node of the circle is imported by the next one.
            circle = error.args[1]
            found.append(" -> ".join(reversed(circle)))
            arrows[circle[1]].remove(circle[0])
        else:
            return found
