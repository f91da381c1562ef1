"""One run a target, a bounded number in all, the last result kept, and a refused password sent once."""

import asyncio
import zlib
from pathlib import Path

import msgspec
import pytest

from proxycheck.model.report import CredentialsAnswer
from proxycheck.web.exporter.configuration import read_configuration
from proxycheck.web.exporter.result import KeptResult, State
from proxycheck.web.process import RunFailedError
from tests.report import factory
from tests.web.exporter.scraping import PLAIN, Scene, address, answered, scene, settled, written

TARGETS = ("one.example:3128", "two.example:3128", "three.example:3128", "four.example:3128")


def test_a_scrape_is_a_run(tmp_path: Path) -> None:
    async def play() -> KeptResult:
        return await scene_.scrape()

    scene_ = scene(tmp_path)
    answer = asyncio.run(play())
    assert (answer.state, answer.reason) == ("new", "")
    assert answer.kept is not None
    assert "probe_success 1" in answer.kept.metrics
    (order,) = scene_.runs.orders
    assert order.proxy is not None
    assert (order.device, order.proxy.url, order.network) == ("sendpro-c", "http://one.example:3128", False)


def test_scrapes_of_one_target_share_a_run(tmp_path: Path) -> None:
    async def play() -> list[KeptResult]:
        scene_.runs.gate.clear()
        scrapes = [asyncio.create_task(scene_.scrape()) for _ in range(5)]
        await settled()
        assert (scene_.prober.running, scene_.prober.waiting) == (1, 0)
        scene_.runs.gate.set()
        return list(await asyncio.gather(*scrapes))

    scene_ = scene(tmp_path)
    assert {answer.state for answer in asyncio.run(play())} == {"new"}
    assert len(scene_.runs.orders) == 1


def test_a_young_result_is_told_again_and_an_old_one_is_not(tmp_path: Path) -> None:
    async def play() -> list[State]:
        states = [(await scene_.scrape()).state]
        for seconds in (59.0, 2.0):
            scene_.pass_time(seconds)
            states.append((await scene_.scrape()).state)
        return states

    scene_ = scene(tmp_path)
    assert asyncio.run(play()) == ["new", "recent", "new"]
    assert len(scene_.runs.orders) == 2


def test_a_scraper_in_a_hurry_gets_the_last_result_and_the_next_one_the_new(tmp_path: Path) -> None:
    async def play() -> None:
        scene_.runs.gate.clear()
        first = await scene_.scrape(wait_s=0)
        assert (first.state, first.kept) == ("running", None)
        scene_.runs.gate.set()
        await settled()
        assert (await scene_.scrape()).state == "recent"
        scene_.pass_time(100)
        scene_.runs.gate.clear()
        later = await scene_.scrape(wait_s=0)
        assert later.state == "running"
        assert later.kept is not None
        await scene_.prober.close()

    scene_ = scene(tmp_path)
    asyncio.run(play())
    assert scene_.runs.ended == 2


def test_no_more_runs_than_allowed_and_the_rest_is_told(tmp_path: Path) -> None:
    async def play() -> list[State]:
        scene_.runs.gate.clear()
        states = [(await scene_.scrape(f"p{number}.example:1", wait_s=0)).state for number in range(4)]
        await settled()
        states = [(await scene_.scrape(f"p{number}.example:1", wait_s=0)).state for number in range(4)]
        assert (scene_.prober.running, scene_.prober.waiting, len(scene_.runs.orders)) == (2, 1, 2)
        await scene_.prober.close()
        return states

    scene_ = scene(tmp_path, PLAIN + "[exporter]\nruns = 2\nqueue = 1\n")
    assert asyncio.run(play()) == ["running", "running", "waiting", "refused"]


def test_a_run_without_a_result_is_told_beside_the_last_one(tmp_path: Path) -> None:
    async def play() -> KeptResult:
        await scene_.scrape()
        scene_.pass_time(100)
        scene_.runs.failure = RunFailedError("it hung")
        return await scene_.scrape()

    scene_ = scene(tmp_path)
    answer = asyncio.run(play())
    assert (answer.state, answer.reason) == ("failed", "it hung")
    assert answer.kept is not None
    assert b'runs_total{outcome="failed"} 1' in scene_.metrics.text()


async def _hundred_scrapes(scene_: Scene, target: str) -> set[State]:
    states: set[State] = set()
    for _ in range(100):
        states.add((await scene_.scrape(target, "secret")).state)
        scene_.pass_time(100)
    return states


def test_a_refused_password_is_sent_once_in_a_hundred_scrapes(tmp_path: Path) -> None:
    async def play() -> None:
        scene_.runs.report = answered("refused", factory.port_denied())
        assert await _hundred_scrapes(scene_, "one.example:3128") == {"new", "held"}
        assert len(scene_.runs.orders) == 1
        assert scene_.prober.held == 1
        (tmp_path / "password").write_text("another\n")
        await _hundred_scrapes(scene_, "one.example:3128")
        assert [order.credentials.password for order in scene_.runs.orders if order.credentials] == ["right", "another"]
        (tmp_path / "password").write_text("right\n")
        assert (await scene_.scrape("one.example:3128", "secret")).state == "held"

    scene_ = scene(tmp_path)
    asyncio.run(play())


