"""What the exporter says of itself at /metrics: how many runs, how long, what waits, and whether its file was read."""

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest

import proxycheck
from proxycheck.web.exporter.result import Ending, State

if TYPE_CHECKING:
    from proxycheck.web.exporter.prober import Prober

_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300)


class OwnMetrics:
    """The metrics of one exporter, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._runs = Counter(
            "proxycheck_exporter_runs", "Runs that ended, by how.", ["outcome"], registry=self._registry
        )
        self._seconds = Histogram(
            "proxycheck_exporter_run_duration_seconds",
            "How long runs took, from the start of their process.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._scrapes = Counter(
            "proxycheck_exporter_scrapes", "Scrapes, by the state of their answer.", ["state"], registry=self._registry
        )
        self._abandoned = Counter(
            "proxycheck_exporter_scrapes_abandoned",
            "Scrapes whose scraper left before its answer; their runs go on.",
            registry=self._registry,
        )
        self._reload_good = self._gauge("config_last_reload_successful", "1 when the file was read the last time.")
        self._reload_time = self._gauge(
            "config_last_reload_success_timestamp_seconds", "When the file that holds was read."
        )
        build = Gauge("proxycheck_exporter_build_info", "The program.", ["version"], registry=self._registry)
        build.labels(proxycheck.__version__).set(1)

    def watch(self, prober: "Prober") -> None:
        """Shows what `prober` has under way and keeps."""
        for name, text, value in (
            ("runs_active", "Runs under way.", lambda: prober.running),
            ("runs_waiting", "Runs that wait for others.", lambda: prober.waiting),
            ("runs_limit", "Runs that may be under way at once.", lambda: prober.configuration.runs),
            ("targets_held", "Targets that are not tested because they refused the credentials.", lambda: prober.held),
            ("results_kept", "Targets whose last result is kept.", lambda: prober.results),
        ):
            self._gauge(name, text).set_function(value)

    def run_ended(self, outcome: Ending, seconds: float) -> None:
        """Counts a run."""
        self._runs.labels(outcome).inc()
        self._seconds.observe(seconds)

    def scraped(self, state: State) -> None:
        """Counts a scrape."""
        self._scrapes.labels(state).inc()

    def abandoned(self) -> None:
        """Counts a scraper that left."""
        self._abandoned.inc()

    def reloaded(self, *, good: bool) -> None:
        """Says whether the file was read."""
        self._reload_good.set(good)
        if good:
            self._reload_time.set(time.time())

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"proxycheck_exporter_{name}", text, registry=self._registry)
