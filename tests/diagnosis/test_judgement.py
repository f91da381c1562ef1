"""Verdicts: of endpoints, of groups of alternatives, and of the whole run."""

import itertools

import pytest
from msgspec import structs

from proxycheck.diagnosis.judgement import Diagnosis
from proxycheck.model.device import Endpoint, Tier
from proxycheck.model.report import EndpointVerdict
from tests.diagnosis.synthetic import ALL, PLAIN, SECURE, Answer, World, alive, causes, endpoint, ids, only
from tests.support.answers import OPEN, answer

NO = answer(403, "<h1>no</h1>")
GONE = answer(503, "<h1>error</h1>")


def verdicts(diagnosis: Diagnosis) -> dict[str, EndpointVerdict]:
    return {e.observation.id: e.verdict for e in diagnosis.endpoints}


def reasons(diagnosis: Diagnosis) -> dict[str, str]:
    return {e.observation.id: e.reason for e in diagnosis.endpoints}


def test_all_is_well() -> None:
    diagnosis = World().judged()
    assert diagnosis.verdict == "compatible"
    assert diagnosis.causes == ()
    assert set(verdicts(diagnosis).values()) == {"pass"}
    assert all(e.reason for e in diagnosis.endpoints)


@pytest.mark.parametrize(
    ("tier", "severity", "verdict"),
    [
        ("required", "blocker", "incompatible"),
        ("recommended", "degraded", "degraded"),
        ("optional", "degraded", "degraded"),
    ],
)
def test_the_tier_of_what_fails_decides(tier: Tier, severity: str, verdict: str) -> None:
    lost = endpoint("www.lost.example", tier=tier)
    diagnosis = World(endpoints=(*ALL, lost), connect=only(lost, NO, OPEN)).judged()
    assert causes(diagnosis)["connect.host-denied"][0] == severity
    assert diagnosis.verdict == verdict
    assert verdicts(diagnosis)[lost.id] == "fail"


def test_one_required_endpoint_among_others_makes_a_blocker() -> None:
    spare = endpoint("www.lost.example", tier="optional")
    diagnosis = World(endpoints=(*ALL, spare), connect=only((spare, SECURE[0]), NO, OPEN)).judged()
    assert causes(diagnosis) == {"connect.host-denied": ("blocker", "conclusive", ids(spare, SECURE[0]))}


def test_what_no_guide_names_blocks_nothing() -> None:
    lost = structs.replace(endpoint("www.lost.example"), confidence="unverified")
    diagnosis = World(endpoints=(*ALL, lost), connect=only(lost, NO, OPEN)).judged()
    assert causes(diagnosis)["connect.host-denied"][0] == "degraded"
    assert diagnosis.verdict == "degraded"


def test_every_endpoint_that_fails_names_its_cause() -> None:
    table: dict[str, Answer] = {SECURE[0].id: NO, SECURE[1].id: "timeout", SECURE[2].id: b"\x00nonsense"}
    world = World(
        connect=lambda what: table.get(what.id, OPEN),
        inside=lambda what: "reset" if what is SECURE[3] else alive(what),
    )
    diagnosis = world.judged()
    for judged in diagnosis.endpoints:
        if judged.verdict in ("fail", "inconclusive"):
            assert judged.causes
            assert judged.reason
            for code in judged.causes:
                assert judged.observation.id in causes(diagnosis)[code][2]
        else:
            assert judged.verdict == "pass"
            assert judged.causes == ()


def test_causes_stand_in_order_of_weight_and_then_of_size() -> None:
    spare = endpoint("www.lost.example", tier="optional")
    table: dict[str, Answer] = {
        spare.id: answer(504),
        SECURE[0].id: NO,
        **{e.id: b"\x00" for e in SECURE[1:3]},
    }
    diagnosis = World(endpoints=(*ALL, spare), connect=lambda what: table.get(what.id, OPEN)).judged()
    assert [cause.code for cause in diagnosis.causes] == [
        "connect.malformed-reply",
        "connect.host-denied",
        "connect.upstream-timeout",
    ]


EITHER = tuple(endpoint("www.either.example", port, any_of="either") for port in (443, 80))
"""443 or 80: one is enough."""


def either(first: Answer | None, second: Answer | None) -> World:
    said = {EITHER[0].id: first, EITHER[1].id: second}
    return World(endpoints=(*SECURE, *PLAIN, *EITHER), connect=lambda what: said.get(what.id, OPEN))


