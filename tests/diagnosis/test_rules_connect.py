"""Refused tunnels, compared from endpoint to endpoint."""

from collections.abc import Callable

import pytest
from msgspec import structs

from proxycheck.diagnosis.judgement import diagnose
from proxycheck.diagnosis.observation import open_case
from proxycheck.diagnosis.rules.unsteady import unsteady
from proxycheck.model.device import Endpoint
from proxycheck.model.failure import Failure
from tests.diagnosis.recorded import record
from tests.diagnosis.synthetic import (
    ALL,
    CHECKED,
    PLAIN,
    PROXY,
    PUSH,
    SECURE,
    Answer,
    World,
    alive,
    causes,
    device,
    endpoint,
    ids,
    only,
    trust,
)
from tests.support import known
from tests.support.answers import OPEN, answer

OTHER_PORTS = (*PLAIN, CHECKED, PUSH)
REFUSALS: dict[str, Answer] = {
    "403": answer(403, "<h1>Access denied</h1>", Server="gate"),
    "403-bare": b"HTTP/1.0 403 Forbidden\r\n\r\n",
    "405": answer(405, "no", Allow="GET"),
    "407-without-a-challenge": answer(407, "no"),
    "500": answer(500, "<h1>error</h1>"),
    "502": answer(502, "<h1>error</h1>"),
    "503": answer(503, "<h1>error</h1>"),
    "302": answer(302, "", Location="http://gate.example/denied"),
    "404": answer(404, "none"),
    "empty": "empty",
    "reset": "reset",
}
NO_NAME = answer(504, "<h1>no such name</h1>", X_Error="dns")
"""What a proxy that words its failures says of a name that cannot exist."""


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("controls", ["none", "worded"])
@pytest.mark.parametrize("order", ["as-listed", "reversed"])
def test_a_port_that_never_opens_is_one_cause_whatever_the_answer(refusal: Answer, controls: str, order: str) -> None:
    world = World(
        connect=only(OTHER_PORTS, refusal, OPEN),
        endpoints=ALL if order == "as-listed" else ALL[::-1],
        nonexistent=NO_NAME if controls == "worded" else None,
        own_address=answer(503, "<h1>refused by the far end</h1>", X_Error="111") if controls == "worded" else None,
        own_port=refusal if controls == "worded" else None,
    )
    diagnosis = world.judged()
    assert set(causes(diagnosis)) == {"connect.port-denied"}
    severity, confidence, endpoints = causes(diagnosis)["connect.port-denied"]
    assert (severity, confidence, endpoints) == ("blocker", "conclusive", ids(OTHER_PORTS))
    assert diagnosis.verdict == "incompatible"
    assert all(e.verdict == ("fail" if e.observation.id in endpoints else "pass") for e in diagnosis.endpoints)


@pytest.mark.parametrize("end", ["timeout", b"\x00\x5b\x00\x00"])
def test_what_is_no_refusal_is_no_port_rule(end: Answer) -> None:
    """A firewall behind the proxy that drops a port looks like this."""
    found = causes(World(connect=only(OTHER_PORTS, end, OPEN), nonexistent=NO_NAME).judged())
    assert "connect.port-denied" not in found
    (cause,) = found.values()
    assert (cause[0], cause[2]) == ("blocker", ids(OTHER_PORTS))


@pytest.mark.parametrize("refusal", [REFUSALS["403"], REFUSALS["503"], "empty"])
def test_a_port_that_opens_once_is_no_port_rule(refusal: Answer) -> None:
    world = World(connect=only(PLAIN[:2], refusal, OPEN))
    assert "connect.port-denied" not in causes(world.judged())


def test_a_port_whose_hosts_have_no_other_is_a_port_rule_when_it_is_refused_by_a_client_error() -> None:
    found = causes(World(connect=only(PUSH, REFUSALS["403"], OPEN)).judged())
    assert found == {"connect.port-denied": ("blocker", "strong", ids(PUSH))}


