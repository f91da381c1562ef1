"""A device that answers a 407 on a connection which the proxy has closed: the password is not to blame."""

import pytest

from proxycheck.model.observed import End, ObservedConnection
from tests.support.observing import FUNDS, RATES, SHIPPING, asked, codes, connection, judged, reply

_ASKS = reply("407 Who", 'Proxy-Authenticate: Basic realm="x"', "Content-Length: 7", page="<title>")


def closed(target: str, end: End, *, same_connection: bool = True) -> ObservedConnection:
    """A device whose credentials got no answer: on the connection of the 407, or on one of their own."""
    again = asked(target, authorization="basic")
    return connection(*([asked(target, _ASKS)] if same_connection else []), again, end=end)


@pytest.mark.parametrize("end", ["proxy-closed", "proxy-reset"])
def test_the_connection_and_not_the_password_is_told(end: End) -> None:
    report = judged(*(closed(target, end) for target in (FUNDS, RATES, SHIPPING)))
    assert codes(report) == [("auth.connection-closed", "blocker", tuple(sorted((FUNDS, RATES, SHIPPING))))]
    assert "ended" in report.causes[0].because[0]
    assert report.verdict == "failed"


def test_credentials_that_are_cut_off_on_a_connection_of_their_own_may_be_wrong() -> None:
    report = judged(closed(FUNDS, "proxy-closed", same_connection=False))
    assert codes(report) == [("auth.rejected", "blocker", (FUNDS,))]


def test_a_page_of_which_the_log_holds_the_beginning_has_its_length() -> None:
    """The content is framed as it was: no 407 becomes one without a length because its page was cut."""
    refused = connection(asked(FUNDS, _ASKS), asked(FUNDS, _ASKS, authorization="basic"))
    assert codes(judged(refused)) == [("auth.rejected", "blocker", (FUNDS,))]


def test_a_chunked_407_that_the_device_does_not_answer_is_told() -> None:
    chunked = reply("407 Who", 'Proxy-Authenticate: Basic realm="x"', "Transfer-Encoding: chunked", page="<title>")
    again = asked(FUNDS, authorization="basic")
    report = judged(connection(asked(FUNDS, chunked), again, end="device-closed", lasts=20.0))
    assert "auth.challenge-unreadable" in [cause.code for cause in report.causes]


def test_a_close_that_is_announced_is_told_once() -> None:
    """What the device met, and what is known of its software, are one cause with both reasons."""
    asks = reply("407 Who", 'Proxy-Authenticate: Basic realm="x"', "Connection: close", "Content-Length: 0")
    again = asked(FUNDS, authorization="basic")
    report = judged(connection(asked(FUNDS, asks), again, end="proxy-closed"))
    assert codes(report) == [("auth.connection-closed", "blocker", (FUNDS,))]
    assert [words.partition(" (")[0] for words in report.causes[0].because] == [
        "the connection of its 407 ended",
        "it closes the connection after its 407",
    ]


def test_a_product_that_only_the_407_names_is_part_of_the_same_cause() -> None:
    asks, names = 'Proxy-Authenticate: Basic realm="x"', "Server: tinyproxy/1.11.1"
    closing = reply("407 Who", asks, names, "Connection: close", "Content-Length: 0")
    report = judged(connection(asked(FUNDS, closing), asked(FUNDS, authorization="basic"), end="proxy-closed"))
    assert codes(report) == [("auth.connection-closed", "blocker", (FUNDS,))]
    assert report.causes[0].product is not None
    assert report.causes[0].product.name == "Tinyproxy"
    assert len(report.causes[0].because) == 2
