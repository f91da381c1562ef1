"""A proxy that answers 407 without naming a scheme, and only for hosts that it does not like or does not find."""

from collections.abc import Callable

import pytest

from proxycheck.model.target import Credentials
from tests.support.answers import answer
from tests.support.worlds import Answered, World, causes, endpoints, opens, plain_page, report_on

pytestmark = pytest.mark.slow
NEEDS = tuple(endpoint for endpoint in endpoints() if endpoint.any_of is None)
DISLIKED = answer(407, "Request rejected by proxy", Server="gate")
NOT_FOUND = answer(407, "Failed to resolve remote hostname", X_Gate_Error="lookup: no such host")
ASKS = answer(407, "no", 'Proxy-Authenticate: Basic realm="gate"')
LOGIN = Credentials("meter", "secret")


def all_but_google(host: str) -> bool:
    """Nearly everything, and what is asked for first."""
    return not host.endswith("google.com")


def one_owner(host: str) -> bool:
    return host.endswith("pb.com")


def refusing(said: bytes, lost: Callable[[str], bool]) -> World:
    """That answer for these hosts and for what does not exist."""

    def answered(host: str) -> bool:
        return host.endswith(".invalid") or lost(host)

    def forwards(host: str) -> Answered:
        return said if answered(host) else plain_page(host)

    return World(answers=lambda target: said if answered(target.host) else opens(target), forwards=forwards)


@pytest.mark.parametrize("lost", [all_but_google, one_owner])
@pytest.mark.parametrize("login", [None, LOGIN], ids=["nobody", "login"])
@pytest.mark.parametrize(
    ("said", "code"), [(DISLIKED, "connect.host-denied"), (NOT_FOUND, "connect.dns-failure")], ids=["rule", "name"]
)
def test_a_407_that_names_no_scheme_is_about_the_hosts_that_get_it(
    said: bytes, code: str, login: Credentials | None, lost: Callable[[str], bool]
) -> None:
    world = refusing(said, lost)
    report = report_on(world, NEEDS, credentials=login)
    assert causes(report) == {code: frozenset(e.id for e in NEEDS if lost(e.host))}
    assert world.logins <= 1, "once, to learn whether it is right"


@pytest.mark.parametrize("login", [None, LOGIN], ids=["nobody", "login"])
def test_one_that_everybody_gets_is_the_proxys(login: Credentials | None) -> None:
    world = refusing(DISLIKED, lambda _: True)
    report = report_on(world, NEEDS, credentials=login)
    assert causes(report) == {"auth.challenge-missing": frozenset(e.id for e in NEEDS)}
    assert world.logins <= 1


def test_a_login_that_may_be_sent_once_more_is_asked_for_no_further() -> None:
    world = refusing(ASKS, all_but_google)
    world.refuses = ASKS
    report = report_on(world, NEEDS, credentials=LOGIN)
    assert "auth.rejected" in causes(report)
    assert world.logins == 1
