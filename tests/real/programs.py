"""How each engine is started: from its own folder, with a file `configuration` in it, on port 3128 of the proxy."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.real.namespaces import PROXY_ADDRESS
from tests.real.world import REPOSITORY

PORT = 3128

SQUID_SERVICE = f"pctest{os.getpid()}"
"""What names Squid's shared memory, so that it can be removed."""
CERTIFICATE_GENERATOR = "/usr/lib/squid/security_file_certgen"
"""Squid's helper that mints certificates; only a Squid built with OpenSSL has it."""


def _squid(folder: Path) -> list[str]:
    shutil.chown(folder, "proxy", "proxy")
    subprocess.run(
        [CERTIFICATE_GENERATOR, "-c", "-s", folder / "certificates", "-M", "4MB"],
        check=True,
        capture_output=True,
    )
    for path in (folder / "certificates").rglob("*"):
        shutil.chown(path, "proxy", "proxy")
    shutil.chown(folder / "certificates", "proxy", "proxy")
    return ["squid", "-N", "-d", "1", "-n", SQUID_SERVICE, "-f", str(folder / "configuration")]


def _tinyproxy(folder: Path) -> list[str]:
    shutil.chown(folder, "tinyproxy", "tinyproxy")
    return ["tinyproxy", "-d", "-c", str(folder / "configuration")]


def _apache(folder: Path) -> list[str]:
    return ["apache2", "-D", "FOREGROUND", "-f", str(folder / "configuration")]


_SYSTEM_FOLDERS = """
prefix: /
bindir: /usr/bin
sbindir: /usr/bin
includedir: /usr/include
libdir: /usr/lib/trafficserver
libexecdir: /usr/lib/trafficserver/modules
"""


def _traffic_server(folder: Path) -> list[str]:
    """Traffic Server wants folders of its own, and files in them that say what Debian's say: nothing."""
    shutil.copytree("/etc/trafficserver", folder / "etc")
    for file in folder.glob("*.*"):
        if file.suffix in (".config", ".yaml"):
            shutil.copy(file, folder / "etc")
    (folder / "configuration").rename(folder / "etc/records.config")
    own = {"sysconfdir": "etc", "datadir": "data", "localstatedir": "state", "runtimedir": "run", "logdir": "log"}
    own |= {"cachedir": "cache"}
    for name in own.values():
        (folder / name).mkdir(exist_ok=True)
    lines = "".join(f"{key}: {folder / name}\n" for key, name in own.items())
    (folder / "runroot.yaml").write_text(_SYSTEM_FOLDERS.lstrip() + lines)
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "trafficserver", "trafficserver")
    return ["traffic_server", f"--run-root={folder / 'runroot.yaml'}"]


def _haproxy(folder: Path) -> list[str]:
    return ["haproxy", "-db", "-f", str(folder / "configuration")]


def _nginx(folder: Path) -> list[str]:
    return ["nginx", "-p", str(folder), "-c", str(folder / "configuration"), "-e", str(folder / "error.log")]


def _caddy(folder: Path) -> list[str]:
    run = ["caddy", "run", "--config", str(folder / "configuration"), "--adapter", "caddyfile"]
    return ["env", f"HOME={folder}", f"XDG_DATA_HOME={folder}", f"XDG_CONFIG_HOME={folder}", *run]


def _privoxy(folder: Path) -> list[str]:
    return ["privoxy", "--no-daemon", str(folder / "configuration")]


def _ssh(folder: Path) -> list[str]:
    """The folder for separated privileges is made in a /run that only this process sees."""
    key = folder / "host-key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True, capture_output=True)
    daemon = f"/usr/sbin/sshd -D -e -f {folder / 'configuration'} -h {key}"
    return ["sh", "-c", f"mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec {daemon}"]


def _mail_server(_: Path) -> list[str]:
    return ["msmtpd", f"--interface={PROXY_ADDRESS}", f"--port={PORT}", "--command=false"]


