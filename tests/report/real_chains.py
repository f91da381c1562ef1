"""A report with certificates as large as those of the public Internet: three for each host, of which the upper two are
shared by many. Leaves of public authorities have 1.2 to 2 kB, those of interceptors about 1 kB."""

import base64
import random
from functools import cache
from typing import Any

import msgspec

from proxycheck.model.report import Report

_BEGIN = "-----BEGIN CERTIFICATE-----\n"
_AUTHORITIES = 8
_AUTHORITY_BYTES = 1300


def with_real_chains(report: Report, leaf_bytes: int) -> Report:
    """The same report; what the certificates say is noise, so nothing of it can be judged again."""
    return msgspec.convert(_walk(msgspec.to_builtins(report), leaf_bytes), Report)


def _walk(value: Any, leaf_bytes: int) -> Any:
    if isinstance(value, dict):
        return {key: _walk(each, leaf_bytes) for key, each in value.items()}
    if isinstance(value, list | tuple):
        if value and all(isinstance(each, str) and each.startswith(_BEGIN) for each in value):
            return _chain(value[0], leaf_bytes)
        return [_walk(each, leaf_bytes) for each in value]
    return value


def _chain(leaf: str, leaf_bytes: int) -> list[str]:
    number = random.Random(leaf).randrange(_AUTHORITIES)
    upper = (_pem(f"authority {number} {kind}", _AUTHORITY_BYTES) for kind in ("issuing", "root"))
    return [_pem(leaf, leaf_bytes), *upper]


@cache
def _pem(seed: str, size: int) -> str:
    body = base64.b64encode(random.Random(seed).randbytes(size)).decode("ascii")
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"{_BEGIN}{lines}\n-----END CERTIFICATE-----\n"
