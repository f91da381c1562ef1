"""`proxycheck monitoring`: what Prometheus, Grafana, Icinga, Nagios, Checkmk and systemd need to know, as files."""

from pathlib import Path

import click

from proxycheck.cli.ending import guarded
from proxycheck.cli.file_names import FolderPath
from proxycheck.errors import ConfigurationError, unreadable


@click.command
@click.argument("folder", metavar="DIR", type=FolderPath())
@click.option("--force", is_flag=True, help="Replace files that were changed.")
@guarded
def monitoring(*, folder: Path, force: bool) -> int:
    """Write alert rules, a dashboard, service definitions and an exporter's configuration to DIR, to be adapted.

    A file there that is no longer as it was written stays, unless --force is given."""
    from proxycheck import resources

    source = resources.fixtures() / "monitoring"
    names = sorted(path.relative_to(source) for path in source.rglob("*") if path.is_file())
    texts = {name: (source / name).read_bytes() for name in names}
    changed = [name for name, text in texts.items() if _differs(folder / name, text)]
    if changed and not force:
        listed = ", ".join(name.as_posix() for name in changed)
        raise ConfigurationError(f"{folder} has other versions of {listed}; name another folder, or add --force")
    for name, text in texts.items():
        _write(folder / name, text)
        click.echo(folder / name)
    return 0


def _differs(path: Path, text: bytes) -> bool:
    try:
        return path.exists() and path.read_bytes() != text
    except OSError as error:
        raise unreadable(path, error) from error


def _write(path: Path, text: bytes) -> None:
    from proxycheck.cli.output import OutputFile

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"the folder {path.parent} cannot be made: {error.strerror}") from error
    OutputFile(str(path), "DIR").write(text)
    if text.startswith(b"#!"):
        path.chmod(0o755)
