"""What a run is asked to do."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from proxycheck.model.canary import CanaryAddress
from proxycheck.model.device import Device, Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.report import Command
from proxycheck.model.target import Credentials, Probes, ProxyAddress
from proxycheck.net.stream import Dialler, dial


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run, complete. Without a `proxy` the hosts are reached straight. `timeout_s` is the deadline of each stage in
    seconds, which `patient` keeps whatever the run learns; `controls` permits comparisons that do not go through the
    proxy, `probes` refused logins, `network` questions about the network itself; `canary` is asked as well, with a
    tunnel that stays quiet for `idle_s` seconds; `grows` permits up to twice as many tunnels at a time as `concurrency`
    to a proxy that takes them easily; `prior` is what was found before the run; `command` says which question the run
    is to answer, and `options` are what the report says of the command line (never a secret); `shows` are modules that
    whoever asks needs to show the report: they are loaded while answers are under way. `dialler` is the network that
    leads to the proxy, or to the hosts in a run without one; `clock` its seconds."""

    device: Device
    endpoints: tuple[Endpoint, ...]
    proxy: ProxyAddress | None
    credentials: Credentials | None = None
    roots: Path | None = None
    ct_log_list: Path | None = None
    timeout_s: float = 10.0
    patient: bool = False
    concurrency: int = 32
    grows: bool = False
    user_agent: str | None = None
    controls: bool = True
    probes: Probes = field(default_factory=Probes)
    canary: CanaryAddress | None = None
    idle_s: float = 0.0
    network: bool = False
    prior: tuple[Evidence, ...] = ()
    command: Command = "check"
    shows: tuple[str, ...] = ()
    dialler: Dialler = dial
    clock: Callable[[], float] = time.monotonic
    options: dict[str, str | int | float | bool | list[str] | None] = field(default_factory=dict)