@pytest.mark.parametrize("refusal", [REFUSALS["502"], REFUSALS["503"], "timeout"])
def test_a_single_host_that_is_not_reached_on_a_port_of_its_own_is_no_port_rule(refusal: Answer) -> None:
    found = causes(World(connect=only(PUSH, refusal, OPEN)).judged())
    assert {(severity, confidence) for severity, confidence, _ in found.values()} == {("degraded", "weak")}
    assert "connect.port-denied" not in found


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 407, 410, 418, 451])
@pytest.mark.parametrize("control", [None, NO_NAME])
def test_one_host_refused_by_a_client_error_is_denied(status: int, control: Answer | None) -> None:
    refused = SECURE[3]
    world = World(connect=only(refused, answer(status, "<h1>no</h1>"), OPEN), nonexistent=control)
    diagnosis = world.judged()
    assert causes(diagnosis) == {"connect.host-denied": ("blocker", "conclusive", ids(refused))}
    assert diagnosis.verdict == "incompatible"


def test_a_server_error_whose_page_speaks_of_a_rule_is_a_denial() -> None:
    page = answer(503, "<h1>Blocked by company policy</h1>")
    assert set(causes(World(connect=only(SECURE[0], page, OPEN)).judged())) == {"connect.host-denied"}


def test_one_host_sent_elsewhere_is_redirected() -> None:
    page = answer(302, "", Location="http://gate.example/blocked")
    diagnosis = World(connect=only(SECURE[0], page, OPEN)).judged()
    assert causes(diagnosis) == {"connect.redirected": ("blocker", "conclusive", ids(SECURE[0]))}
    assert "http://gate.example/blocked" in " ".join(diagnosis.causes[0].because)


def test_a_refusal_in_the_words_for_a_name_that_cannot_exist_is_no_denial() -> None:
    page = answer(404, "<h1>this host cannot be found</h1>")
    found = causes(World(connect=only(SECURE[0], page, OPEN), nonexistent=page).judged())
    assert found == {"connect.dns-failure": ("degraded", "weak", ids(SECURE[0]))}


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("empty", "connect.empty-reply"),
        ("reset", "connect.reset"),
        ("timeout", "connect.timeout"),
        (answer(500), "connect.upstream-error"),
        (answer(502), "connect.upstream-error"),
        (answer(503), "connect.upstream-error"),
        (answer(504), "connect.upstream-timeout"),
    ],
)
def test_one_host_that_is_not_reached_is_no_broken_proxy(end: Answer, code: str) -> None:
    diagnosis = World(connect=only(SECURE[2], end, OPEN)).judged()
    assert causes(diagnosis) == {code: ("degraded", "weak", ids(SECURE[2]))}
    assert diagnosis.verdict == "degraded"


def test_a_bare_close_where_the_proxy_words_its_failures_is_deliberate() -> None:
    found = causes(World(connect=only(SECURE[2], "empty", OPEN), nonexistent=NO_NAME).judged())
    assert found == {"connect.host-denied": ("blocker", "strong", ids(SECURE[2]))}


def test_an_answer_that_is_no_http_is_malformed() -> None:
    diagnosis = World(connect=only(SECURE[2], b"\x00\x5b\x00\x00", OPEN)).judged()
    assert causes(diagnosis) == {"connect.malformed-reply": ("blocker", "conclusive", ids(SECURE[2]))}


def test_connections_that_are_no_longer_taken_are_no_matter_of_capacity_by_themselves() -> None:
    late = SECURE[4:]
    found = causes(World(connect=only(late, "refused", OPEN)).judged())
    assert found == {"proxy.refused": ("blocker", "strong", ids(late))}


HELP = tuple(endpoint(f"www.help{number}.example", tier="optional") for number in range(4))
"""What the device can do without."""


def test_a_proxy_that_goes_during_the_test_is_a_blocker_whatever_was_left_to_be_asked() -> None:
    world = World(connect=only(HELP, "refused", OPEN), endpoints=(*ALL, *HELP))
    diagnosis = world.judged()
    assert causes(diagnosis) == {"proxy.refused": ("blocker", "strong", ids(HELP))}
    assert diagnosis.verdict == "incompatible"
    assert any("not one was accepted" in line for line in diagnosis.causes[0].because)
    assert "so the port number is right" in diagnosis.causes[0].explanation
    assert "Nothing listens" not in diagnosis.causes[0].title
    assert not any("Check the port number" in remedy.text for remedy in diagnosis.causes[0].remedies)
    back = World(connect=only(HELP, "refused", OPEN), endpoints=(*HELP, *ALL)).judged()
    assert causes(back) == {"proxy.refused": ("degraded", "strong", ids(HELP))}
    assert back.verdict == "degraded"


