"""What is told at once imports next to nothing: `--version`, `--help`, and that nothing listens on the proxy's port."""

import socket
import subprocess
import sys
from datetime import date

import click
import pytest

import proxycheck
from proxycheck.catalogue.devices import device_names, load_device
from proxycheck.cli.application import COMMANDS, app

HEAVY = {"asyncio", "cryptography", "OpenSSL", "h11", "rich", "rich.progress", "mitmproxy", "dns", "certifi"}
_ASK = """
import sys
sys.argv = ["proxycheck", *"{options}".split()]
from proxycheck.__main__ import main
try:
    main()
except SystemExit as end:
    print(end.code, *sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_nothing_heavy_is_imported(option: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _ASK.format(options=option)], capture_output=True, text=True, check=True
    )
    code, *modules = ended.stderr.split()
    assert code == "0"
    assert ended.stdout
    assert not HEAVY & set(modules)


def test_a_refused_port_is_told_without_what_reads_certificates_and_settings() -> None:
    with socket.socket() as bound:  # and nobody listens
        bound.bind(("127.0.0.1", 0))
        options = f"check 127.0.0.1:{bound.getsockname()[1]} --device sendpro-c --no-network"
        asked = [sys.executable, "-c", _ASK.format(options=options)]
        ended = subprocess.run(asked, capture_output=True, text=True, check=True)
    code, *modules = ended.stderr.splitlines()[-1].split()
    assert code == "1"
    assert "proxy.refused" in ended.stdout
    assert not {"cryptography", "OpenSSL", "proxycheck.routes"} & set(modules)


def test_a_command_is_loaded_when_it_is_wanted() -> None:
    """Not one of them for the version, and for the help of one no other."""
    asked = _ASK.format(options="--version")
    ended = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert not {"msgspec", *(f"proxycheck.cli.{module}" for module in COMMANDS.values())} & set(ended.stderr.split())


def test_every_command_is_found_under_its_own_name() -> None:
    context = click.Context(app)
    found = [app.get_command(context, name) for name in COMMANDS]
    assert [command.name for command in found if command is not None] == list(COMMANDS)


def test_the_version_says_what_it_rests_on() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "proxycheck", "--version"], capture_output=True, text=True, check=True
    )
    first, *others = ended.stdout.splitlines()
    assert first == f"proxycheck {proxycheck.__version__}"
    assert [line[:19].rstrip() for line in others] == [
        *device_names(),
        "certificate logs",
        "roots of Mozilla",
        "roots of Microsoft",
    ]
    assert load_device("sendpro-c").document in others[1]
    assert all(date.fromisoformat(line[19:]) for line in others[-3:])
