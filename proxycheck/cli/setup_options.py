"""The options that ask how PCs get along here: PAC files, WPAD, this computer's settings."""

import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from proxycheck.cli.file_names import FileName
from proxycheck.errors import UsageError

if TYPE_CHECKING:
    from proxycheck.model.device import Device, Endpoint
    from proxycheck.runner.preparation import Wish

pac_option = click.option(
    "--pac", type=FileName(), metavar="FILE|URL", help="See where this PAC file sends PCs; its proxy is tested."
)
wpad_option = click.option("--wpad", is_flag=True, help="Find the PAC file as WPAD does by DNS.")
system_settings_option = click.option(
    "--system-settings", is_flag=True, help="Read this computer's own proxy settings and bypass lists as well."
)
resolve_option = click.option(
    "--resolve",
    multiple=True,
    metavar="NAME=ADDRESS",
    help="What the PAC file gets for a name, instead of DNS; may repeat.",
)
my_address_option = click.option("--my-address", metavar="ADDRESS", help="What the PAC file gets from myIpAddress().")
try_option = click.option(
    "--network/--no-network",
    default=True,
    show_default=True,
    help="Ask DNS for names that the PAC file resolves, and try its proxies.",
)


def refuse_nothing(source: str | None, *, wpad: bool, system_settings: bool) -> None:
    """Raises UsageError when there is no PAC file to look at."""
    if source is None and not (wpad or system_settings):
        raise UsageError("there is no PAC file to look at; write proxycheck pac FILE, or a URL, or --wpad")


def refuse_password(source: str | None) -> None:
    """Raises UsageError for a URL that holds a password: every process on this computer could read it."""
    if source is not None and "://" in source and "@" in source.partition("://")[2].partition("/")[0]:
        raise UsageError("the URL of a PAC file holds no user name and no password; write it without them")


def shown_source(source: str | None) -> str | None:
    """The PAC file as the report names it: a URL without its query, which may hold a token."""
    if source is None or "://" not in source:
        return source
    from proxycheck.routes.system.proxy_text import without_secrets

    return without_secrets(source)


def wish(
    device: "Device",
    endpoints: "Sequence[Endpoint]",
    source: str | None,
    resolve: Sequence[str] = (),
    my_address: str | None = None,
    *,
    wpad: bool,
    settings: bool,
    lookup: bool,
    tries: bool,
) -> "Wish":
    """What is to be looked at. Raises UsageError for an address that is none, and for a password in a URL."""
    refuse_password(source)
    from proxycheck.runner.preparation import Wish

    return Wish(
        device=device,
        endpoints=tuple(endpoints),
        pac=source,
        wpad=wpad,
        system_settings=settings,
        lookup=lookup,
        tries=tries,
        addresses=_addresses(resolve),
        own_addresses=() if my_address is None else (_address(my_address, "--my-address"),),
    )


def _addresses(pairs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name, equals, address = pair.partition("=")
        if not (name and equals):
            raise UsageError(f"--resolve {pair!r} is no NAME=ADDRESS; write intranet.example.com=10.0.0.1")
        key = name.strip().rstrip(".").lower()
        found[key] = (*found.get(key, ()), _address(address, "--resolve"))
    return found


def _address(text: str, option: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        raise UsageError(f"{option}: {text!r} is not an IP address; write one such as 10.0.0.1") from None
