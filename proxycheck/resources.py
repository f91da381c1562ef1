"""Where `fixtures/` and `addons/` live: inside an installed package, or beside it in a checkout.

A wheel maps `fixtures` to `proxycheck/_fixtures` and `addons` to `proxycheck/_addons`; in a checkout (and in an
editable install) both are siblings of the package. Neither there is an error, never an empty catalogue.
"""

from functools import cache
from pathlib import Path

from proxycheck.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent


def _locate(name: str) -> Path:
    for candidate in (_PACKAGE / f"_{name}", _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
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

    Raises ConfigurationError when an installation lost it."""
    return _locate("addons")