BUSY = answer(503, "<h1>busy</h1>")
FEW = SECURE[4:6]
CROWDED: dict[str, tuple[dict[str, Answer], str]] = {
    "never-asked-again": ({}, "connect.upstream-error"),
    "opened-alone": ({"again": OPEN}, "endpoint.unsteady"),
    "opened-in-a-crowd": ({"again": OPEN, "crowd": OPEN}, "connect.upstream-error"),
    "failed-in-a-crowd": ({"again": OPEN, "crowd": BUSY, "alone": OPEN}, "proxy.capacity"),
    "failed-alone-too": ({"again": OPEN, "crowd": BUSY, "alone": BUSY}, "connect.upstream-error"),
    "failed-otherwise": ({"again": OPEN, "crowd": "reset", "alone": OPEN}, "connect.upstream-error"),
    "not-asked-alone": ({"again": OPEN, "crowd": BUSY}, "connect.upstream-error"),
}


@pytest.mark.parametrize(("repeats", "due"), CROWDED.values(), ids=CROWDED)
def test_capacity_is_claimed_where_it_shows_again_and_nowhere_else(repeats: dict[str, Answer], due: str) -> None:
    found = causes(World(connect=only(FEW, BUSY, OPEN), repeats=repeats, repeated=FEW).judged())
    severity = "blocker" if due == "proxy.capacity" else "degraded"
    assert {code: (cause[0], cause[2]) for code, cause in found.items()} == {due: (severity, ids(FEW))}


TOO_MANY = answer(429, "<h1>slow down</h1>", Retry_After="1")
LATER = answer(503, "<h1>slow down</h1>", Retry_After="1")
NO_MORE = {"429": TOO_MANY, "503-with-an-hour": LATER}
HALF = (*SECURE[4:], *PLAIN[1:], PUSH)


@pytest.mark.parametrize("said", NO_MORE.values(), ids=NO_MORE)
@pytest.mark.parametrize("where", [HALF, (*OTHER_PORTS,), SECURE[:1]], ids=["half", "whole-ports", "one-host"])
def test_too_many_requests_are_no_rule_about_hosts_or_ports(said: Answer, where: tuple[Endpoint, ...]) -> None:
    diagnosis = World(connect=only(where, said, OPEN), nonexistent=NO_NAME).judged()
    assert causes(diagnosis) == {"proxy.capacity": ("blocker", "strong", ids(where))}
    assert all(e.verdict == ("fail" if e.observation.id in ids(where) else "pass") for e in diagnosis.endpoints)


@pytest.mark.parametrize("repeats", [{"again": OPEN, "crowd": OPEN}, {"again": TOO_MANY}, {"crowd": TOO_MANY}])
def test_too_many_requests_stay_so_however_they_end_when_asked_again(repeats: dict[str, Answer]) -> None:
    world = World(connect=only(FEW, TOO_MANY, OPEN), repeats=repeats, repeated=FEW)
    assert causes(world.judged()) == {"proxy.capacity": ("blocker", "strong", ids(FEW))}


def test_too_many_requests_from_the_first_one_on_are_no_denial() -> None:
    found = causes(World(connect=lambda _: TOO_MANY, nonexistent=TOO_MANY).judged())
    assert found == {"proxy.capacity": ("blocker", "strong", ids(ALL))}


def test_what_is_denied_before_there_were_too_many_is_denied() -> None:
    found = causes(World(connect=only(HALF, TOO_MANY, REFUSALS["403"])).judged())
    assert found["proxy.capacity"] == ("blocker", "strong", ids(HALF))
    assert found["connect.all-denied"][2] == ids(ALL) - ids(HALF)


def test_a_proxy_that_always_says_when_to_come_back_is_not_overloaded() -> None:
    found = causes(World(connect=only(FEW, LATER, OPEN), nonexistent=LATER).judged())
    assert set(found) == {"connect.dns-failure"}


