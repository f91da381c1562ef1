"""Which requests for a host fail by their number, where it failed in some turns only."""

from msgspec import structs

from proxycheck.lab.reproduction.connects import connect_rules
from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import FailureName
from proxycheck.model.questions import CheckId
from tests.diagnosis.recorded import OPENED, case, record
from tests.report import factory

HOST = "pb-ota.redbend.com:443"


def _asked(check: CheckId, failure: FailureName | None, started_s: float, variant: str | None = None) -> Evidence:
    received = "" if failure else OPENED
    asked = record(check, "connect", HOST, failure, variant=variant, received=received)
    return structs.replace(asked, started_s=started_s)


def _numbers(*asked: Evidence) -> object:
    behaviour = connect_rules(factory.compatible(), case(asked), frozenset({HOST}))
    assert behaviour is not None
    rules = behaviour.options["raw_connect"]
    assert isinstance(rules, list)
    [numbers] = [rule["numbers"] for rule in rules if isinstance(rule, dict) and "numbers" in rule]
    return numbers


def test_greetings_that_are_not_sent_where_the_first_fails_are_not_counted() -> None:
    """One greeting was sent beside the measuring and either came first; as it is played both fail, and the others, for
    which an open tunnel is waited, never come: the request alone at the end is the fourth, and opens."""
    assert _numbers(
        _asked("hellos", None, 0.1, "hello:android-7.0"),
        _asked("endpoints", "eof", 0.2),
        _asked("hellos", "eof", 0.3, "hello:modern"),
        _asked("hellos", "eof", 0.4, "hello:android-7.0/split"),
        _asked("controls", "reset", 1.6, "crowd:pb-ota.redbend.com"),
        _asked("controls", None, 3.3, "alone:pb-ota.redbend.com"),
    ) == [1, 2, 3]


def test_where_both_opened_at_first_all_are_counted() -> None:
    assert _numbers(
        _asked("hellos", None, 0.1, "hello:android-7.0"),
        _asked("endpoints", None, 0.2),
        _asked("hellos", "eof", 0.3, "hello:modern"),
        _asked("hellos", None, 0.4, "hello:android-7.0/split"),
        _asked("controls", "reset", 1.6, "crowd:pb-ota.redbend.com"),
    ) == [3, 5]
