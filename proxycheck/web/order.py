"""What a run in a process of its own is asked to do."""

from typing import Literal

from msgspec import Struct

from proxycheck.model.questions import Phase
from proxycheck.model.target import Credentials, ProxyAddress


class Order(Struct, frozen=True, kw_only=True):
    """One run of `check`, complete, as it is handed to the process: over standard input, because of the password.

    `device` is a name or the path of a device file, `roots` and `ct_log_list` are paths. `timeout_s` is the deadline of
    each stage, `limit_s` that of the whole run: it is then interrupted, and tells what it found so far. `pac` is the
    URL of a PAC file, or with `pac_content` the name of one that is here: it is looked at first, and names the proxy
    where there is none. With `progress` the process writes a `Step` a line, then an empty line, and only then the
    report."""

    device: str
    proxy: ProxyAddress | None
    tier: str = "optional"
    only: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    credentials: Credentials | None = None
    roots: str | None = None
    ct_log_list: str | None = None
    timeout_s: float = 10.0
    concurrency: int = 32
    user_agent: str | None = None
    network: bool = True
    compare_direct: bool = True
    limit_s: float = 120.0
    progress: bool = False
    pac: str | None = None
    pac_content: bytes | None = None


class ProgressEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of progress: a phase of `total` steps begins, the step `what` (a `host:port`) ended, the PAC file named
    the `proxy` that is tested, or the `blocker` (its title) is certain."""

    phase: Phase | None = None
    total: int = 0
    what: str = ""
    outcome: Literal["", "ok", "unclear", "failed"] = ""
    proxy: str = ""
    blocker: str = ""
