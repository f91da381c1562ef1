"""Looks at how PCs get along before a run, and says which proxy follows from it."""

import sys
from typing import TYPE_CHECKING

from proxycheck.cli.ending import interruption

if TYPE_CHECKING:
    from proxycheck.model.target import ProxyAddress
    from proxycheck.runner.preparation import Preparation, Wish


def prepared(wish: "Wish", *, quiet: bool, no_color: bool) -> "Preparation":
    """Returns what was found; the progress line shows what is being looked at."""
    from proxycheck.cli.output import console_for
    from proxycheck.cli.progress import watching
    from proxycheck.runner.preparation import prepare

    with watching(console_for(sys.stderr, no_color=no_color), quiet=quiet) as observer:
        observer.phase("setup", 0)
        return prepare(wish, interruption())


def named_proxy(found: "Preparation", user: str | None, *, quiet: bool) -> "ProxyAddress | None":
    """The proxy that a run is to test where none was given, and which one is said on standard error; None where neither
    a PAC file nor the settings name one that speaks HTTP."""
    from msgspec import structs

    from proxycheck.wire.address import parse_username

    if found.proxy is None:
        return None
    if not quiet:
        sys.stderr.write(f"Testing {found.proxy.url}, named by {found.named_by}\n")
    return found.proxy if user is None else structs.replace(found.proxy, username=parse_username(user))
