"""The lines that a report tells to enter are entered into the real engine, and the check then passes."""

import contextlib
from collections import Counter

import pytest

from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.diagnosis.templates import configuration
from proxycheck.model.report import Report
from tests.real.checkrun import check
from tests.real.engines import Software, running
from tests.real.namespaces import CUSTOMER_RESOLVER
from tests.real.remedies import Repair
from tests.real.remedies.anywhere import REPAIRS as ANYWHERE
from tests.real.remedies.apache import REPAIRS as APACHE
from tests.real.remedies.e2guardian import REPAIRS as E2GUARDIAN
from tests.real.remedies.others import REPAIRS as OTHERS
from tests.real.remedies.squid import REPAIRS as SQUID
from tests.real.remedies.tinyproxy import REPAIRS as TINYPROXY
from tests.real.scenarios import Login, Scenario
from tests.real.test_canary import canary
from tests.real.world import World

pytestmark = pytest.mark.real

REPAIRS = (*SQUID, *TINYPROXY, *APACHE, *OTHERS, *E2GUARDIAN, *ANYWHERE)
KNOWLEDGE = load_knowledge()
PRODUCTS = {product.name: product for product in KNOWLEDGE.products}


NOT_MADE = {
    ("DansGuardian / e2guardian", "auth.connection-closed", 0): "e2guardian 5.3.5 keeps the connection of its 407",
    ("DansGuardian / e2guardian", "connect.host-denied", 0): "e2guardian 5.3.5 redirects; DansGuardian cannot be had",
}
"""Remedies for software that is here, and why none of its set-ups shows their cause."""


def test_every_remedy_for_software_that_can_be_had_is_made_or_says_why_not() -> None:
    made = {(repair.product, repair.cause, repair.number) for repair in REPAIRS}
    known: dict[tuple[str, str, int], str | None] = {}
    for name in {product for product, *_ in made} & PRODUCTS.keys():
        counts: Counter[str] = Counter()
        for remedy in PRODUCTS[name].remedies:
            known[name, remedy.cause, counts[remedy.cause]] = remedy.proved
            counts[remedy.cause] += 1
    for text in KNOWLEDGE.causes.values():
        known |= {(advice.product, text.code, 0): advice.proved for advice in text.remedies if advice.product}
    assert made | NOT_MADE.keys() == known.keys()
    assert {key for key, proved in known.items() if proved} == made


def test_no_other_remedy_claims_to_be_proved() -> None:
    made = {repair.product for repair in REPAIRS}
    others = [product for product in PRODUCTS.values() if product.name not in made]
    assert not [remedy for product in others for remedy in product.remedies if remedy.proved]


@pytest.mark.parametrize("repair", REPAIRS, ids=lambda repair: repair.name)
def test_the_lines_to_enter_are_right(real_world: World, repair: Repair) -> None:
    before = _report(real_world, repair, repair.broken, repair.login, repair.behind)
    assert repair.cause in [cause.code for cause in before.causes]
    lines = _told(before, repair) if repair.shown else _filled(before, repair)
    behind = repair.behind_after or repair.behind
    after = _report(real_world, repair, repair.repaired(lines or ""), repair.login_after, behind)
    assert (after.verdict, after.causes) == ("compatible", ())


def _told(report: Report, repair: Repair) -> str | None:
    """The configuration that the report tells, ready to paste."""
    cause = next(cause for cause in report.causes if cause.code == repair.cause)
    remedies = [remedy for remedy in cause.remedies if remedy.product == repair.product]
    number = _place(repair)
    assert len(remedies) > number, [(remedy.product, remedy.text) for remedy in cause.remedies]
    return remedies[number].config


def _place(repair: Repair) -> int:
    """Where the remedy stands among those that are told in its case of the cause."""
    product = PRODUCTS.get(repair.product)
    known = [remedy.told_as for remedy in product.remedies if remedy.cause == repair.cause] if product else []
    return known[: repair.number].count(known[repair.number]) if known else repair.number


def _filled(report: Report, repair: Repair) -> str:
    """The configuration of the product's file, for the endpoints that the report names."""
    cause = next(cause for cause in report.causes if cause.code == repair.cause)
    assert cause.product is None or cause.product.name != repair.product, "the report tells this remedy"
    remedies = [each for each in PRODUCTS[repair.product].remedies if each.cause == repair.cause]
    endpoints = [each.rpartition(":") for each in cause.endpoints]
    hosts = list(dict.fromkeys(host for host, _, _ in endpoints))
    return configuration(remedies[repair.number].config or "", sorted({int(port) for *_, port in endpoints}), hosts, {})


def _report(world: World, repair: Repair, software: Software, login: Login | None, behind: Software | None) -> Report:
    world.network.client.use_resolver(CUSTOMER_RESOLVER)
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(canary(world)) if repair.canary else None
        if behind is not None:
            stack.enter_context(running(world, behind))
        engine = stack.enter_context(running(world, software))
        asked = ("--no-compare-direct", *repair.arguments, *(("--canary", address) if address else ()))
        scenario = Scenario(repair.name, software, "compatible", device=repair.device, arguments=asked, login=login)
        outcome = check(world, scenario)
        print(outcome.terminal, engine.logs())  # noqa: T201  shown where the test fails
    return outcome.report