def test_a_proxy_that_takes_a_host_the_second_time_had_too_many_and_is_not_unsteady() -> None:
    asked = World().evidence()
    index, first = next((i, e) for i, e in enumerate(asked) if e.endpoint == SECURE[0].id)
    assert isinstance(TOO_MANY, bytes)
    refused = structs.replace(
        first,
        id="before",
        received=TOO_MANY.decode(),
        failure=Failure("refused-by-peer", "connect", "429 Too Many Requests"),
    )
    records = (*asked[:index], refused, *asked[index:])
    case = open_case(device("tunnel"), ALL, PROXY, records, known.knowledge())
    diagnosis = diagnose(case, trust())
    assert causes(diagnosis) == {"proxy.capacity": ("degraded", "strong", frozenset())}
    assert {e.verdict for e in diagnosis.endpoints} == {"pass"}


UNREACHED: dict[str, tuple[Answer, str]] = {
    "no-names": (answer(503, "Unable to determine IP address from host name"), "connect.dns-failure"),
    "no-route": (answer(503, "<h1>cannot forward</h1>"), "connect.upstream-error"),
    "error": (answer(500, "<h1>error</h1>"), "connect.upstream-error"),
    "late": (answer(504, "<h1>late</h1>"), "connect.upstream-timeout"),
    "silent": ("timeout", "connect.timeout"),
}


@pytest.mark.parametrize(("said", "code"), UNREACHED.values(), ids=UNREACHED)
def test_ports_denied_by_a_proxy_that_reaches_nothing_are_told_beside_that(said: Answer, code: str) -> None:
    control = None if said == "timeout" else said
    diagnosis = World(connect=only(OTHER_PORTS, REFUSALS["403"], said), nonexistent=control).judged()
    found = causes(diagnosis)
    assert found["connect.port-denied"] == ("blocker", "strong", ids(OTHER_PORTS))
    assert set(found) == {"connect.port-denied", code}
    assert found[code][2] == ids(SECURE)
    words = next(cause for cause in diagnosis.causes if cause.code == "connect.port-denied")
    assert not any("opened" in line for line in words.because)
    assert "443" not in words.explanation.split(",")[0]


def test_a_few_that_are_not_reached_leave_everything_denied() -> None:
    found = causes(World(connect=only(PUSH, answer(503, "<h1>error</h1>"), REFUSALS["403"])).judged())
    assert "connect.all-denied" in found
    assert "connect.port-denied" not in found


def test_a_rule_at_some_hosts_of_a_port_is_no_port_rule() -> None:
    refused = (*OTHER_PORTS, *SECURE[:2])
    found = causes(World(connect=only(refused, REFUSALS["403"], answer(503, "<h1>error</h1>"))).judged())
    assert set(found) == {"connect.all-denied"}


def test_what_is_said_of_a_denied_port_is_true_of_any_device() -> None:
    diagnosis = World(connect=only(PUSH, REFUSALS["403"], OPEN)).judged()
    assert "5938" not in diagnosis.causes[0].explanation


Everywhere = Callable[[Endpoint], Answer | None]


def everywhere(said: Answer) -> Everywhere:
    return lambda _: said


ORIGIN = answer(200, "<h1>a page</h1>", Server="origin")
OWN_PAGE = answer(503, "<h1>cannot find it</h1>", Server="gate")


@pytest.mark.parametrize(
    ("said", "code", "confidence"),
    [
        (answer(403, "no"), "connect.all-denied", "strong"),
        (answer(400, "no"), "connect.all-denied", "strong"),
        (answer(503, "Blocked: access denied"), "connect.all-denied", "strong"),
        (answer(405, "no"), "connect.method-denied", "strong"),
        (answer(501, "no"), "connect.method-denied", "strong"),
        (answer(302, Location="http://gate.example/"), "connect.redirected", "conclusive"),
        (answer(307, Location="http://gate.example/"), "connect.redirected", "conclusive"),
        (answer(503, "no route"), "connect.upstream-error", "strong"),
        (answer(502, "cannot resolve the host name"), "connect.dns-failure", "strong"),
        (answer(503, "Connection refused"), "connect.upstream-refused", "strong"),
        (answer(503, "(110) Connection timed out"), "connect.upstream-timeout", "strong"),
        (answer(504, "no"), "connect.upstream-timeout", "strong"),
        ("timeout", "connect.timeout", "strong"),
        ("reset", "connect.reset", "strong"),
        ("empty", "connect.empty-reply", "strong"),
    ],
)
def test_when_nothing_opens_one_cause_says_why(said: Answer, code: str, confidence: str) -> None:
    # The control shows that the port speaks HTTP: else it is no proxy at all, which other rules tell.
    world = World(connect=everywhere(said), nonexistent=NO_NAME)
    diagnosis = world.judged()
    found = causes(diagnosis)
    assert found == {code: ("blocker", confidence, ids(ALL))}
    assert diagnosis.verdict == "incompatible"
    assert all(e.verdict == "fail" for e in diagnosis.endpoints)


