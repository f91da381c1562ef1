"""How the tests themselves are run."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="needs several processes of tests")
@pytest.mark.xdist_group("together")
def test_groups_of_tests_go_to_one_process(request: pytest.FixtureRequest) -> None:
    """Tables of real engines need all their rows in one process; some versions of pytest and xdist lose the groups."""
    assert request.node.nodeid.endswith("@together")
