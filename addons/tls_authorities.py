r"""TLS inside CONNECT is opened, by one authority or several, each of which sends a chain of a given shape.

Whose behaviour: gateways that sign with an intermediate of the company's own root (Zscaler's intermediate, an
enterprise's subordinate authority in FortiGate or Blue Coat), that send their root along or leave every issuer out,
that copy the name of the public issuer, or that show one certificate of their own for every host, as a captive portal
or a printer's web page does. Hosts that no rule names, and what is not TLS, pass raw. mitmproxy's own authority has
none of these forms.

A rule is a JSON object; the first that fits decides. `hosts` (a regular expression) and `ports` are those that CONNECT
named. `issuer` is the name of the authority that signs, `root` that of the authority above it where there is
one (RFC 4514). `sends` is what follows the leaf: `nothing`, `issuer`, or `root` (everything up to the root). `key` is
`ec` or `rsa`. With `names`, every host is shown one certificate for these names.

    mitmdump -s addons/tls_authorities.py \
        --set tls_authorities='{"issuer": "CN=Web Gateway,O=Example", "root": "CN=Example Root", "sends": "issuer"}'
"""

import datetime
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mitmproxy import certs, ctx, exceptions, http, tls
from mitmproxy.addonmanager import Loader
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.connection import Client
from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode, HttpStream

if TYPE_CHECKING:
    from addons.proxy_rules import rule_fields, rules_of
else:
    from proxy_rules import rule_fields, rules_of

_CRYPTOGRAPHY: Any = certs  # the library that mitmproxy signs with
_HANDSHAKE = b"\x16"
_RECORD_START = 3
_LIFE = datetime.timedelta(days=3650)
_BACKDATED = datetime.timedelta(days=2)
_KEYS = frozenset(("hosts", "ports", "issuer", "root", "sends", "key", "names"))


class Signer(NamedTuple):
    """An authority: its key and its certificate."""

    key: Any
    certificate: Any


class Rule:
    """One authority and the hosts for which it signs. Raises ValueError or TypeError for what is no rule."""

    def __init__(self, text: str) -> None:
        fields = rule_fields(text)
        if not fields.keys() <= _KEYS or "issuer" not in fields:
            raise ValueError(f"not an object of {', '.join(sorted(_KEYS))}, with issuer")
        self.hosts = re.compile(fields.get("hosts", ""), re.IGNORECASE)
        self.ports: list[int] = fields.get("ports", [])
        self.sends: str = fields.get("sends", "issuer")
        self.key: str = fields.get("key", "ec")
        self.names: list[str] = fields.get("names", [])
        if self.sends not in ("nothing", "issuer", "root") or self.key not in ("ec", "rsa"):
            raise ValueError(f"unknown: {self.sends}, {self.key}")
        root = _authority(fields.get("root", fields["issuer"]), self.key, None)
        self.signer = _authority(fields["issuer"], self.key, root) if "root" in fields else root
        self.chain = {
            "nothing": [],
            "issuer": [self.signer.certificate],
            "root": [self.signer.certificate, *([root.certificate] if root is not self.signer else [])],
        }[self.sends]
        self.minted: dict[str, certs.Cert] = {}

    def fits(self, host: str, port: int) -> bool:
        """Whether this authority signs in a tunnel to this target."""
        return self.hosts.search(host) is not None and (not self.ports or port in self.ports)

    def certificate(self, host: str) -> certs.Cert:
        """What is shown for a host, made when it is first asked for."""
        names = self.names or [host]
        if names[0] not in self.minted:
            x509 = _CRYPTOGRAPHY.x509
            key, certificate = self.signer
            self.minted[names[0]] = certs.dummy_cert(key, certificate, names[0], [x509.DNSName(n) for n in names])
        return self.minted[names[0]]


def _authority(name: str, kind: str, parent: Signer | None) -> Signer:
    x509, start = _CRYPTOGRAPHY.x509, datetime.datetime.now(datetime.UTC) - _BACKDATED
    ec, rsa = _CRYPTOGRAPHY.ec, _CRYPTOGRAPHY.rsa
    key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, 2048)
    subject = x509.Name.from_rfc4514_string(name)
    signing = parent.key if parent else key
    builder = x509.CertificateBuilder(
        issuer_name=parent.certificate.subject if parent else subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=start,
        not_valid_after=start + _LIFE,
    )
    extensions = (
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False),
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return Signer(key, builder.sign(signing, _CRYPTOGRAPHY.hashes.SHA256()))


class Signing(TlsConfig):
    """mitmproxy's TLS, with the certificates of a rule."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        name = certs.Cert(rule.signer.certificate).fingerprint().hex()
        self.chain = Path(ctx.options.confdir).expanduser() / f"chain-{name}.pem" if rule.chain else None
        if self.chain is not None:
            self.chain.parent.mkdir(parents=True, exist_ok=True)
            self.chain.write_bytes(b"".join(certs.Cert(each).to_pem() for each in rule.chain))
        self.certstore = certs.CertStore.from_store(ctx.options.confdir, "mitmproxy", ctx.options.key_size)

    def get_cert(self, conn_context: Context) -> certs.CertStoreEntry:
        """The certificate for the server name, or for the host that CONNECT named."""
        host = conn_context.client.sni or (conn_context.server.address or ("",))[0]
        return certs.CertStoreEntry(self.rule.certificate(host), self.rule.signer.key, self.chain, [])


class TlsAuthorities:
    """Chooses which tunnels are opened, and by whom."""

    def __init__(self) -> None:
        self.signing: list[Signing] = []
        self.opened: dict[str, Signing] = {}

    def load(self, loader: Loader) -> None:
        """Adds the option."""
        loader.add_option("tls_authorities", Sequence[str], [], "Rules, one JSON object each.")

    def configure(self, updated: set[str]) -> None:
        """Reads the rules and makes their authorities."""
        if updated & {"tls_authorities", "confdir"}:
            self.signing = rules_of("tls_authorities", lambda text: Signing(Rule(text)))

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Opens a tunnel that begins with TLS and leads to a host of a rule."""
        context, data = nextlayer.context, nextlayer.data_client()
        inside = bool(context.layers) and isinstance(context.layers[-1], HttpStream)
        if nextlayer.layer is not None or not inside or context.server.address is None:
            return
        host, port = context.server.address[:2]
        signing = next((each for each in self.signing if each.rule.fits(host, port)), None)
        if signing is None:
            return
        if data.startswith(_HANDSHAKE) and len(data) < _RECORD_START and not nextlayer.data_server():
            raise exceptions.AddonHalt
        if starts_like_tls_record(data):
            self.opened[context.client.id] = signing
            nextlayer.layer = outer = layers.ClientTLSLayer(context)
            outer.child_layer = layers.HttpLayer(context, HTTPMode.transparent)

    def tls_start_client(self, data: tls.TlsData) -> None:
        """Shows the rule's chain."""
        signing = self.opened.get(data.context.client.id)
        if signing is not None and data.ssl_conn is None:
            signing.tls_start_client(data)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """What was said in TLS goes on in TLS."""
        if flow.client_conn.id in self.opened:
            flow.request.scheme = "https"

    def client_disconnected(self, client: Client) -> None:
        """Forgets the connection."""
        self.opened.pop(client.id, None)


addons = [TlsAuthorities()]