@pytest.mark.parametrize("status", [411, 417, 426, 431, 505])
@pytest.mark.parametrize("passes", [False, True])
def test_what_refuses_the_form_of_a_request_has_no_list_of_clients(status: int, passes: bool) -> None:
    world = World(
        connect=everywhere(answer(status, "no")),
        forward=(lambda what: answer(204) if what.expect else ORIGIN) if passes else (lambda _: None),
        own_page=OWN_PAGE if passes else None,
        nonexistent=answer(status, "no"),
    )
    diagnosis = world.judged()
    code = "connect.method-denied" if passes else "connect.all-denied"
    assert causes(diagnosis)[code][:2] == ("blocker", "weak")
    told = next(cause for cause in diagnosis.causes if cause.code == code)
    assert f"refuses the form of the request ({status}" in told.explanation


@pytest.mark.parametrize(
    ("said", "understood"), [(answer(400, "no"), False), (answer(400, "Blocked by policy"), True)], ids=["bad", "rule"]
)
def test_requests_that_are_all_called_bad_have_no_list_of_clients_either(said: bytes, understood: bool) -> None:
    """A load balancer that puts a line before each request makes a proxy answer so, and no list of clients."""
    diagnosis = World(connect=everywhere(said), nonexistent=NO_NAME).judged()
    assert causes(diagnosis) == {"connect.all-denied": ("blocker", "strong", ids(ALL))}
    told = diagnosis.causes[0]
    assert ("not among the proxy's clients" in told.explanation) is understood
    assert any("PROXY protocol" in remedy.text for remedy in told.remedies) is not understood


def test_a_method_is_denied_when_plain_requests_pass() -> None:
    world = World(
        connect=everywhere(answer(403, "no")),
        forward=lambda what: answer(204) if what.expect else ORIGIN,
        own_page=OWN_PAGE,
    )
    found = causes(world.judged())
    assert found["connect.method-denied"][:2] == ("blocker", "conclusive")
    assert "connect.all-denied" not in found


SAME_FOR_EVERYTHING = answer(503, "<h1>sorry</h1>")


@pytest.mark.parametrize(
    ("said", "no_name", "code", "confidence"),
    [
        (answer(403, "no"), NO_NAME, "connect.method-denied", "conclusive"),
        (answer(503, "CONNECT is not allowed"), NO_NAME, "connect.method-denied", "conclusive"),
        (answer(503, "(110) Connection timed out"), NO_NAME, "connect.upstream-timeout", "strong"),
        (answer(503, "Connection refused"), NO_NAME, "connect.upstream-refused", "strong"),
        (answer(503, "<h1>error 17</h1>"), NO_NAME, "connect.upstream-error", "strong"),
        (answer(504, "no"), answer(504, "no"), "connect.upstream-timeout", "strong"),
        (answer(502, "no"), None, "connect.upstream-error", "strong"),
        (SAME_FOR_EVERYTHING, SAME_FOR_EVERYTHING, "connect.method-denied", "weak"),
    ],
)
def test_a_proxy_that_itself_may_only_go_out_by_plain_http_does_not_deny_the_method(
    said: Answer, no_name: Answer | None, code: str, confidence: str
) -> None:
    world = World(
        connect=lambda what: None if what.speaks == "http" else said,
        forward=alive,
        plain_http="forward",
        own_page=OWN_PAGE,
        nonexistent=no_name,
    )
    found = causes(world.judged())
    assert {name: found[name][:2] for name in found} == {code: ("blocker", confidence)}


