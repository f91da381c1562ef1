"""A log of the observer is judged: nothing is measured, and nobody is contacted."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from proxycheck.model.device import Device
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.observed import ObservedConnection
from proxycheck.model.observed_report import ObservedReport
from proxycheck.observed.judgement import judge_observed
from proxycheck.runner.plan import Plan
from proxycheck.runner.trust import trust_for


def judge_log(
    device: Device, connections: Sequence[ObservedConnection], knowledge: Knowledge, roots: Path | None = None
) -> ObservedReport:
    """What the device did. Certificates are judged at the time of the last connection, by the public roots or, in a
    lab, by those in the file `roots`.

    Raises ConfigurationError where the lists of roots or logs cannot be read."""
    moments = [datetime.fromisoformat(each.started_at).astimezone(UTC) for each in connections]
    plan = Plan(device=device, endpoints=(), proxy=None, roots=roots)
    return judge_observed(device, connections, knowledge, trust_for(plan, max(moments, default=datetime.now(UTC))))