def test_of_alternatives_one_that_passes_is_enough() -> None:
    diagnosis = either(OPEN, None).judged()
    assert (diagnosis.verdict, diagnosis.causes) == ("compatible", ())
    assert [verdicts(diagnosis)[e.id] for e in EITHER] == ["pass", "skipped"]
    assert reasons(diagnosis)[EITHER[1].id] == "not needed: an alternative works"


def test_why_an_alternative_was_not_tried_is_told_as_it_was() -> None:
    """The first was answered, and only later it turned out that nothing proves by whom."""
    short = answer(200, "a page").replace(b"Content-Length: ", b"Content-Length: 9")
    world = World(
        endpoints=(*SECURE, *PLAIN, *EITHER),
        connect=lambda what: None if what == EITHER[0] else OPEN,
        inside=lambda what: short if what == EITHER[1] else alive(what),
    )
    told = reasons(world.judged())[EITHER[0].id]
    assert told == f"not tried: an alternative, {EITHER[1].id}, was answered, and that may not be by the host"


@pytest.mark.parametrize("said", [NO, GONE, "timeout", "reset", b"\x00"])
def test_an_alternative_that_fails_beside_one_that_passes_is_no_cause(said: Answer) -> None:
    diagnosis = either(said, OPEN).judged()
    assert (diagnosis.verdict, diagnosis.causes) == ("compatible", ())
    assert [verdicts(diagnosis)[e.id] for e in EITHER] == ["warn", "pass"]
    assert "alternative" in reasons(diagnosis)[EITHER[0].id]


PAIRS = tuple(endpoint(f"www.{name}.example", port, any_of=name) for name in ("mike", "november") for port in (443, 80))
FIRST, SECOND = (PAIRS[0], PAIRS[2]), (PAIRS[1], PAIRS[3])


def pairs(connect: Answer | None = OPEN, inside: Answer | None = None) -> World:
    """Two hosts, each with two ways, of which the first of each ends so."""
    return World(
        endpoints=(*SECURE, *PLAIN, *PAIRS),
        connect=only(FIRST, connect, OPEN),
        inside=lambda what: inside if inside is not None and what in FIRST else alive(what),
        nonexistent=GONE,
        own_address=GONE,
    )


@pytest.mark.parametrize(
    ("world", "code"), [(pairs(connect=NO), "connect.host-denied"), (pairs(inside="reset"), "tls.blocked")]
)
def test_what_somebody_does_to_several_alternatives_is_a_note_and_no_more(world: World, code: str) -> None:
    diagnosis = world.judged()
    assert diagnosis.verdict == "compatible"
    assert {code: found[::2] for code, found in causes(diagnosis).items()} == {code: ("info", ids(FIRST))}
    assert "an alternative that works" in diagnosis.causes[0].explanation
    assert {verdicts(diagnosis)[e.id] for e in FIRST} == {"warn"}
    assert {verdicts(diagnosis)[e.id] for e in SECOND} == {"pass"}
    assert {reasons(diagnosis)[e.id] for e in FIRST} == {
        f"{diagnosis.causes[0].title}; not needed: an alternative works"
    }
    assert not any(e.proved for e in diagnosis.endpoints if e.observation.endpoint in FIRST)


@pytest.mark.parametrize("said", [GONE, "timeout"])
def test_alternatives_that_cannot_be_reached_are_no_note(said: Answer) -> None:
    diagnosis = pairs(connect=said).judged()
    assert (diagnosis.verdict, diagnosis.causes) == ("compatible", ())


def test_alternatives_that_all_fail_are_a_cause() -> None:
    diagnosis = either(NO, NO).judged()
    assert diagnosis.verdict == "incompatible"
    assert [verdicts(diagnosis)[e.id] for e in EITHER] == ["fail", "fail"]
    assert ids(EITHER) <= frozenset.union(*(cause[2] for cause in causes(diagnosis).values()))


def test_an_alternative_that_fails_counts_where_others_fail_for_the_same_reason() -> None:
    said: dict[str, Answer] = {EITHER[0].id: NO, SECURE[0].id: NO}
    world = World(endpoints=(*SECURE, *PLAIN, *EITHER), connect=lambda what: said.get(what.id, OPEN))
    diagnosis = world.judged()
    assert verdicts(diagnosis)[SECURE[0].id] == "fail"
    assert verdicts(diagnosis)[EITHER[0].id] == "warn"
    assert diagnosis.verdict == "incompatible"


