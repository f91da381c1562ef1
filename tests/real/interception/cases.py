"""What stands between the device and its hosts, and at which of them TLS is really opened."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial

from proxycheck.model.cause import CauseCode
from proxycheck.model.report import EndpointReport, TlsVerdict
from tests.real.authority import Authority
from tests.real.engines import Software
from tests.real.interception.mimic import Disguise
from tests.real.interception.origins import ANSWERS
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.programs import PORT
from tests.real.scenarios import Where, below, everywhere, named, nowhere, outside
from tests.real.squid import ALLOW_ALL, INSPECTING_LISTENER, PLAIN_LISTENER, squid
from tests.real.tinyproxy import tinyproxy

ONE_HOST = "api.pitneybowes.com"
DOMAIN = "pb.com"
UNRELATED = ("distservp1.pb.com", "pitneybowes.okta.com", "s3.amazonaws.com", "www.google.com")
SAMPLE = (
    *("api.pitneybowes.com", "captive.apple.com", "decometlb5.pb.com", "distservp1.pb.com", "ds977.awmdm.com"),
    *("gate.hockeyapp.net", "hshh.org", "pitneybowes.okta.com", "play.vidyard.com", "s3.amazonaws.com"),
    *("smb.pitneybowes.com", "www.google.com"),
)
"""The hosts of the recordings, beside those in disorder: several owners, and all that a case treats apart."""


@dataclass(frozen=True)
class Case:
    """One set-up. `inspected`: where TLS is opened to be read; `unclear`: where nothing can be known, because it is cut
    or opened only to show a page. `answers` are hosts whose own certificates are in disorder, with verdict and cause;
    where there are any, the internet has them. Everywhere else TLS passes untouched. `product` is the name that the
    cause `tls.inspected` must bear."""

    name: str
    title: str
    software: Software
    inspected: Where = nowhere
    unclear: Where = nowhere
    answers: Mapping[str, tuple[TlsVerdict, CauseCode | None]] = field(default_factory=dict)
    product: str | None = None

    @property
    def sample(self) -> tuple[str, ...]:
        """The hosts that the recording is of."""
        return tuple(dict.fromkeys((*SAMPLE, *self.answers)))

    def truth(self, endpoint: EndpointReport) -> TlsVerdict:
        """The right verdict on the TLS of an endpoint."""
        if endpoint.host in self.answers:
            return self.answers[endpoint.host][0]
        if self.unclear(endpoint):
            return "inconclusive"
        return "inspected" if self.inspected(endpoint) else "passthrough"


# ---- Squid ---------------------------------------------------------------------

_PEEK, _SPLICE, _BUMP = "ssl_bump peek step1", "ssl_bump splice all", "ssl_bump bump all"
_TUNNEL, _RESPOND = "on_unsupported_protocol tunnel all", "on_unsupported_protocol respond all"
_DENY_AMAZON = "acl unwanted dstdomain .amazonaws.com\nhttp_access deny unwanted"
_inspecting = partial(squid, INSPECTING_LISTENER, ALLOW_ALL)


def _watching(acl: str, *hosts: str) -> Software:
    """Squid that peeks, opens what the list watches and passes the rest."""
    return _inspecting(f"acl watched {acl} {' '.join(hosts)}", _PEEK, "ssl_bump bump watched", _SPLICE)


_SQUID = (
    Case("squid", "Squid, plain", squid(PLAIN_LISTENER, ALLOW_ALL)),
    Case("squid-splice", "Squid, peek and splice", _inspecting(_PEEK, _SPLICE)),
    Case("squid-splice-tunnel", "Squid, peek and splice, the rest tunnelled", _inspecting(_PEEK, _SPLICE, _TUNNEL)),
    Case("squid-splice-respond", "Squid, peek and splice, the rest answered", _inspecting(_PEEK, _SPLICE, _RESPOND)),
    Case(
        "squid-terminate",
        "Squid, terminates one host by name",
        _inspecting(f"acl unwanted ssl::server_name {ONE_HOST}", _PEEK, "ssl_bump terminate unwanted", _SPLICE),
        unclear=named(ONE_HOST),
    ),
    Case(
        "squid-splice-deny",
        "Squid, peek and splice, block page for a domain",
        squid(INSPECTING_LISTENER, _DENY_AMAZON, ALLOW_ALL, _PEEK, _SPLICE),
        unclear=below("amazonaws.com"),
    ),
    Case("squid-bump-1", "Squid, bump at step 1", _inspecting(_BUMP), everywhere, product="Squid"),
    Case("squid-bump-2", "Squid, bump at step 2", _inspecting(_PEEK, _BUMP), everywhere, product="Squid"),
    Case(
        "squid-bump-3",
        "Squid, stare and bump at step 3",
        _inspecting(_PEEK, "acl step2 at_step SslBump2", "ssl_bump stare step2", _BUMP),
        everywhere,
        product="Squid",
    ),
    Case("squid-bump-tunnel", "Squid, bump, the rest tunnelled", _inspecting(_PEEK, _BUMP, _TUNNEL), everywhere),
    Case("squid-bump-respond", "Squid, bump, the rest answered", _inspecting(_PEEK, _BUMP, _RESPOND), everywhere),
    Case("squid-bump-domain", "Squid, bump of one domain", _watching("ssl::server_name", f".{DOMAIN}"), below(DOMAIN)),
    Case("squid-bump-host", "Squid, bump of one host", _watching("ssl::server_name", ONE_HOST), named(ONE_HOST)),
    Case(
        "squid-bump-host-at-once",
        "Squid, bump of one host at step 1, by CONNECT",
        _inspecting(f"acl watched dstdomain {ONE_HOST}", "ssl_bump bump watched", _PEEK, _SPLICE),
        named(ONE_HOST),
    ),
    Case(
        "squid-bump-unrelated",
        "Squid, bump of four unrelated hosts",
        _watching("ssl::server_name", *UNRELATED),
        named(*UNRELATED),
    ),
)

# ---- mitmproxy -----------------------------------------------------------------

_TRUST = "ssl_verify_upstream_trusted_ca: $roots\n"


def _mitmproxy(*options: str, authority: str | None = None) -> Software:
    own = {} if authority is None else {"mitmproxy-ca.pem": authority}
    return Software("mitmdump", "", {"config.yaml": "".join((_TRUST, *options)), **own})


_COMPANY = Authority("Example Customer Ltd").signing_pem
_COMPANY_WITHOUT_ROOT = _COMPANY[: _COMPANY.rindex("-----BEGIN")]
_MITMPROXY = (
    Case("mitmproxy", "mitmproxy, authority of its own making", _mitmproxy(), everywhere, product="mitmproxy"),
    Case(
        "mitmproxy-intermediate",
        "mitmproxy, signs with an intermediate, sends the chain",
        _mitmproxy(authority=_COMPANY),
        everywhere,
    ),
    Case(
        "mitmproxy-leaf-only",
        "mitmproxy, signs with an intermediate, sends the leaf alone",
        _mitmproxy(authority=_COMPANY_WITHOUT_ROOT),
        everywhere,
    ),
    Case(
        "mitmproxy-host",
        "mitmproxy, one host",
        _mitmproxy(f"allow_hosts: ['^{ONE_HOST}:']\n", authority=_COMPANY),
        named(ONE_HOST),
    ),
    Case(
        "mitmproxy-all-but-domain",
        "mitmproxy, all but one domain",
        _mitmproxy(f"ignore_hosts: ['{DOMAIN}:']\n", authority=_COMPANY),
        outside(DOMAIN),
    ),
)

# ---- The mimic -----------------------------------------------------------------


def _mimic(*watched: str, **disguise: bool) -> Software:
    return Software("mimic", json.dumps(asdict(Disguise(PROXY_ADDRESS, PORT, watched, **disguise))))


_MIMIC = (
    Case("mimic", "Mimic: copies serial, dates, extensions, timestamps", _mimic(), everywhere),
    Case("one-certificate", "An interceptor with one certificate for every host", _mimic(plain=True), everywhere),
    Case("mimic-one-key", "Mimic, one key for all hosts", _mimic(one_key=True), everywhere),
    Case("mimic-copied-issuer", "Mimic, forges the issuer's certificate too", _mimic(copy_issuer=True), everywhere),
    Case("mimic-leaf-only", "Mimic, sends the leaf alone", _mimic(send_issuer=False), everywhere),
    Case("mimic-leaf-only-rsa", "Mimic, RSA, sends the leaf alone", _mimic(send_issuer=False, rsa=True), everywhere),
    Case(
        "mimic-leaf-only-copied",
        "Mimic, RSA, leaf alone under the genuine issuer's name",
        _mimic(send_issuer=False, copy_issuer=True, rsa=True),
        everywhere,
    ),
    Case("mimic-domain", "Mimic, one domain, leaf alone", _mimic(f".{DOMAIN}", send_issuer=False), below(DOMAIN)),
    Case("mimic-host", "Mimic, one host", _mimic(ONE_HOST), named(ONE_HOST)),
    Case(
        "mimic-host-copied",
        "Mimic, one host, RSA, leaf alone under the genuine issuer's name",
        _mimic(ONE_HOST, send_issuer=False, copy_issuer=True, rsa=True),
        named(ONE_HOST),
    ),
)

# ---- Clean proxies in front of hosts in disorder -----------------------------------

_DISORDER = (
    Case("disorder-squid", "Squid, plain; hosts in disorder", squid(PLAIN_LISTENER, ALLOW_ALL), answers=ANSWERS),
    Case("disorder-splice", "Squid, peek and splice; hosts in disorder", _inspecting(_PEEK, _SPLICE), answers=ANSWERS),
    Case("disorder-tinyproxy", "Tinyproxy; hosts in disorder", tinyproxy(), answers=ANSWERS),
)

CASES: tuple[Case, ...] = (
    *_SQUID[:1],
    Case("tinyproxy", "Tinyproxy", tinyproxy()),
    *_SQUID[1:],
    *_MITMPROXY,
    *_MIMIC,
    *_DISORDER,
)
