"""`--direct`: the way without a proxy."""

from tests.cli.conftest import Invoke, Runner


def test_a_run_without_a_proxy_is_planned_as_one(invoke: Invoke, runner: Runner) -> None:
    outcome = invoke("check", "--direct", "--device", "sendpro-c")
    assert outcome.code == 0
    [plan] = runner.plans
    assert plan.proxy is None
    assert plan.credentials is None
    assert (plan.options["proxy"], plan.options["direct"], plan.options["user"]) == (None, True, None)
