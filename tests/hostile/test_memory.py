"""The whole catalogue behind the fattest proxies, each in a process of its own: 150 MB, and 16 MB of report."""

import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="only POSIX tells how much a process has used"),
]
MOST_MEMORY_MB = 150
MOST_REPORT_MB = 16
_RUN = """
import pathlib, resource, sys
from proxycheck.report.json import decode, encode
from tests.runner.test_hostile_proxies import FATTEST
from tests.support.scripted import ScriptedNetwork
from tests.support.worlds import World, endpoints, report_on
fattest = FATTEST[sys.argv[1]]
network = fattest if isinstance(fattest, World) else ScriptedNetwork(lambda _host, _port, _number: fattest)
written = encode(report_on(network, endpoints()))
assert decode(written).run.evidence_left_out
status = pathlib.Path("/proc/self/status")
if status.exists():  # on Linux the other figure begins with the size of the process that started this one
    peak = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (10 if sys.platform == "darwin" else 0)
print(len(written) >> 20, peak >> 10)
"""


@pytest.mark.parametrize("name", ["refused", "records", "inside"])
def test_the_fattest_proxy_has_its_bounds(name: str) -> None:
    ended = subprocess.run([sys.executable, "-c", _RUN, name], capture_output=True, text=True, timeout=110, check=True)
    report_mb, peak_mb = map(int, ended.stdout.split())
    assert report_mb < MOST_REPORT_MB
    assert peak_mb < MOST_MEMORY_MB
