"""Running stacks, one process each for the session; skipped with a reason where there is no Java."""

from collections.abc import Iterator

import pytest

from tests.real.device_stack.building import missing
from tests.real.device_stack.process import RunningStack, running
from tests.real.device_stack.stacks import JAVA_STACKS
from tests.real.prerequisites import enforced


@pytest.fixture(scope="session")
def running_stacks() -> Iterator[dict[str, RunningStack]]:
    """Every Java stack by its name."""
    if reason := missing():
        (pytest.fail if enforced() else pytest.skip)(reason)
    with running(JAVA_STACKS) as stacks:
        yield stacks
