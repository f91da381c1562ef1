"""What the real suite needs of a machine, and why it cannot run here."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.real.programs import CERTIFICATE_GENERATOR

_PROGRAMS = (
    *("ip", "nft", "dnsmasq", "openssl"),
    *("squid", "tinyproxy", "apache2", "traffic_server", "privoxy", "haproxy", "nginx", "e2guardian", "sshd"),
    "caddy",
    *("tor", "microsocks", "danted", "stunnel4", "msmtpd", "gnutls-serv"),
)


def enforced() -> bool:
    """Whether a missing engine is a failure: as PROXYCHECK_REQUIRE_ENGINES says, else in continuous integration."""
    wish = os.environ.get("PROXYCHECK_REQUIRE_ENGINES") or os.environ.get("CI", "")
    return wish.lower() in ("1", "true", "yes")


def missing(programs: Sequence[str] = _PROGRAMS) -> str | None:
    """Why what needs these programs cannot run on this machine; None when it can."""
    reason: str | None = "network namespaces are a feature of Linux"
    if sys.platform == "linux":
        reason = _absent(programs) if os.geteuid() == 0 else "only root can make network namespaces"
    return reason


def _absent(programs: Sequence[str]) -> str | None:
    absent = [program for program in programs if shutil.which(program) is None]
    if absent:
        return f"not installed: {', '.join(absent)}"
    if programs is _PROGRAMS and not Path(CERTIFICATE_GENERATOR).exists():
        return "Squid is installed without TLS inspection (Debian: the package squid-openssl)"
    return _namespaces_refused()


def _namespaces_refused() -> str | None:
    name = f"pctest-{os.getpid()}-probe"
    result = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        return f"the kernel refuses network namespaces: {result.stderr.strip()}"
    subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
    return None
