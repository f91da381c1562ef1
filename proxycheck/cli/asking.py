"""What a check cannot do without: asked for where a person sits at a terminal, else told all at once."""

import re
import sys

import click

from proxycheck.errors import UsageError

_PAC = re.compile(
    r"https?://[^/?#]+/[^?#]*\.(?:pac|dat)(?:[?#].*)?\Z|https?://[^/?#]+/[^?#]*\bpac\b.*\Z", re.IGNORECASE
)
_EXAMPLE = "proxycheck check --proxy proxy.example.com:8080 --device {device}"


def one_proxy(option: str | None, argument: str | None) -> str | None:
    """The proxy, whether it was named with --proxy or alone.

    Raises UsageError for two different ones, and for the address of a PAC file, which another command reads."""
    if option is not None and argument is not None and option != argument:
        raise UsageError(f"there are two proxies, {option} and {argument}; name one")
    proxy = option if option is not None else argument
    if proxy is not None and _PAC.match(proxy):
        raise UsageError(f"{proxy} is the address of a PAC file, not of a proxy; write proxycheck pac {proxy}")
    return proxy


def completed(
    proxy: str | None, device: str | None, *, needs_proxy: bool, quiet: bool
) -> tuple[str | None, str | None]:
    """Proxy and device, the missing ones asked for at a terminal.

    Raises UsageError that names everything that is missing where nobody can be asked."""
    missing = [
        *(["--proxy HOST:PORT (or --direct for the way without a proxy)"] if needs_proxy and proxy is None else []),
        *(["--device NAME"] if device is None else []),
    ]
    if not missing:
        return proxy, device
    names = _devices()
    if quiet or not (sys.stdin.isatty() and sys.stderr.isatty()):
        example = _EXAMPLE.format(device=next(iter(names)))
        known = ", ".join(f"{name} ({title})" for name, title in names.items())
        devices = f"; known devices are {known}" if device is None else ""
        raise UsageError(f"{' and '.join(missing)} must be given{devices}; for example: {example}")
    if needs_proxy and proxy is None:
        proxy = one_proxy(click.prompt("Proxy (HOST:PORT)", err=True).strip(), None)
    if device is None:
        for name, title in names.items():
            click.echo(f"  {name:<14}{title}", err=True)
        device = click.prompt("Device", default=next(iter(names)), err=True).strip()
    return proxy, device


def _devices() -> dict[str, str]:
    from proxycheck.catalogue.devices import device_names, load_device

    return {name: load_device(name).title for name in sorted(device_names(), reverse=True)}
