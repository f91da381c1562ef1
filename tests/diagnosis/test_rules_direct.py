"""Without a proxy: what does not resolve, does not answer, or is blocked by port."""

import pytest

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.rules.direct import unreached
from proxycheck.model.cause import CauseCode
from proxycheck.model.failure import FailureName
from tests.diagnosis.recorded import case, connection, record

PB = ("distservp1.pb.com:443", "decometlb20.pb.com:443", "decometlb5.pb.com:443")
OTHERS = (
    *("api.pitneybowes.com:443", "mtalk.google.com:443", "hshh.org:443", "gate.hockeyapp.net:443"),
    *("alt2-mtalk.google.com:443", "alt5-mtalk.google.com:443"),
)


def _findings(lost: dict[str, FailureName], opened: tuple[str, ...] = ()) -> list[Finding]:
    records = [connection(e, failure) for e, failure in lost.items()] + [connection(e) for e in opened]
    found = case(records, proxy=None)
    return list(unreached(found, found.observations))


def test_connections_that_open_are_nothing_to_tell() -> None:
    assert _findings({}, OTHERS) == []


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        ("unresolvable", "connect.dns-failure"),
        ("refused", "connect.upstream-refused"),
        ("timeout", "connect.timeout"),
        ("reset", "connect.reset"),
        ("unreachable", "connect.upstream-error"),
    ],
)
def test_each_way_to_fail_has_its_cause(failure: FailureName, code: CauseCode) -> None:
    [alone] = _findings({"hshh.org:443": failure}, tuple(e for e in OTHERS if e != "hshh.org:443"))
    assert (alone.code, alone.severity, alone.confidence) == (code, "degraded", "weak")
    [everything] = _findings(dict.fromkeys(OTHERS, failure))
    assert (everything.code, everything.severity, everything.confidence) == (code, None, "strong")


def test_a_whole_domain_is_no_accident() -> None:
    [finding] = _findings(dict.fromkeys(PB, "timeout"), OTHERS)
    assert (finding.code, finding.confidence) == ("connect.timeout", "strong")


def test_a_port_without_an_answer_is_blocked_where_others_open() -> None:
    lost: dict[str, FailureName] = {"ping3.teamviewer.com:5938": "timeout"}
    [blocked] = _findings(lost, ("ping3.teamviewer.com:443", *OTHERS))
    assert (blocked.code, blocked.confidence) == ("network.port-blocked", "strong")
    [alone] = _findings(lost, OTHERS)
    assert (alone.code, alone.confidence) == ("connect.timeout", "weak")


def test_a_name_that_is_unknown_says_nothing_of_its_port() -> None:
    [finding] = _findings({"ping3.teamviewer.com:5938": "unresolvable"}, ("ping3.teamviewer.com:443", *OTHERS))
    assert finding.code == "connect.dns-failure"


def test_the_host_that_answers_at_its_second_address_is_open() -> None:
    tried = [connection(PB[0], "timeout"), connection(PB[0]), record("endpoints", "tls", PB[0])]
    found = case(tried, proxy=None)
    assert [o.proved for o in found.observations] == [True]
    assert list(unreached(found, found.observations)) == []
