"""What a proxy says of credentials where that is not the usual 407."""

import base64

import pytest

from proxycheck.model.target import Credentials
from proxycheck.net.authentication.turns import MOST_REFUSED
from tests.support.answers import answer
from tests.support.worlds import ASKS, FEW, Answered, World, report_on

LOGIN = Credentials("clerk", "secret")
BASIC = b"Basic " + base64.b64encode(b"clerk:secret")
GUARDED = frozenset({"microsoft.com:443", "api.precisely.com:443"})


class SomeAskAgain(World):
    """Accepts the login, and asks for it again at some hosts."""

    def _refusal(self, head: bytes) -> Answered | None:
        return ASKS if head.split(b" ")[1].decode() in GUARDED else super()._refusal(head)


class AsksAfterTheFirst(World):
    """Accepts the login for one tunnel."""

    accepted = 0

    def _refusal(self, head: bytes) -> Answered | None:
        self.accepted += self.login is not None and self.login in head
        return ASKS if self.accepted > 1 else super()._refusal(head)


@pytest.mark.parametrize("world", [SomeAskAgain, AsksAfterTheFirst])
def test_407_after_a_login_that_was_accepted_is_about_the_account_and_no_filter_of_hosts(world: type[World]) -> None:
    report = report_on(world(login=BASIC), credentials=LOGIN)
    (cause,) = report.causes
    assert (cause.code, cause.severity, cause.confidence) == ("auth.rejected", "blocker", "strong")
    assert set(cause.endpoints) == {e.id for e in report.endpoints if e.verdict == "fail"}
    assert "they are right" in cause.explanation
    if world is SomeAskAgain:
        assert set(cause.endpoints) == GUARDED
    else:
        held = [e.reason for e in report.endpoints if e.verdict == "skipped"]
        assert (len(cause.endpoints), len(held)) == (MOST_REFUSED, len(FEW) - 1 - MOST_REFUSED)
        assert all("so that the account is not locked" in reason for reason in held)


@pytest.mark.parametrize("credentials", [LOGIN, None])
def test_401_in_place_of_407_is_told_as_it_is(credentials: Credentials | None) -> None:
    asks = answer(401, "", 'Proxy-Authenticate: Basic realm="gate"')
    world = World(login=BASIC, asks=asks)
    report = report_on(world, credentials=credentials)
    cause = next(cause for cause in report.causes if cause.code == "auth.required")
    assert world.logins == 0
    assert "401" in cause.because[0]
    assert "was given no" not in cause.explanation
    assert "Make the proxy answer 407" in cause.explanation
