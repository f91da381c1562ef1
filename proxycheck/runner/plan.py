"""What a run is asked to do."""

from dataclasses import dataclass, field
from pathlib import Path

from proxycheck.model.device import Device, Endpoint
from proxycheck.model.target import Credentials, ProxyAddress


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run, complete. Without a `proxy` the hosts are reached straight. `timeout_s` is the deadline of each stage in
    seconds; `controls` permits comparisons that do not go through the proxy; `options` are what the report says of the
    command line (never a secret)."""

    device: Device
    endpoints: tuple[Endpoint, ...]
    proxy: ProxyAddress | None
    credentials: Credentials | None = None
    roots: Path | None = None
    timeout_s: float = 10.0
    concurrency: int = 32
    user_agent: str | None = None
    controls: bool = True
    options: dict[str, str | int | float | bool | list[str] | None] = field(default_factory=dict)
