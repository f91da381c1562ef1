"""`proxycheck exporter`: many proxies, tested as Prometheus scrapes them."""

import sys
from pathlib import Path

import click

from proxycheck.cli.ending import guarded
from proxycheck.cli.file_names import FilePath
from proxycheck.errors import UsageError
from proxycheck.resources import missing_extra

_LOOPBACK = ("127.", "[::1]", "localhost:")


@click.command
@click.option(
    "--config",
    type=FilePath(),
    required=True,
    metavar="FILE",
    help="The modules: device, tier, credentials, targets (TOML).",
)
@click.option("--listen", default="127.0.0.1:9798", show_default=True, metavar="HOST:PORT", help="Listen here.")
@click.option(
    "--web-config",
    type=FilePath(),
    metavar="FILE",
    help="TLS and logins, as Prometheus's own web configuration (YAML).",
)
@guarded
def exporter(*, config: Path, listen: str, web_config: Path | None) -> int:
    """Test proxies for Prometheus: /probe?target=HOST:PORT&module=NAME runs a check and answers with metrics.

    SIGHUP, or a POST to /-/reload, reads the files again. Only this machine reaches it, unless --listen says more."""
    try:
        from proxycheck.web.exporter.serving import Service, serve
    except ImportError as error:
        raise missing_extra("web", f"the exporter needs what is not installed ({error})") from error
    host, port = _address(listen)
    if web_config is None and not listen.startswith(_LOOPBACK):
        _log(f"whoever reaches {listen} can have proxies tested and read reports; add --web-config for TLS and logins")
    serve(Service(path=config, host=host, port=port, web_config=web_config, announce=_announce, log=_log))
    return 0


def _address(text: str) -> tuple[str, int]:
    """Host and port to listen on; port 0 is any free one. Raises UsageError for what is no address."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise UsageError(f"--listen {text!r} is no HOST:PORT; write 127.0.0.1:9798")
    return host.strip("[]"), int(port)


def _announce(url: str) -> None:
    click.echo(f"The exporter listens on {url}; Ctrl-C ends it.")
    sys.stdout.flush()


def _log(line: str) -> None:
    from proxycheck.model.text import printable

    click.echo(f"proxycheck: {printable(line, 1000)}", err=True)