def test_what_passes_plain_at_the_very_host_and_port_of_a_refused_tunnel_is_denied_to_the_method() -> None:
    world = World(
        connect=everywhere(answer(504, "late")),
        forward=lambda what: answer(204) if what.expect else ORIGIN,
        own_page=OWN_PAGE,
    )
    assert causes(world.judged())["connect.method-denied"][:2] == ("blocker", "conclusive")


def test_everything_is_denied_when_plain_requests_are_denied_as_well() -> None:
    page = answer(403, "<h1>not from your address</h1>", Server="gate")
    world = World(connect=everywhere(page), forward=everywhere(page), own_page=page)
    assert set(causes(world.judged())) == {"connect.all-denied"}


def test_one_tunnel_that_opens_is_enough_not_to_deny_everything() -> None:
    found = causes(World(connect=only(SECURE[0], OPEN, answer(403, "no"))).judged())
    assert set(found) == {"connect.host-denied", "connect.port-denied"}
    assert found["connect.host-denied"][2] == ids(SECURE[1:])


def test_names_are_the_matter_when_an_address_opens_and_no_name_does() -> None:
    page = answer(500, "<h1>error 17</h1>")
    world = World(connect=everywhere(page), nonexistent=page, own_address=OPEN)
    found = causes(world.judged())
    assert found == {"connect.dns-failure": ("blocker", "strong", ids(ALL))}


def test_silence_for_names_and_an_answer_for_an_address_is_a_matter_of_names() -> None:
    world = World(connect=everywhere("timeout"), own_address=answer(503, "refused"))
    assert causes(world.judged()) == {"connect.dns-failure": ("blocker", "strong", ids(ALL))}


def test_silence_for_hosts_is_no_matter_of_names_where_an_unknown_name_is_answered() -> None:
    """Squid whose connections a firewall drops: it finds every address, and waits."""
    world = World(connect=everywhere("timeout"), own_address=answer(503, "refused"), nonexistent=NO_NAME)
    diagnosis = world.judged()
    assert causes(diagnosis) == {"connect.timeout": ("blocker", "strong", ids(ALL))}
    assert "it waits for the hosts" in " ".join(diagnosis.causes[0].because)


def test_an_unknown_name_is_no_denial_whatever_its_status() -> None:
    """Privoxy says 404."""
    page = answer(404, "<h1>502 - Bad Gateway</h1>the domain name could not be resolved")
    world = World(connect=everywhere(page), nonexistent=page, own_address=OPEN)
    assert causes(world.judged()) == {"connect.dns-failure": ("blocker", "strong", ids(ALL))}


def test_who_opens_a_tunnel_without_a_name_serves_this_computer() -> None:
    """A bare 404 for every name, and an address opens: names are not found, whoever asks."""
    page = answer(404, "none")
    world = World(connect=everywhere(page), nonexistent=page, own_address=OPEN)
    assert causes(world.judged()) == {"connect.dns-failure": ("blocker", "strong", ids(ALL))}


@pytest.mark.parametrize(("status", "confidence"), [(400, "weak"), (403, "conclusive")])
def test_what_refuses_the_form_at_443_alone_may_want_the_port_in_the_host_field(status: int, confidence: str) -> None:
    """There and only there the device leaves it out."""
    refusal = answer(status, "", Server="Jetty(12.1.14)")
    diagnosis = World(connect=only(SECURE, refusal, OPEN)).judged()
    assert causes(diagnosis) == {"connect.port-denied": ("blocker", confidence, ids(SECURE))}
    assert ("leaves the port out" in diagnosis.causes[0].explanation) is (status == 400)


def test_a_denial_stays_one_though_its_page_speaks_of_names() -> None:
    page = answer(403, "host name lookup failed")
    world = World(connect=everywhere(page), nonexistent=page)
    assert set(causes(world.judged())) == {"connect.all-denied"}


def test_a_proxy_that_words_every_failure_alike_is_not_read_into() -> None:
    page = answer(500, "<h1>error 17</h1>")
    world = World(connect=everywhere(page), nonexistent=page, own_address=page, own_port=page)
    assert causes(world.judged()) == {"connect.upstream-error": ("blocker", "strong", ids(ALL))}


ASKS = answer(407, "", 'Proxy-Authenticate: Basic realm="gate"')


