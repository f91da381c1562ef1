"""Whole runs in which the first 407 is met beside the endpoints, or only some hosts ask for a login."""

from collections.abc import Sequence

import pytest

from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.runner.test_scripted_logins import BASIC, LOGIN
from tests.support.answers import answer
from tests.support.known import knowledge
from tests.support.scripted import CLOSE, STALL, Step
from tests.support.worlds import ASKS, Answered, World, causes, device, endpoints, report_on

LOCKED = answer(403, "<h1>account locked</h1>", "Server: gate")
BROKEN = answer(500, "<h1>directory unreachable</h1>", "Server: gate")


class Guests(World):
    """pb.com is free; whatever else is asked for wants a login, and `then` is what credentials get."""

    then: Answered = ASKS

    def _refusal(self, head: bytes) -> Answered | None:
        first = head.partition(b"\r\n")[0]
        if not first.startswith(b"CONNECT") or b".pb.com:" in first or b".invalid:" in first or b"192.0.2.1" in first:
            return None
        return self.then if b"Proxy-Authorization" in head else ASKS


@pytest.mark.parametrize(
    ("then", "confidence", "most"),
    [
        (ASKS, "conclusive", 1),
        ((CLOSE,), "weak", 1),
        ((STALL,), "weak", 1),
        (LOCKED, "weak", 2),
        (BROKEN, "weak", 2),
    ],
    ids=["refused", "cut", "silent", "403", "500"],
)
def test_a_password_that_was_refused_beside_the_endpoints_was_given(
    then: bytes | Sequence[Step], confidence: str, most: int
) -> None:
    world = Guests()
    world.then = then
    report = report_on(world, endpoints(), credentials=LOGIN)
    found = {cause.code: cause for cause in report.causes if cause.severity != "info"}
    assert found.keys() == {"auth.rejected"}
    assert found["auth.rejected"].confidence == confidence
    assert not any("no credentials were given" in line for line in found["auth.rejected"].because)
    assert 1 <= world.logins <= most
    assert not any(name.endswith(".pb.com:443") for name in causes(report)["auth.rejected"])
    saved = decode(encode(report))
    again = judge_again(saved, device(), knowledge())
    assert (again.verdict, again.causes, again.endpoints) == (saved.verdict, saved.causes, saved.endpoints)


def test_an_answer_other_than_407_to_a_plain_request_with_a_login_refuses_no_password() -> None:
    """Port 443 is free, and what else is asked for is forbidden with a login and asks for one without."""

    class Ports(World):
        def _refusal(self, head: bytes) -> Answered | None:
            first = head.partition(b"\r\n")[0]
            if first.startswith(b"CONNECT") and (b":443 " in first or b".invalid:" in first or b"192.0.2.1" in first):
                return None
            return LOCKED if b"Proxy-Authorization" in head else ASKS

    report = report_on(Ports(), endpoints(), credentials=LOGIN)
    (cause,) = [cause for cause in report.causes if cause.severity != "info"]
    assert (cause.code, cause.confidence) == ("auth.rejected", "weak")
    assert "not 407" in cause.because[0]
    assert "they are right" in cause.explanation


def test_lines_for_all_that_is_denied_name_every_port_though_two_hosts_were_asked_for() -> None:
    """A login goes no further before an answer shows that it is right; the rule is about all that the device needs."""
    denied = answer(403, "<h1>no</h1>", "Server: squid/5.7", "X-Squid-Error: ERR_ACCESS_DENIED 0")
    asks = answer(407, "", 'Proxy-Authenticate: Basic realm="gate"', "X-Squid-Error: ERR_CACHE_ACCESS_DENIED 0")
    report = report_on(World(answers=lambda _: denied, login=BASIC, asks=asks), endpoints(), credentials=LOGIN)
    cause = next(cause for cause in report.causes if cause.code == "connect.all-denied")
    assert len(cause.endpoints) == 2
    assert "port 80 443 5228 5938" in (cause.remedies[0].config or "")


NTLM = answer(407, "", "Proxy-Authenticate: Negotiate", "Proxy-Authenticate: NTLM")


@pytest.mark.parametrize("also", [False, True], ids=["all-right", "one-refused"])
def test_where_basic_is_not_offered_the_password_is_not_refused(also: bool) -> None:
    class Ports(World):
        def _refusal(self, head: bytes) -> Answered | None:
            first = head.partition(b"\r\n")[0]
            if first.startswith(b"CONNECT") and b":443 " not in first:
                return NTLM
            return ASKS if also and b"microsoft.com" in first else super()._refusal(head)

    report = report_on(Ports(login=BASIC), credentials=LOGIN)
    found = causes(report)
    others = frozenset(entry.id for entry in report.endpoints if entry.port != 443)
    assert found["auth.scheme-unsupported"] == others
    refused = {"auth.rejected": frozenset({"microsoft.com:443"})} if also else {}
    assert found == {"auth.scheme-unsupported": others, **refused}
    cause = next(cause for cause in report.causes if cause.code == "auth.scheme-unsupported")
    assert "are right" in cause.explanation
    assert any("Negotiate, NTLM" in line for line in cause.because)


def test_a_parent_that_wants_a_login_of_its_own_is_told_as_one_and_locks_nothing() -> None:
    class Parent(World):
        refused = 0

        def _refusal(self, head: bytes) -> Answered | None:
            if BASIC in head and b"pb.com" not in head.partition(b"\r\n")[0]:
                self.refused += 1
                return answer(407, "", 'Proxy-Authenticate: Basic realm="parent"')
            return super()._refusal(head)

    world = Parent(login=BASIC)
    report = report_on(world, endpoints(), credentials=LOGIN)
    assert report.verdict == "incompatible"
    assert set(causes(report)) == {"auth.rejected"}
    assert world.refused == 4
    (cause,) = [cause for cause in report.causes if cause.code == "auth.rejected"]
    assert 'for "gate"; these answers ask for one for "parent"' in cause.explanation
    assert "Check user name" not in " ".join(remedy.text for remedy in cause.remedies)
    held = [entry.reason for entry in report.endpoints if entry.verdict == "skipped" and "not asked" in entry.reason]
    assert held
    assert all("so that the account is not locked" in reason for reason in held)