def test_one_password_is_refused_by_two_targets_at_most(tmp_path: Path) -> None:
    """Forty proxies that ask one directory must not lock the account, not even when all are scraped at once."""

    async def play() -> None:
        scene_.runs.report = answered("refused", factory.port_denied())
        for _ in range(3):
            await asyncio.gather(*(scene_.scrape(target, "secret") for target in TARGETS))
            scene_.pass_time(100)

    scene_ = scene(tmp_path)
    asyncio.run(play())
    assert len(scene_.runs.orders) == 2


def test_others_go_on_where_one_target_refuses(tmp_path: Path) -> None:
    async def play() -> None:
        scene_.runs.report = answered("refused", factory.port_denied())
        await scene_.scrape(TARGETS[0], "secret")
        scene_.runs.report = answered("accepted")
        for _ in range(3):
            states = {(await scene_.scrape(target, "secret")).state for target in TARGETS[1:]}
            assert states == {"new"}
            scene_.pass_time(100)
        assert (await scene_.scrape(TARGETS[0], "secret")).state == "held"

    scene_ = scene(tmp_path)
    asyncio.run(play())
    assert len(scene_.runs.orders) == 10


@pytest.mark.parametrize("answer", ["undecided", None])
def test_what_may_be_a_refusal_rests_for_an_hour(tmp_path: Path, answer: CredentialsAnswer | None) -> None:
    async def play() -> None:
        scene_.runs.report = answered(answer)
        assert await _hundred_scrapes(scene_, TARGETS[0]) == {"new", "held"}

    scene_ = scene(tmp_path)
    asyncio.run(play())
    assert len(scene_.runs.orders) == 3, "10000 seconds"


def test_a_proxy_that_took_the_password_before_may_fail_for_other_reasons(tmp_path: Path) -> None:
    async def play() -> None:
        scene_.runs.report = answered("accepted")
        await scene_.scrape(TARGETS[0], "secret")
        scene_.pass_time(100)
        scene_.runs.report = answered("undecided", factory.port_denied())
        assert await _hundred_scrapes(scene_, TARGETS[0]) == {"new"}
        scene_.runs.failure = RunFailedError("it hung")
        assert await _hundred_scrapes(scene_, TARGETS[0]) == {"failed"}

    scene_ = scene(tmp_path)
    asyncio.run(play())
    assert len(scene_.runs.orders) == 201


def test_a_password_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    async def play() -> KeptResult:
        (tmp_path / "password").unlink()
        return await scene_.scrape(TARGETS[0], "secret")

    scene_ = scene(tmp_path)
    answer = asyncio.run(play())
    assert answer.state == "failed"
    assert "cannot be read" in answer.reason
    assert scene_.runs.orders == []


def test_a_change_of_the_file_ends_what_it_no_longer_names(tmp_path: Path) -> None:
    async def play() -> None:
        await scene_.scrape("kept.example:1")
        scene_.runs.gate.clear()
        await scene_.scrape("one.example:3128", "secret", wait_s=0)
        await settled()
        assert scene_.prober.running == 1
        await scene_.prober.reconfigure(read_configuration(written(tmp_path, PLAIN)))
        assert (scene_.prober.running, scene_.runs.ended) == (0, 2)
        assert scene_.prober.last("plain", address("kept.example:1")) is not None
        assert scene_.prober.last("secret", address("one.example:3128")) is None

    scene_ = scene(tmp_path)
    asyncio.run(play())


def test_results_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxycheck.web.exporter.prober.MOST_RESULTS", 3)

    async def play() -> None:
        for number in range(20):
            await scene_.scrape(f"p{number}.example:1")

    scene_ = scene(tmp_path, PLAIN + "[exporter]\nruns = 1\nqueue = 0\n")
    asyncio.run(play())
    assert scene_.prober.results == 4


def test_a_run_that_could_not_tell_does_not_hide_what_changed(tmp_path: Path) -> None:
    """Good, then cut short, then bad: what is compared is the bad one with the good one."""

    async def play() -> KeptResult:
        cut = factory.report("inconclusive", (), interrupted=True)
        for report in (factory.compatible(), cut, factory.inspected()):
            scene_.runs.report = report
            answer = await scene_.scrape()
            scene_.pass_time(100)
        return answer

    scene_ = scene(tmp_path)
    answer = asyncio.run(play())
    assert answer.kept is not None
    assert set(answer.kept.history.changed) == {("worse", "tls.inspected")}


def test_the_report_can_be_had_again(tmp_path: Path) -> None:
    async def play() -> None:
        await scene_.scrape()

    scene_ = scene(tmp_path)
    asyncio.run(play())
    kept = scene_.prober.last("plain", address("ONE.example:3128"))
    assert kept is not None
    assert msgspec.json.decode(zlib.decompress(kept.report))["verdict"] == "compatible"
