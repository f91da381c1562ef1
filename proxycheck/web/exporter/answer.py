"""What a scrape gets: the metrics of the last run, and what the exporter has to say of that run. Pure."""

from collections.abc import Iterator
from typing import get_args

from proxycheck.report.monitoring.exposition import Family, Sample, gauge, write_exposition
from proxycheck.web.exporter.history import History
from proxycheck.web.exporter.result import KeptResult, State

_STATE = (
    "Which result this is: new; recent, told again; or an older one: while a run is under way (running) or waits for "
    "others (waiting), because credentials were refused and are not sent again (held), because the last run left no "
    "result (failed) or was turned away (refused)."
)


def scrape_text(answer: KeptResult) -> str:
    """The body of the answer to one scrape.

    Where there is no result yet, it has no verdict: a rule on the verdict is silent then."""
    own = [
        gauge("proxycheck_probe_cached", "1 when this is the result of an earlier scrape.", answer.state != "new"),
        Family("proxycheck_probe_state", _STATE, tuple(_states(answer.state))),
    ]
    if answer.kept is None:
        return write_exposition([gauge("probe_success", "1 when the device will work.", 0), *own])
    return answer.kept.metrics + write_exposition([*own, *_history(answer.kept.history)])


def _states(state: State) -> Iterator[Sample]:
    return (Sample(state == each, (("state", each),)) for each in get_args(State))


def _history(history: History) -> Iterator[Family]:
    since = "Since when the verdict is what it is, as far as this exporter has seen."
    yield gauge("proxycheck_verdict_since_timestamp_seconds", since, history.since)
    changes = sorted(history.changed.items())
    samples = (Sample(at, (("change", change), ("cause", cause))) for (change, cause), at in changes)
    text = "When a cause was last seen to come (worse) or to go (better) between two runs."
    yield Family("proxycheck_changed_timestamp_seconds", text, tuple(samples))
