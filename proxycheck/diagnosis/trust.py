"""Whom the diagnosis believes: handed to it, never looked up by it. Two of them are never taken for the same."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from proxycheck.model.trust import CtLog
from proxycheck.wire.certificates.verification import RootStore


class Trust(Struct, frozen=True, kw_only=True, eq=False):
    """`public` are the roots that make a certificate public; `device` is the device's own list, None where nobody
    knows it; `logs` the transparency logs by id. `custom` says that `public` was given by a person (`--roots`) in
    place of the public lists, and that `device` holds them as well; `custom_logs` the same of `logs` (`--ct-log-list`).
    `listed` are the public lists, whatever was given in their place; `at` is the moment of the run."""

    public: RootStore
    device: RootStore | None
    logs: Mapping[bytes, CtLog]
    custom: bool
    custom_logs: bool
    listed: RootStore
    at: datetime
