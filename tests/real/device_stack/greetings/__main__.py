"""Plays every greeting against every listener: `python -m tests.real.device_stack.greetings`, in their namespace.

Standard input is what listens, by name; standard output the reactions by device, greeting and listener, both in JSON.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

import msgspec

from tests.real.device_stack.greetings.reaction import GREETINGS, Listener, Reaction, reaction

DEVICES = ("android-7.0", "android-9")


def _reactions(listener: Listener) -> dict[tuple[str, str], Reaction]:
    """One listener's, one after the other: some serve one client at a time."""
    return {
        (device, name): reaction(listener, greeting(device))
        for device in DEVICES
        for name, greeting in GREETINGS.items()
    }


def _main() -> None:
    listeners = msgspec.json.decode(sys.stdin.buffer.read(), type=dict[str, Listener])
    with ThreadPoolExecutor(len(listeners)) as threads:
        found = dict(zip(listeners, threads.map(_reactions, listeners.values()), strict=True))
    told = {
        device: {name: {who: seen[device, name] for who, seen in found.items()} for name in GREETINGS}
        for device in DEVICES
    }
    sys.stdout.buffer.write(msgspec.json.encode(told))


if __name__ == "__main__":
    _main()
