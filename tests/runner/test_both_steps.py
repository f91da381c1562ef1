"""Whole runs behind proxies that take credentials only in answer to a 407, or let pass what comes without any."""

from proxycheck.model.questions import BARE
from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.runner.test_scripted_logins import BASIC, LOGIN
from tests.support.answers import answer
from tests.support.known import knowledge
from tests.support.scripted import HEAD, Script
from tests.support.worlds import ASKS, Answered, World, causes, device, report_on

DENIED = answer(403, "<h1>your group may not</h1>", "Server: gate")


class AsksFirst(World):
    """Asks on each connection for whose number that is wanted, whatever comes with its first request."""

    every = 1
    connections = 0

    def _connection(self) -> Script:
        self.connections += 1
        if self.connections % self.every == 0:
            head = yield HEAD
            self.requests.append(head)
            yield self.asks
        yield from super()._connection()


def test_a_proxy_that_wants_both_steps_on_each_connection_gets_them() -> None:
    world = AsksFirst(login=BASIC)
    report = report_on(world, credentials=LOGIN)
    assert (report.verdict, causes(report)) == ("compatible", {})
    sent = [e for e in report.evidence if "proxy-authorization" in e.sent.lower()]
    unasked = [e for e in sent if e.operation == "connect"]
    assert unasked == [] or all(e.received[9:12] == "407" for e in unasked)
    saved = decode(encode(report))
    again = judge_again(saved, device(), knowledge())
    assert (again.verdict, again.causes, again.endpoints) == (saved.verdict, saved.causes, saved.endpoints)


def test_a_proxy_that_asks_again_now_and_then_is_answered_as_the_device_answers_it() -> None:
    world = AsksFirst(login=BASIC)
    world.every = 4
    report = report_on(world, credentials=LOGIN)
    assert (report.verdict, causes(report)) == ("compatible", {})


def test_what_is_refused_a_second_time_is_answered_once_in_the_whole_run() -> None:
    guarded = ("api.pitneybowes.com:443", "api.precisely.com:443", "microsoft.com:443")

    class Partly(World):
        def _refusal(self, head: bytes) -> Answered | None:
            return ASKS if head.split(b" ")[1].decode() in guarded else super()._refusal(head)

    world = Partly(login=BASIC)
    report = report_on(world, credentials=LOGIN)
    assert causes(report) == {"auth.rejected": frozenset(guarded)}
    answered = [e for e in report.evidence if e.operation == "auth" and e.endpoint in guarded]
    assert len([e for e in answered if "proxy-authorization" in e.sent.lower()]) == 1


def test_what_opens_only_without_credentials_opens_for_the_device() -> None:
    class Guests(World):
        """A group of users may not go to some hosts, to which everybody may go without a login."""

        def _refusal(self, head: bytes) -> Answered | None:
            if b"microsoft.com" in head.partition(b"\r\n")[0]:
                return DENIED if BASIC in head else None
            return super()._refusal(head)

    report = report_on(Guests(login=BASIC), credentials=LOGIN)
    assert (report.verdict, causes(report)) == ("compatible", {})
    saved = decode(encode(report))
    again = judge_again(saved, device(), knowledge())
    assert (again.verdict, again.causes, again.endpoints) == (saved.verdict, saved.causes, saved.endpoints)


def test_what_is_denied_with_credentials_and_wants_them_is_denied() -> None:
    class Group(World):
        def _refusal(self, head: bytes) -> Answered | None:
            denied = b"microsoft.com:443" in head.partition(b"\r\n")[0] and BASIC in head
            return DENIED if denied else super()._refusal(head)

    report = report_on(Group(login=BASIC), credentials=LOGIN)
    assert causes(report) == {"connect.host-denied": frozenset({"microsoft.com:443"})}


def test_what_is_denied_to_everybody_says_nothing_of_how_it_is_asked_for() -> None:
    class Filter(World):
        def _refusal(self, head: bytes) -> Answered | None:
            return DENIED if b"pitneybowes.com:443" in head.partition(b"\r\n")[0] else super()._refusal(head)

    report = report_on(Filter(login=BASIC), credentials=LOGIN)
    assert causes(report) == {"connect.host-denied": frozenset({"api.pitneybowes.com:443"})}
    assert [e for e in report.evidence if e.variant == BARE and e.endpoint == "distservp1.pb.com:443"], "of its owner"
