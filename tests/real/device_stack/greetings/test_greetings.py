"""A server that treats a greeting of ours otherwise than the real stack's would make the check say what is not true."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from tests.real.device_stack.greetings.reaction import GREETINGS, Reaction
from tests.real.device_stack.greetings.servers import servers
from tests.real.namespace import Namespace
from tests.real.prerequisites import enforced, missing
from tests.real.world import REPOSITORY

pytestmark = pytest.mark.real

Reactions = dict[str, dict[str, dict[str, Reaction]]]
"""By device, greeting and listener."""


class Difference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where `listeners` answer `greetings` of a device in other words than the recorded one, and why. `parts` are what
    differs of the reaction: the recorded greeting's first."""

    device: str
    greetings: tuple[str, ...]
    listeners: tuple[str, ...]
    parts: dict[str, tuple[str, str]]
    reason: str


class Differences(Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    difference: tuple[Difference, ...]


INSPECTING = ("Squid, bump at once", "Squid, bump after a look", "mitmproxy")
FILE = Path(__file__).with_name("differences.toml")


@pytest.fixture(scope="module")
def reactions() -> Iterator[Reactions]:
    """Everybody's reaction to every greeting."""
    if reason := missing():
        (pytest.fail if enforced() else pytest.skip)(reason)
    place = Namespace(f"pctest-{os.getpid()}-greetings")
    place.add()
    try:
        place.configure("link set lo up")
        with tempfile.TemporaryDirectory() as name, servers(place, Path(name)) as listeners:
            played = subprocess.run(
                place.command(sys.executable, "-m", "tests.real.device_stack.greetings"),
                input=msgspec.json.encode(listeners),
                capture_output=True,
                check=False,
                cwd=REPOSITORY,
            )
            logs = "".join(f"\n{log.name}:\n{log.read_text()[-2000:]}" for log in Path(name).glob("*.log"))
        assert played.returncode == 0, played.stderr.decode() + logs
        yield msgspec.json.decode(played.stdout, type=Reactions)
    finally:
        place.remove()


def test_who_answers_the_recorded_greeting(reactions: Reactions) -> None:
    """The comparison is of servers that work: all but those that are set up to refuse complete their flight."""
    for device, greetings in reactions.items():
        refusing = {name for name, seen in greetings["recorded"].items() if seen.outcome != "complete"}
        assert {"OpenSSL, TLS 1.3 alone", "OpenSSL, h2 alone"} <= refusing, device
        assert len(refusing) < len(greetings["recorded"]) // 4, refusing
        for name in INSPECTING:
            assert "Example Trust" not in greetings["recorded"][name].chain, "it signs for the host itself"


@pytest.mark.parametrize("greeting", [name for name in GREETINGS if name != "recorded"])
@pytest.mark.parametrize("device", ["android-7.0", "android-9"])
def test_every_server_treats_both_greetings_alike_or_has_its_reason(
    reactions: Reactions, device: str, greeting: str
) -> None:
    known = {
        (name, part): tuple(values)
        for each in msgspec.toml.decode(FILE.read_bytes(), type=Differences).difference
        if each.device == device and greeting in each.greetings
        for name in each.listeners
        for part, values in each.parts.items()
    }
    seen = reactions[device]
    found = {
        (name, part): tuple(values)
        for name, one in seen["recorded"].items()
        for part, values in one.beside(seen[greeting][name]).items()
    }
    told = "\n".join(f"{name}: {part} {values}" for (name, part), values in sorted(found.items() ^ known.items()))
    assert found == known, told
