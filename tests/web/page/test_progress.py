"""The tiles while a run goes on: grey, then one of the four answers of the report."""

import pytest

from proxycheck.model.device import Device, DeviceFunction, Endpoint
from proxycheck.web.order import ProgressEvent
from proxycheck.web.page.progress import Progress

ENDPOINTS = (
    Endpoint(host="a.example", port=443, function="Refills"),
    Endpoint(host="b.example", port=443, function="Refills"),
    Endpoint(host="c.example", port=443, function="Updates", any_of="updates"),
    Endpoint(host="d.example", port=443, function="Updates", any_of="updates"),
)
DEVICE = Device(
    name="made-up",
    title="Made up",
    document="none",
    endpoints=ENDPOINTS,
    functions=(DeviceFunction(name="Refills", section="all", plain="Postage refills"),),
)


@pytest.mark.parametrize(
    ("outcomes", "refills", "updates"),
    [
        ("", "waiting 0 of 2", "waiting 0 of 1"),
        ("a:ok c:failed", "waiting 1 of 2", "waiting 0 of 1"),
        ("a:ok b:ok c:failed d:ok", "works 2 of 2", "works 1 of 1"),
        ("a:ok b:failed c:ok", "partly 1 of 2", "works 1 of 1"),
        ("a:failed b:failed c:failed d:failed", "lost 0 of 2", "lost 0 of 1"),
        ("a:ok b:unclear c:failed d:unclear", "unknown 1 of 2", "unknown 0 of 1"),
        ("a:unclear b:failed c:unclear", "lost 0 of 2", "waiting 0 of 1"),
        ("a:failed a:ok b:ok", "works 2 of 2", "waiting 0 of 1"),
    ],
)
def test_a_tile_has_the_answer_of_the_hosts_behind_it(outcomes: str, refills: str, updates: str) -> None:
    progress = Progress(DEVICE, ENDPOINTS)
    for word in outcomes.split():
        letter, _, outcome = word.partition(":")
        progress.step(ProgressEvent(what=f"{letter}.example:443", outcome=outcome))  # type: ignore[arg-type]  # one of them
    tiles = progress.state().tiles
    assert [tile.name for tile in tiles] == ["Postage refills", "Updates"]
    assert [f"{tile.answer} {tile.count}" for tile in tiles] == [refills, updates]


def test_a_host_that_the_device_does_not_need_changes_nothing() -> None:
    progress = Progress(DEVICE, ENDPOINTS)
    progress.step(ProgressEvent(what="control.invalid:443", outcome="failed"))
    assert progress.state().failure == ""
