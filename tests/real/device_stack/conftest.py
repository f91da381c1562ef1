"""Running stacks, one process each for the session; skipped with a reason where there is no Java."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.real.device_stack.building import missing
from tests.real.device_stack.process import RunningStack
from tests.real.device_stack.stacks import JAVA_STACKS
from tests.real.prerequisites import enforced


@pytest.fixture(scope="session")
def running_stacks() -> Iterator[dict[str, RunningStack]]:
    """Every Java stack by its name."""
    if reason := missing():
        (pytest.fail if enforced() else pytest.skip)(reason)
    with ExitStack() as stack:
        yield {java.name: stack.enter_context(RunningStack(java)) for java in JAVA_STACKS}
