"""Where `fixtures/` and `addons/` live: inside an installed package, or beside it in a checkout; what a copy lacks.

A wheel maps `fixtures` to `proxycheck/_fixtures` and `addons` to `proxycheck/_addons`; in a checkout (and in an
editable install) both are siblings of the package. Neither there is an error, never an empty catalogue.
"""

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from proxycheck.errors import ConfigurationError, MissingExtraError

_PACKAGE = Path(__file__).resolve().parent


def _locate(name: str) -> Path:
    for candidate in (_PACKAGE / f"_{name}", _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    if frozen():
        raise ConfigurationError(f"this executable has no part {name!r}; get it again")
    raise ConfigurationError(
        f"the folder {name!r} of proxycheck is missing beside {_PACKAGE}; install the package again"
    )


@cache
def fixtures() -> Path:
    """The folder with device, product, scenario and trust data.

    Raises ConfigurationError when an installation lost it."""
    return _locate("fixtures")


@cache
def addons() -> Path:
    """The folder with the mitmproxy addons of the lab.

    Raises ConfigurationError when an installation lost it, MissingExtraError in an executable: that is made without."""
    if frozen() and not (_PACKAGE / "_addons").is_dir():
        raise missing_extra("lab", "simulated proxies need the lab, which is not installed")
    return _locate("addons")


DISTRIBUTION: Final = "pb-proxycheck"
"""The name under which the program is installed. `proxycheck` is only what it is imported and called by: on package
indexes that name belongs to another project."""


def missing_extra(extra: str, what: str) -> MissingExtraError:
    """The error of a command that needs `extra`; it says how to add that to this copy: an executable, a checkout, what
    pipx or uv keeps, or an installed wheel. `what` is the sentence's subject with its verb, such as "the lab needs
    mitmproxy"."""
    if frozen():
        add = f"this executable has no part [{extra}]; use a copy that is installed for Python"
    elif (_PACKAGE.parent / "pyproject.toml").is_file():
        add = f'add it to this checkout with: {_pip()} -e "{_PACKAGE.parent}[{extra}]"'
    else:
        add = f'add it with: {_installer()} "{DISTRIBUTION}[{extra}]{_origin()}"'
    return MissingExtraError(f"{what}; {add}")


def _pip() -> str:
    """The pip of this Python, whichever one the name `python` may lead to."""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f"{python} -m pip install"


def _origin() -> str:
    """Where this copy came from, as a direct reference (PEP 508, PEP 610); nothing where it came from an index."""
    import json  # noqa: PLC0415  only a missing extra pays for it
    from importlib.metadata import PackageNotFoundError, distribution  # noqa: PLC0415

    try:
        written = distribution(DISTRIBUTION).read_text("direct_url.json")
        origin = json.loads(written or "{}")
        url, kept = str(origin["url"]), origin.get("vcs_info", {})
    except (PackageNotFoundError, ValueError, KeyError, AttributeError):
        return ""
    return f" @ {kept['vcs']}+{url}@{kept['commit_id']}" if {"vcs", "commit_id"} <= kept.keys() else f" @ {url}"


def _installer() -> str:
    """The command that installed this copy; pipx and uv leave a file in the virtual environment that they keep."""
    kept = Path(sys.prefix)
    if (kept / "pipx_metadata.json").is_file():
        return "pipx install --force"
    if (kept / "uv-receipt.toml").is_file():
        return "uv tool install --force"
    return _pip()


CHILDREN: Final[Mapping[str, str]] = {
    "pac": "proxycheck.routes.pac.child",
    "run": "proxycheck.web.child",
    "lab": "proxycheck.lab.child",
}
"""The modules that this program runs in processes of their own, by the name with which an executable starts them."""
CHILD_WORD: Final = "child-process"
"""The hidden first word with which an executable starts itself as one of them."""


def frozen() -> bool:
    """Whether this is an executable that brings its own Python."""
    return bool(getattr(sys, "frozen", False))


def child_command(name: str, script: Path | None = None) -> tuple[str, ...]:
    """The command that starts one of `CHILDREN`. `script` is its file, where it is run without the package.

    With -P, so that no file of the current folder is imported in the place of a module."""
    if frozen():
        return (sys.executable, CHILD_WORD, name)
    return (sys.executable, "-P", "-X", "utf8", *(["-m", CHILDREN[name]] if script is None else [str(script)]))
