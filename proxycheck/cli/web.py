"""`proxycheck web`: the check on a page in the browser."""

import os
import sys
from pathlib import Path

import click

from proxycheck.cli.ending import guarded
from proxycheck.cli.file_names import FilePath
from proxycheck.resources import missing_extra


@click.command
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Listen here; else on a free port.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option(
    "--roots",
    type=FilePath(),
    metavar="FILE",
    help="Trust these certificates (PEM) instead of the public ones.",
)
@click.option("--lab", is_flag=True, help="With a page that plays customers' proxies, from their reports too.")
@guarded
def web(*, port: int, no_browser: bool, roots: Path | None, lab: bool) -> int:
    """Check on a page in the browser: fill in what the device asks for, watch, and read what to change.

    The page is for this computer alone, and for the browser that opens the printed address first. Ctrl-C ends it, and
    so does the button on the page."""
    try:
        from proxycheck.web.page.serving import Service, serve
    except ImportError as error:
        raise missing_extra("web", f"the page needs what is not installed ({error})") from error
    if lab:
        _refuse_without_a_lab()
    if roots is not None:
        from proxycheck.catalogue.tables import certificate_file

        certificate_file(roots)  # a wrong file is told before the page is opened

    def announce(url: str) -> None:
        click.echo(f"The page is at {url}\nCtrl-C ends it.")
        sys.stdout.flush()
        if not no_browser and _has_screen():
            _open(url)

    serve(Service(port=port, roots=roots, announce=announce, lab=lab))
    return 0


def _refuse_without_a_lab() -> None:
    from importlib.util import find_spec

    if find_spec("mitmproxy") is None:
        raise missing_extra("lab", "simulated proxies need mitmproxy")


def _has_screen() -> bool:
    """Whether a browser would have a window: without one, some systems start a browser in this terminal."""
    windowed = sys.platform in ("win32", "darwin")
    return windowed or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _open(url: str) -> None:
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
