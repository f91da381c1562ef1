"""`--version` and `--help` answer at once, for they import next to nothing."""

import subprocess
import sys

import pytest

HEAVY = {"asyncio", "cryptography", "OpenSSL", "h11", "rich", "rich.progress", "mitmproxy", "dns", "certifi"}
_ASK = """
import sys
sys.argv = ["proxycheck", "{option}"]
from proxycheck.__main__ import main
try:
    main()
except SystemExit as end:
    print(end.code, *sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_nothing_heavy_is_imported(option: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _ASK.format(option=option)], capture_output=True, text=True, check=True
    )
    code, *modules = ended.stderr.split()
    assert code == "0"
    assert ended.stdout
    assert not HEAVY & set(modules)


def test_the_version_is_that_of_the_installation() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "proxycheck", "--version"], capture_output=True, text=True, check=True
    )
    assert ended.stdout.startswith("proxycheck ")
