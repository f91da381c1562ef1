"""A report with certificates as large as those of the public Internet: three for each host, of which the upper two are
shared by many. Leaves of public authorities have 1.2 to 2 kB, those of interceptors mostly about 1 kB."""

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
    """The same report with a leaf of its own for each endpoint, and with one chain more, as a control would have it.
    What the certificates say is noise, so nothing of it can be judged again."""
    plain = msgspec.to_builtins(report)
    for endpoint in plain["endpoints"]:
        _replace(endpoint["tls"], endpoint["id"], leaf_bytes)
    for record in plain["evidence"]:
        _replace(record["tls"], record["endpoint"], leaf_bytes)
    shown = next((record for record in plain["evidence"] if record["tls"] and record["tls"]["chain"]), None)
    if shown is not None:
        tls = shown["tls"] | {"chain": _chain("one more", leaf_bytes)}
        plain["evidence"] += ({**shown, "id": "one-more", "tls": tls},)
    return msgspec.convert(plain, Report)


def _replace(tls: dict[str, Any] | None, endpoint: str | None, leaf_bytes: int) -> None:
    if tls and tls["chain"]:
        tls["chain"] = _chain(f"{endpoint} {tls['chain'][0]}", leaf_bytes)


def _chain(leaf: str, leaf_bytes: int) -> list[str]:
    number = random.Random(leaf).randrange(_AUTHORITIES)
    upper = (_pem(f"authority {number} {kind}", _AUTHORITY_BYTES) for kind in ("issuing", "root"))
    return [_pem(leaf, leaf_bytes), *upper]


@cache
def _pem(seed: str, size: int) -> str:
    body = base64.b64encode(random.Random(seed).randbytes(size)).decode("ascii")
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"{_BEGIN}{lines}\n-----END CERTIFICATE-----\n"
