"""The steps of one endpoint, read off its evidence in the order in which a device takes them."""

from proxycheck.diagnosis.observation import Observation
from proxycheck.diagnosis.rules.interception import Judgement
from proxycheck.model.evidence import Evidence
from proxycheck.model.report import STAGES, Stage, StageName, StageOutcome


def stages(observation: Observation, judgement: Judgement | None) -> tuple[Stage, ...]:
    """Each step that was taken, or that an earlier failure prevented."""
    records: dict[StageName, Evidence | None] = {"proxy_tcp": observation.tcp, "http": None}
    reached = observation.reached
    if reached is not None:
        records["host_dns" if reached.operation == "host_dns" else "host_tcp"] = reached
    for connect in observation.connects:
        records["auth" if connect.operation == "auth" else "connect"] = connect
    payload = observation.payload
    if payload is not None and payload.operation in ("tls", "http", "tunnel"):
        records[payload.operation] = payload
    if observation.decides == "forward":
        records["http"] = observation.forward
    found = [_stage(name, record) for name in STAGES if (record := records.get(name)) is not None]
    if payload is not None and payload.operation != "tunnel":
        answered = bool(payload.received) or payload.failure is None
        tunnel = Stage(
            "tunnel", "ok" if answered else "failed", None if answered else _name(payload), None, payload.started_s
        )
        found.append(tunnel)
    if judgement is not None:
        good = judgement.verdict == "passthrough" and judgement.cause is None
        found.append(Stage("identity", "ok" if good else "failed", None if good else judgement.row, None, None))
    return tuple(sorted(found, key=lambda stage: STAGES.index(stage.stage)))


def _name(record: Evidence) -> str | None:
    return record.failure.name if record.failure is not None else None


def _stage(name: StageName, record: Evidence) -> Stage:
    # A 407 is how authentication begins: the step that then fails or not is `auth`.
    asked = name == "connect" and record.failure is not None and record.received[9:12] == "407"
    outcome: StageOutcome = "ok" if record.failure is None or asked else "failed"
    return Stage(name, outcome, None if asked else _name(record), record.duration_s, record.started_s)
