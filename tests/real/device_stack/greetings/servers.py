"""Servers and inspecting proxies on this machine, each with several set-ups, all started once.

They run in a network namespace that has nothing but its loopback: no port is taken, and nobody else sees them.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.real.apache import module_line
from tests.real.authority import Authority, Key, company_authority, write_chain
from tests.real.device_stack.greetings.reaction import Listener
from tests.real.device_stack.recording import HOST
from tests.real.namespace import Namespace, kill_group
from tests.real.programs import CERTIFICATE_GENERATOR

_ADDRESS = "127.0.0.1"
_FIRST_PORT = 20001
_OPENSSL: dict[str, tuple[str, str]] = {
    "OpenSSL, as delivered": ("rsa", ""),
    "OpenSSL, ECDSA": ("p256", ""),
    "OpenSSL, ECDSA with P-384": ("p384", ""),
    "OpenSSL, TLS 1.2 alone": ("rsa", "-tls1_2"),
    "OpenSSL, TLS 1.3 alone": ("rsa", "-tls1_3"),
    "OpenSSL, no ephemeral keys": ("rsa", "-tls1_2 -cipher AES256-GCM-SHA384:AES128-SHA"),
    "OpenSSL, DHE alone": ("rsa", "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256"),
    "OpenSSL, ChaCha20 alone": ("rsa", "-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305"),
    "OpenSSL, CBC alone": ("rsa", "-tls1_2 -cipher ECDHE-RSA-AES256-SHA"),
    "OpenSSL, CBC with SHA-2 alone": ("rsa", "-tls1_2 -cipher ECDHE-RSA-AES256-SHA384"),
    "OpenSSL, X25519 alone": ("rsa", "-tls1_2 -curves X25519"),
    "OpenSSL, P-384 alone": ("rsa", "-tls1_2 -curves P-384"),
    "OpenSSL, PSS alone": ("rsa", "-tls1_2 -sigalgs RSA-PSS+SHA256"),
    "OpenSSL, SHA-1 signatures alone": ("rsa", "-tls1_2 -sigalgs RSA+SHA1 -cipher DEFAULT@SECLEVEL=0"),
    "OpenSSL, h2 alone": ("rsa", "-alpn h2"),
    "OpenSSL, h2 and http/1.1": ("rsa", "-alpn h2,http/1.1"),
}
"""Key and options of `openssl s_server`."""
_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{}}
http {{
  access_log off;
  server {{
    listen {address}:{first} ssl;
    ssl_certificate {folder}/rsa.pem;
    ssl_certificate_key {folder}/rsa.pem;
  }}
  server {{
    listen {address}:{second} ssl http2;
    ssl_certificate {folder}/rsa.pem;
    ssl_certificate_key {folder}/rsa.pem;
    ssl_certificate {folder}/p256.pem;
    ssl_certificate_key {folder}/p256.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_prefer_server_ciphers on;
    ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384;
    ssl_ecdh_curve X25519:P-384:P-256;
  }}
}}
"""
_APACHE = """
ServerRoot {folder}
ServerName localhost
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
Mutex file:{folder} default
ErrorLog {folder}/apache-error.log
User nobody
Group nogroup
StartServers 1
Listen {address}:{first}
SSLEngine on
SSLCertificateFile {folder}/rsa.pem
"""
_HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend one
    bind {address}:{first} ssl crt {folder}/rsa.pem alpn h2,http/1.1
    http-request return status 200
frontend two
    bind {address}:{second} ssl crt {folder}/rsa.pem ssl-min-ver TLSv1.2 prefer-client-ciphers curves P-384:P-256
    http-request return status 200
