"""Reports of runs behind real software, kept to be reproduced anywhere and at any time.

`PROXYCHECK_RECORD=1 python -m pytest -n 0 tests/real/test_reproduction.py` records them anew."""

import lzma
from pathlib import Path

from msgspec import structs

from proxycheck.model.report import Report, Tool
from proxycheck.report.json import decode, encode

FOLDER = Path(__file__).resolve().parents[1] / "recordings" / "engines"
SAMPLE = (
    *("*.pb.com:*", "*.pitneybowes.com:443", "s3.amazonaws.com:443", "csd-error-logs.s3.amazonaws.com:443"),
    *("connectivitycheck.gstatic.com:80", "microsoft.com:80", "mobile-gtalk.l.google.com:5228", "*:5938"),
)
"""Hosts of several owners, on every port and of every kind: a whole device would make large files."""
RECORDED = (
    "squid-open",
    "squid-stock-rules",
    "squid-denies-a-domain",
    "squid-stock-rules-and-a-denied-domain",
    "squid-redirects-a-domain",
    "squid-resets-a-domain",
    "squid-denies-all",
    "squid-denies-connect",
    "squid-basic-right-1",
    "squid-basic-wrong",
    "squid-basic-behind-stock-rules",
    "squid-digest-right",
    "squid-dns-knows-nothing",
    "squid-bumps-a-domain",
    "squid-bumps-a-domain-behind-stock-rules",
    "squid-splices-without-dns",
    "squid-splices-and-denies-a-domain",
    "squid-terminates-one-host",
    "tinyproxy-filters-a-domain",
    "tinyproxy-only-443-forwarding-device",
    "ageing-behind-squid",
    "tls-listener",
    "dante",
    "squid-intercepting",
    "nothing-listens",
)
"""Names of the set-ups whose reports are kept."""
_TOOL = Tool("proxycheck", "recorded", "", "")


def path_of(name: str) -> Path:
    """The file of a set-up."""
    return FOLDER / f"{name}.json.xz"


def load(name: str) -> Report:
    """The report recorded of a set-up."""
    return decode(lzma.decompress(path_of(name).read_bytes()))


def save(name: str, report: Report) -> None:
    """Keeps a report, without what tells of the machine it was made on."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = structs.replace(report, tool=_TOOL, run=structs.replace(report.run, options={}))
    path_of(name).write_bytes(lzma.compress(encode(kept), preset=9))