def test_a_portal_does_not_satisfy_a_group() -> None:
    page = answer(511, "<h1>Sign in</h1>")
    world = World(
        endpoints=(*SECURE, *EITHER),
        connect=only(EITHER[0], NO, OPEN),
        inside=lambda what: page if what is EITHER[1] else alive(what),
    )
    diagnosis = world.judged()
    assert diagnosis.verdict == "incompatible"
    assert "pass" not in {verdicts(diagnosis)[e.id] for e in EITHER}


def test_an_endpoint_that_was_not_measured_is_skipped_and_never_a_pass() -> None:
    diagnosis = World(connect=only(SECURE[0], None, OPEN)).judged()
    assert verdicts(diagnosis)[SECURE[0].id] == "skipped"
    assert reasons(diagnosis)[SECURE[0].id].startswith("not measured: ")
    assert diagnosis.verdict == "inconclusive"


def test_an_optional_endpoint_that_was_not_measured_decides_nothing() -> None:
    spare = endpoint("www.lost.example", tier="optional")
    diagnosis = World(endpoints=(*ALL, spare), connect=only(spare, None, OPEN)).judged()
    assert verdicts(diagnosis)[spare.id] == "skipped"
    assert diagnosis.verdict == "compatible"


def test_nothing_measured_is_inconclusive() -> None:
    diagnosis = World(connect=lambda _: None).judged()
    assert diagnosis.verdict == "inconclusive"
    assert set(verdicts(diagnosis).values()) == {"skipped"}


@pytest.mark.parametrize(
    ("said", "due"), [(OPEN, "inconclusive"), (GONE, "inconclusive"), (NO, "incompatible")], ids=["open", "gone", "no"]
)
def test_an_interrupted_run_is_inconclusive_unless_it_found_a_blocker(said: Answer, due: str) -> None:
    world = World(connect=lambda what: None if what in PLAIN else said if what is SECURE[0] else OPEN, interrupted=True)
    assert world.judged().verdict == due


def test_a_tunnel_in_which_nothing_was_said_yet_is_not_dead() -> None:
    cut = World(inside=lambda what: None if what in SECURE[:2] else alive(what), interrupted=True).judged()
    assert cut.causes == ()
    assert {verdicts(cut)[e.id] for e in SECURE[:2]} == {"skipped"}
    assert cut.verdict == "inconclusive"


def test_a_tunnel_in_which_nothing_was_said_yet_is_not_one_of_those_that_died() -> None:
    cut = World(
        inside=lambda what: None if what is PLAIN[0] else "reset" if what.speaks == "http" else alive(what),
        interrupted=True,
    ).judged()
    assert PLAIN[0].id not in causes(cut)["tunnel.tls-only"][2]
    assert verdicts(cut)[PLAIN[0].id] == "skipped"


def test_an_interruption_before_anything_was_answered_accuses_nobody() -> None:
    diagnosis = World(connect=lambda _: None, interrupted=True, reach=()).judged()
    assert (diagnosis.verdict, diagnosis.causes) == ("inconclusive", ())


SAID: dict[str, Answer | None] = {"pass": OPEN, "no": NO, "gone": GONE, "skipped": None}


@pytest.mark.parametrize(("required", "optional"), [*itertools.product(SAID, SAID)])
@pytest.mark.parametrize("interrupted", [False, True])
def test_the_table_of_verdicts(required: str, optional: str, interrupted: bool) -> None:
    needed, spare = endpoint("www.lost.example"), endpoint("www.spare.example", tier="optional")
    said = {needed.id: SAID[required], spare.id: SAID[optional]}
    needs = (*SECURE, *PLAIN, needed, spare)
    world = World(endpoints=needs, connect=lambda what: said.get(what.id, OPEN), interrupted=interrupted)
    due = "compatible"
    if required == "no":
        due = "incompatible"
    elif interrupted or required == "skipped":
        due = "inconclusive"
    elif required == "gone" or optional in ("no", "gone"):
        due = "degraded"
    assert world.judged().verdict == due


def measured(*endpoints: Endpoint) -> World:
    return World(endpoints=endpoints)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_any_number_of_endpoints_can_be_judged(count: int) -> None:
    diagnosis = measured(*SECURE[:count]).judged()
    assert diagnosis.verdict == ("compatible" if count else "inconclusive")