"""
_STUNNEL = """
foreground = yes
pid =
[one]
accept = {address}:{first}
connect = {address}:1
cert = {folder}/rsa.pem
"""
_SQUID = """
visible_hostname proxy.customer.example
cache deny all
cache_mem 0 MB
pid_filename none
coredump_dir none
netdb_filename none
pinger_enable off
shutdown_lifetime 0 seconds
cache_log {folder}/cache.log
access_log none
http_access allow all
tls_outgoing_options flags=DONT_VERIFY_PEER
http_port {address}:{first} name=early ssl-bump cert={folder}/company.pem generate-host-certificates=on
http_port {address}:{second} name=late ssl-bump cert={folder}/company.pem generate-host-certificates=on
sslcrtd_program {generator} -s {folder}/certificates -M 4MB
acl early myportname early
acl step1 at_step SslBump1
sslproxy_cert_error allow all
sslproxy_cert_sign signTrusted all
ssl_bump bump early
ssl_bump peek step1
ssl_bump bump all
"""


@contextmanager
def servers(place: Namespace, folder: Path) -> Iterator[dict[str, Listener]]:
    """Every server and inspecting proxy by its name, started in `place`. `folder` must be readable by all: engines drop
    root."""
    _write_certificates(folder)
    plan = _Plan(folder)
    with ExitStack() as stack:
        for number, command in enumerate(plan.commands):
            process = place.start(*command, log=folder / f"{number}-{Path(command[0]).name}.log", directory=folder)
            stack.callback(kill_group, process)
        yield plan.listeners


def _write_certificates(folder: Path) -> None:
    """One certificate a kind of key for the host that is greeted, an issuer's chain, and Squid's own authority."""
    authority = Authority("Example Trust Services")
    for name, key in _keys().items():
        chain = authority.issue([HOST], key)
        write_chain(folder / f"{name}.pem", chain, key)
        (folder / "issuer.pem").write_bytes(chain[1].public_bytes(Encoding.PEM))
    certificate, key = company_authority()
    write_chain(folder / "company.pem", [certificate], key)
    generator = (CERTIFICATE_GENERATOR, "-c", "-s", str(folder / "certificates"), "-M", "4MB")
    subprocess.run(generator, check=True, capture_output=True)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    for path in (folder / "certificates", *(folder / "certificates").rglob("*")):
        shutil.chown(path, "proxy", "proxy")
    (folder / "cache.log").touch()
    shutil.chown(folder / "cache.log", "proxy", "proxy")


def _keys() -> dict[str, Key]:
    return {
        "rsa": rsa.generate_private_key(65537, 2048),
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
    }


class _Plan:
    """What is started, and where each listens."""

    def __init__(self, folder: Path) -> None:
        self.commands: list[list[str]] = []
        self.listeners: dict[str, Listener] = {}
        self._folder = folder
        for name, (key, options) in _OPENSSL.items():
            self._openssl(name, folder / f"{key}.pem", options)
        self._gnutls(folder / "rsa.pem")
        origin = self._configured(["nginx", "-e", f"{folder}/nginx-error.log", "-c"], _NGINX, "nginx", "nginx, strict")
        modules = ("mpm_event", "authz_core", "socache_shmcb", "ssl")
        apache = "\n".join((*map(module_line, modules), _APACHE))
        self._configured(["apache2", "-D", "FOREGROUND", "-f"], apache, "Apache httpd")
        self._configured(["haproxy", "-db", "-f"], _HAPROXY, "HAProxy", "HAProxy, the client's order")
        self._configured(["stunnel4"], _STUNNEL, "stunnel")
        target = f"{_ADDRESS}:{origin}"
        squid = ["squid", "-N", "-n", f"greet{os.getpid()}", "-f"]
        self._configured(squid, _SQUID, "Squid, bump at once", "Squid, bump after a look", tunnel=target)
        self._mitmproxy(folder, target)

    def _openssl(self, name: str, pem: Path, options: str) -> None:
        accept = ("-accept", f"{_ADDRESS}:{self._add(name)}", "-quiet", "-www")
        shown = ("-cert", str(pem), "-key", str(pem), "-cert_chain", str(self._folder / "issuer.pem"))
        self.commands.append(["openssl", "s_server", *accept, *shown, *options.split()])

    def _gnutls(self, pem: Path) -> None:
        shown = (f"--x509certfile={pem}", f"--x509keyfile={pem}")
        self.commands.append(["gnutls-serv", "--http", "--quiet", f"--port={self._add('GnuTLS')}", *shown])

    def _mitmproxy(self, folder: Path, target: str) -> None:
        start = "from mitmproxy.tools.main import mitmdump; mitmdump()"
        port = str(self._add("mitmproxy", tunnel=target))
        settings = ("--set", f"confdir={folder / 'mitmproxy'}", "--set", "ssl_insecure=true")
        listen = ("--listen-host", _ADDRESS, "--listen-port", port)
        self.commands.append([sys.executable, "-W", "ignore", "-c", start, *listen, *settings])

    def _add(self, name: str, tunnel: str | None = None) -> int:
        port = _FIRST_PORT + len(self.listeners)
        self.listeners[name] = Listener(port, tunnel)
        return port

    def _configured(self, command: list[str], text: str, *names: str, tunnel: str | None = None) -> int:
        """The first of its ports."""
        ports = [self._add(name, tunnel) for name in names]
        places = {"folder": self._folder, "address": _ADDRESS, "generator": CERTIFICATE_GENERATOR}
        file = self._folder / f"{command[0]}.conf"
        file.write_text(text.format(**places, first=ports[0], second=ports[-1]))
        self.commands.append([*command, str(file)])
        return ports[0]