def test_a_port_that_is_refused_before_a_login_is_asked_for_is_a_port_rule() -> None:
    diagnosis = World(connect=only(OTHER_PORTS, REFUSALS["403"], ASKS), nonexistent=ASKS).judged()
    found = causes(diagnosis)
    assert set(found) == {"auth.required", "connect.port-denied"}
    assert found["connect.port-denied"] == ("blocker", "strong", ids(OTHER_PORTS))
    told = next(cause for cause in diagnosis.causes if cause.code == "connect.port-denied")
    assert "refused before any login" in " ".join(told.because)


def test_one_host_that_is_refused_before_a_login_is_told_without_the_words_of_a_gateway() -> None:
    found = causes(World(connect=only(SECURE[2], REFUSALS["403"], ASKS), nonexistent=ASKS).judged())
    assert found["connect.host-denied"] == ("degraded", "weak", ids(SECURE[2]))
    assert set(found) == {"auth.required", "connect.host-denied"}


def test_where_every_connect_is_cut_neither_words_nor_remedy_speak_of_a_rule_about_hosts() -> None:
    page = answer(400, "<h1>bad request</h1>", Server="gate")
    world = World(
        connect=lambda _: "reset", nonexistent="reset", own_address="reset", own_port="reset", greetings={"http": page}
    )
    [cause] = world.judged().causes
    assert (cause.code, cause.severity, cause.confidence) == ("connect.reset", "blocker", "strong")
    told = " ".join((cause.title, cause.explanation, *(r.text for r in cause.remedies)))
    assert "no rule about hosts" in told
    assert not any(what.host in told for what in ALL)
    assert "it is CONNECT that is cut" in cause.because[1]


def test_where_some_connects_are_answered_the_hosts_that_are_cut_are_named() -> None:
    [cause] = World(connect=only(SECURE[:4], "reset", answer(407, "no")), endpoints=SECURE).judged().causes[-1:]
    assert cause.code == "connect.reset"
    assert SECURE[0].host in cause.remedies[0].text


BADLY_FORMED = answer(400, "<h1>Bad request</h1>", Server="gate")


def test_names_that_are_refused_for_their_length_are_no_matter_of_a_name_server() -> None:
    long = tuple(endpoint(f"{name * 12}.sending.us.example") for name in ("uno", "due", "tre"))
    other = endpoint("quattro-cinque-sei-sette.otto.example", 80)
    world = World(
        endpoints=(*ALL, *long, other),
        connect=only((*long, other), BADLY_FORMED, OPEN),
        nonexistent=BADLY_FORMED,
        own_address=answer(503, "<h1>refused by the far end</h1>"),
    )
    diagnosis = world.judged()
    assert causes(diagnosis) == {"connect.host-denied": ("blocker", "strong", ids(long, other))}
    assert "length of the name" in diagnosis.causes[0].explanation
    assert "every name of 37 letters and more" in diagnosis.causes[0].because[0]


def test_an_answer_that_calls_the_request_badly_formed_says_nothing_of_name_servers() -> None:
    lost = SECURE[:4]
    world = World(
        connect=only(lost, BADLY_FORMED, OPEN),
        nonexistent=BADLY_FORMED,
        own_address=answer(503, "<h1>refused by the far end</h1>"),
    )
    assert "connect.dns-failure" not in causes(world.judged())


@pytest.mark.parametrize(("lost", "severity"), [(5, "degraded"), (30, "blocker")])
def test_a_few_that_fail_twice_are_what_a_poor_line_does(lost: int, severity: str) -> None:
    """By chance they may be all that a function needs; that is not how often it happens."""
    many = tuple(structs.replace(endpoint(f"www.n{n}.example"), function=f"no. {n // 10}") for n in range(100))
    whole = structs.replace(many[0], function="its own")
    case = World(endpoints=(whole, *many[1:])).case()
    failed = record("endpoints", "connect", whole.id, "reset")
    tried = (
        structs.replace(o, before=failed, attempts=3 if number % 2 else 2) if number < lost else o
        for number, o in enumerate(case.observations)
    )
    found = structs.replace(case, observations=tuple(tried))
    (finding,) = unsteady(found, found.observations)
    assert (finding.code, finding.severity) == ("endpoint.unsteady", severity)
