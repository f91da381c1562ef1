"""Files that were tampered with, read as a person would have them read: whatever is no sentence is a fault."""

import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random

from msgspec import to_builtins

from proxycheck.catalogue.devices import read_device
from proxycheck.catalogue.scenarios import read_scenario
from proxycheck.errors import ConfigurationError, LabError, UsageError
from proxycheck.lab.reproduction.composition import reproduce
from proxycheck.model.report import Report
from proxycheck.observed.judging import judge_log
from proxycheck.observed.log import read_log
from proxycheck.report.json import encode
from proxycheck.report.saved import read_saved
from proxycheck.report.terminal.report import as_text
from proxycheck.resources import fixtures
from proxycheck.routes.pac.answers import PacScript
from proxycheck.routes.pac.file import read_pac
from proxycheck.routes.pac.routes import parse_routes
from proxycheck.runner import judge_again, with_own_commands
from tests.hostile.connections import play
from tests.hostile.mutation import altered, mutated
from tests.hostile.writers import acting
from tests.support.known import knowledge
from tests.support.observing import FUNDS, asked, connection, reached, reply, tunnel, written
from tests.support.worlds import World, device, endpoints, report_on

SENTENCES = (ConfigurationError, UsageError, LabError)
"""What a file that is none may be answered with."""
_REPRODUCED = 0.05
_WRITTEN = 0.1
"""How many of the readable ones are written in every form, which takes longer than all else."""
_SCRIPT = b"""function FindProxyForURL(url, host) {
  if (isPlainHostName(host) || dnsDomainIs(host, ".corp.example")) return "DIRECT";
  if (isInNet(dnsResolve(host), "10.0.0.0", "255.0.0.0")) return "PROXY inside.example:3128; DIRECT";
  return shExpMatch(url, "https:*") ? "PROXY proxy.example:8080" : "SOCKS5 socks.example; PROXY [2001:db8::1]:80";
}
"""


@cache
def _reports() -> tuple[Report, ...]:
    """Honest ones and hostile ones, small enough to be judged a thousand times."""
    few = endpoints("distservp1.pb.com:80", "api.pitneybowes.com:443", "microsoft.com:443")
    refused = World(answers=lambda _: b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
    hostile = (play(seed).report for seed in range(3))
    return (report_on(World(), few), report_on(refused, few), *(found for found in hostile if found is not None))


def report(chance: Random) -> None:
    """A saved report: read, shown, judged again, sometimes made a scenario."""
    base = chance.choice(_reports())
    if chance.random() < 0.3:
        data = mutated(chance, encode(base))
    else:
        data = json.dumps(altered(chance, to_builtins(base))).encode()
    found = with_own_commands(read_saved(data))
    if chance.random() < _WRITTEN:
        assert acting(found) is None, acting(found)
    else:
        as_text(found, 80)
    judge_again(found, device(), knowledge())
    if chance.random() < _REPRODUCED:
        reproduce(found, device(), knowledge())


def scenario(chance: Random) -> None:
    """A scenario of the library."""
    with _file(chance, "scenarios") as path:
        read_scenario(path)


def device_file(chance: Random) -> None:
    """The file of a device."""
    with _file(chance, "devices") as path:
        read_device(path)


def pac(chance: Random) -> None:
    """The text of a PAC file, and what one may answer."""
    found = read_pac(mutated(chance, _SCRIPT), chance.choice((None, "utf-8", "utf-16", "x-none", "\x00")))
    if isinstance(found, PacScript):
        for line in found.source.splitlines():
            parse_routes(line)


def observer_log(chance: Random) -> None:
    """The log of the observer: read and judged."""
    refused, opened = connection(asked(FUNDS, reply("403 No")), end="open"), connection(asked(FUNDS, tunnel=tunnel()))
    lines = written(reached(FUNDS), refused, opened)
    if chance.random() < 0.5:
        lines = mutated(chance, lines)
    else:
        lines = b"\n".join(json.dumps(altered(chance, json.loads(line))).encode() for line in lines.splitlines())
    judge_log(device(), list(read_log(io.BytesIO(lines))), knowledge(), None)


@cache
def _texts(folder: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((fixtures() / folder).glob("*.toml")))


@contextmanager
def _file(chance: Random, folder: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "hostile.toml"
        path.write_bytes(mutated(chance, chance.choice(_texts(folder))))
        yield path


KINDS: Mapping[str, Callable[[Random], None]] = {
    "saved reports": report,
    "scenarios": scenario,
    "device files": device_file,
    "PAC files": pac,
    "observer logs": observer_log,
}


def try_file(kind: str, seed: int) -> bool:
    """One file of a kind; whether it could be used. Raises whatever is no sentence for a person."""
    try:
        KINDS[kind](Random(f"{kind} {seed}"))
    except SENTENCES:
        return False
    return True
