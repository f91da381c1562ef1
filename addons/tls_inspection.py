"""TLS inside CONNECT is terminated, and every host is shown a certificate that the proxy signed itself.

Whose behaviour: secure web gateways and next-generation firewalls with decryption switched on (Zscaler,
Blue Coat, FortiGate deep inspection, Palo Alto SSL Forward Proxy, Sophos), and Squid with `ssl_bump bump
all`. The certificate copies the origin's names; its issuer is the company's own authority, which no device
outside the company trusts. With `inspection_hosts` or `inspection_except` only some hosts are opened, as
policies by category do. What is not TLS passes raw.

    mitmdump -s addons/tls_inspection.py --set inspection_issuer='Example Web Gateway CA' \\
        --set inspection_except='\\.bank\\.example$'

Without `inspection_issuer` the certificates are signed by mitmproxy's own authority.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from mitmproxy import certs, ctx, exceptions, tls
from mitmproxy.addonmanager import Loader
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.layers.http import HttpStream

_HANDSHAKE = b"\x16"
_RECORD_START = 3


class TlsInspection:
    """Chooses which tunnels are opened, and by whom their certificates are signed."""

    def __init__(self) -> None:
        self.only: list[re.Pattern[str]] = []
        self.spared: list[re.Pattern[str]] = []
        self.signer: TlsConfig | None = None

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("inspection_hosts", Sequence[str], [".*"], "Hosts to open (regular expressions).")
        loader.add_option("inspection_except", Sequence[str], [], "Hosts to spare (regular expressions).")
        loader.add_option("inspection_issuer", str, "", "Common name of the authority that signs.")
        loader.add_option("inspection_organization", str, "", "Organization of the authority that signs.")

    def configure(self, updated: set[str]) -> None:
        """Compiles the patterns and finds the authority's key, which is made when it is first named."""
        if "inspection_hosts" in updated:
            self.only = _patterns("inspection_hosts")
        if "inspection_except" in updated:
            self.spared = _patterns("inspection_except")
        if updated & {"inspection_issuer", "inspection_organization", "confdir"}:
            self.signer = _signer(ctx.options.inspection_issuer, ctx.options.inspection_organization)

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Passes raw what is not TLS or not to be inspected; leaves the rest to mitmproxy, which
        intercepts."""
        if nextlayer.layer is not None or not isinstance(nextlayer.context.layers[-1], HttpStream):
            return
        data = nextlayer.data_client()
        if data.startswith(_HANDSHAKE) and len(data) < _RECORD_START and not nextlayer.data_server():
            # mitmproxy would take a record cut this short for plain text
            raise exceptions.AddonHalt
        address = nextlayer.context.server.address
        if not starts_like_tls_record(data) or address is None or not self.inspects(address[0]):
            nextlayer.layer = layers.TCPLayer(nextlayer.context, ignore=True)

    def inspects(self, host: str) -> bool:
        """Whether connections to `host` are opened."""
        chosen = any(pattern.search(host) for pattern in self.only)
        return chosen and not any(pattern.search(host) for pattern in self.spared)

    def tls_start_client(self, data: tls.TlsData) -> None:
        """Signs with the named authority where there is one; otherwise mitmproxy signs with its own."""
        if self.signer and data.ssl_conn is None:
            self.signer.tls_start_client(data)


def _patterns(option: str) -> list[re.Pattern[str]]:
    try:
        return [re.compile(text, re.IGNORECASE) for text in getattr(ctx.options, option)]
    except re.error as error:
        raise exceptions.OptionsError(f"{option}: not a regular expression: {error}") from error


def _signer(issuer: str, organization: str) -> TlsConfig | None:
    if not issuer:
        return None
    name = hashlib.sha256(f"{issuer}\n{organization}".encode()).hexdigest()[:16]
    folder = Path(ctx.options.confdir).expanduser() / "inspection" / name
    if not (folder / "mitmproxy-ca.pem").exists():
        certs.CertStore.create_store(
            folder, "mitmproxy", ctx.options.key_size, organization=organization or issuer, cn=issuer
        )
    signer = TlsConfig()
    signer.certstore = certs.CertStore.from_store(folder, "mitmproxy", ctx.options.key_size)
    return signer


addons = [TlsInspection()]
