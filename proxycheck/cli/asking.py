"""What a check cannot do without: asked for where a person sits at a terminal, else told all at once."""

import contextlib
import re
import sys
from collections.abc import Iterator

import click

from proxycheck.cli.ending import interrupt_at_once
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

    Raises UsageError that names everything that is missing where nobody can be asked, or where the input ends."""
    missing = [
        *(["--proxy HOST:PORT (or --direct for the way without a proxy)"] if needs_proxy and proxy is None else []),
        *(["--device NAME"] if device is None else []),
    ]
    if not missing:
        return proxy, device
    names = _devices()
    example = _EXAMPLE.format(device=next(iter(names)))
    known = ", ".join(f"{name} ({title})" for name, title in names.items())
    devices = f"; known devices are {known}" if device is None else ""
    needed = f"{' and '.join(missing)} must be given{devices}; for example: {example}"
    if quiet or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(needed)
    with answered(f"the input ended before all questions were answered: {needed}"):
        if needs_proxy and proxy is None:
            proxy = one_proxy(_answer("Proxy (HOST:PORT)"), None)
        if device is None:
            for name, title in names.items():
                click.echo(f"  {name:<14}{title}", err=True)
            device = _answer("Device", next(iter(names)))
    return proxy, device


@contextlib.contextmanager
def answered(instead: str) -> Iterator[None]:
    """Around questions at a terminal: where the input ends or is interrupted, the sentence that follows begins a line
    of its own.

    Raises UsageError with `instead`, which says what to write, for the end of the input (Ctrl-D, on Windows Ctrl-Z)."""
    interrupt_at_once()
    try:
        yield
    except EOFError:
        click.echo(err=True)
        raise UsageError(instead) from None
    except KeyboardInterrupt:
        click.echo(err=True)
        raise


def _answer(question: str, default: str = "") -> str:
    """What is typed, asked for again until something is; `default` stands for an empty line. Raises EOFError."""
    shown = f"{question} [{default}]: " if default else f"{question}: "
    while True:
        # click's own prompt tells the end of the input and Ctrl-C apart no more.
        click.echo(shown, nl=False, err=True)
        typed = input().strip() or default
        if typed:
            return typed


def _devices() -> dict[str, str]:
    from proxycheck.catalogue.devices import device_names, load_device

    return {name: load_device(name).title for name in sorted(device_names(), reverse=True)}