def _gnutls(folder: Path) -> list[str]:
    """A server that does TLS with GnuTLS, which tells a client in an alert what it did not understand."""
    pem = (folder / "configuration").read_text().strip()
    return ["gnutls-serv", "--echo", f"--port={PORT}", f"--x509certfile={pem}", f"--x509keyfile={pem}"]


def _tor(folder: Path) -> list[str]:
    return ["tor", "-f", str(folder / "configuration"), "--defaults-torrc", "/dev/null"]


def _microsocks(folder: Path) -> list[str]:
    return ["microsocks", "-i", PROXY_ADDRESS, "-p", str(PORT), *(folder / "configuration").read_text().split()]


def _dante(folder: Path) -> list[str]:
    return ["danted", "-f", str(folder / "configuration")]


def _e2guardian(folder: Path) -> list[str]:
    """e2guardian with a copy of what Debian delivers.

    `configuration` changes settings of e2guardian.conf, `group` those of its filter group; every other file is added to
    the list of that name."""
    own = folder / "etc"
    shutil.copytree("/etc/e2guardian", own)
    for path in (each for each in own.rglob("*") if each.is_file()):
        path.write_text(path.read_text(errors="replace").replace("/etc/e2guardian", str(own)))
    (folder / "generated").mkdir()
    _set(own / "e2guardian.conf", (folder / "configuration").read_text())
    for file in folder.iterdir():
        if file.name == "group":
            _set(own / "e2guardianf1.conf", file.read_text())
        elif (own / "lists" / file.name).is_file():
            with (own / "lists" / file.name).open("a") as entries:
                entries.write(file.read_text())
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "e2guardian", "e2guardian")
    # It leaves the group of processes that it is started in: with its namespace of processes all of it ends.
    return ["unshare", "--pid", "--fork", "--kill-child", "e2guardian", "-N", "-c", str(own / "e2guardian.conf")]


def _set(file: Path, settings: str) -> None:
    """The first line that names a setting counts: the file's own go."""
    named = {line.partition("=")[0].strip() for line in settings.splitlines()}
    kept = [line for line in file.read_text().splitlines() if line.partition("=")[0].strip() not in named]
    file.write_text("\n".join((*kept, settings, "")))


def _stunnel(folder: Path) -> list[str]:
    return ["stunnel4", str(folder / "configuration")]


def _web_server(folder: Path) -> list[str]:
    return [sys.executable, "-m", "http.server", str(PORT), "--bind", PROXY_ADDRESS, "--directory", str(folder)]


_SILENT = """
import signal, socket, sys
listener = socket.create_server(("", int(sys.argv[1])), backlog=1024)
signal.pause()
"""


def _silent(_: Path) -> list[str]:
    return [sys.executable, "-c", _SILENT, str(PORT)]


def _mitmdump(folder: Path) -> list[str]:
    start = "from mitmproxy.tools.main import mitmdump; mitmdump()"
    listen = ("--listen-host", PROXY_ADDRESS, "--listen-port", str(PORT))
    return [sys.executable, "-c", start, "--set", f"confdir={folder}", *listen]


def _mimic(folder: Path) -> list[str]:
    return [sys.executable, str(REPOSITORY / "tests/real/interception/mimic.py"), str(folder / "configuration")]


PROGRAMS: dict[str, Callable[[Path], list[str]]] = {
    "squid": _squid,
    "tinyproxy": _tinyproxy,
    "apache": _apache,
    "traffic server": _traffic_server,
    "privoxy": _privoxy,
    "haproxy": _haproxy,
    "nginx": _nginx,
    "caddy": _caddy,
    "ssh": _ssh,
    "mail server": _mail_server,
    "gnutls": _gnutls,
    "tor": _tor,
    "microsocks": _microsocks,
    "dante": _dante,
    "e2guardian": _e2guardian,
    "stunnel": _stunnel,
    "web server": _web_server,
    "silent port": _silent,
    "mitmdump": _mitmdump,
    "mimic": _mimic,
}
