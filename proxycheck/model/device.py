"""What a device needs of the network, and what its proxy support can and cannot do.

The facts are data in `fixtures/devices/*.toml`, read by `proxycheck.catalogue`; the guides of the vendor
are the authority, and a `note` keeps a guide's own words wherever they contradict themselves.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from proxycheck.model.dialect import ReplyDialect
from proxycheck.model.target import Target

Port = Annotated[int, Meta(ge=1, le=65535)]
Tier = Literal["required", "recommended", "optional"]
"""`required`: the guide's required list. `recommended`: recommended, or optional and enabled by default.
`optional`: optional and disabled by default."""
Scheme = Literal["https", "http", "tcp"]
Speaks = Literal["tls", "http", "teamviewer"]
"""What is said inside the tunnel to prove it: a TLS handshake, a plain HTTP request, TeamViewer's
greeting."""
PlainHttp = Literal["tunnel", "forward"]
"""How the device sends plain HTTP through a proxy: inside `CONNECT host:80`, or as an absolute-form
request."""
SourceConfidence = Literal["guide", "assumption", "unverified"]
"""`guide`: the device's guide says so. `assumption`: what the guide most likely means, or its platform does.
`unverified`: from elsewhere."""


class Endpoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `host:port` that the device contacts.

    `host` is lower case; the guide's spelling stays in `urls` or `note`. `function` is the guide's own
    heading, and `also` names further functions that use the same endpoint; `tier` is the strongest among
    them. Endpoints with the same `any_of` are alternatives: one that passes satisfies the group, and a
    later one (in catalogue order) is tried only where the earlier ones fail. `addresses` are those the
    guide lists for the host: information, never a requirement. `wildcard` names the pattern this host
    stands for. `expect` is a known answer in plain HTTP that no portal may change. `confidence` says where
    host and port come from."""

    host: str
    port: Port
    scheme: Scheme = "https"
    tier: Tier = "required"
    function: str = "All functions"
    speaks: Speaks = "tls"
    path: str = "/"
    urls: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    any_of: str | None = None
    addresses: tuple[str, ...] = ()
    wildcard: str | None = None
    expect: Literal["generate_204"] | None = None
    enabled_by_default: bool = True
    confidence: SourceConfidence = "guide"
    note: str | None = None

    @property
    def id(self) -> str:
        """`host:port`, the endpoint's name in every report and of its evidence."""
        return Target(self.host, self.port).id


def one_of_each(endpoints: Sequence[Endpoint], kind: Callable[[Endpoint], str]) -> list[Endpoint]:
    """The first endpoint of each kind; the kind of which the last endpoint comes first stands first."""
    return list({kind(endpoint): endpoint for endpoint in reversed(endpoints)}.values())[::-1]


class Wildcard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pattern such as `*.dyngate.com` that no content filter may block, and the named hosts that stand for
    it.

    A pattern cannot be tested; the hosts in `stands` are endpoints that can."""

    pattern: str
    tier: Tier
    function: str
    stands: tuple[str, ...]
    note: str | None = None


class UrlPattern(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request the guide wants allowed to any server, such as TeamViewer's `GET /din.aspx?s=...`.

    `alternative_to` names the port (`5938/tcp`) that, once open, makes the request unnecessary."""

    method: str
    path: str
    tier: Tier
    function: str
    alternative_to: str | None = None


class ConnectDialect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the device phrases CONNECT: whether `Host` carries the port when it is 443, and further header
    lines. `authorization_first` says that `Proxy-Authorization` stands before those lines and not after them.
    `recording` names the stack whose recorded requests it was compared with, where there is one."""

    host_port_443: bool
    headers: tuple[tuple[str, str], ...]
    confidence: SourceConfidence
    source: str
    authorization_first: bool = False
    recording: str | None = None


class ProxySupport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the device's proxy feature can and cannot do, and what its screens ask for.

    `screen_fields` are the names on its proxy screen, in order: `NAME: CHOICE` is a list with the choice to make,
    `NAME: [x]` a box to select where the proxy wants a login; `screen_path` is how to come there. `exclusions` says
    whether some hosts can bypass the proxy, `dialect` how the device's platform reads a proxy's replies,
    `application_dialect` how an application does that brings an HTTP stack of its own, `asks_for_address` that the
    guide wants the proxy's IP address where its screens say host name. Where it is not `known`, nobody has told what
    the device can do, and the rest is what any device with a proxy setting can."""

    auth_schemes: tuple[str, ...]
    socks: bool
    pac: bool
    exclusions: bool
    tls_to_proxy: bool
    plain_http: PlainHttp
    plain_http_confidence: SourceConfidence
    trust_store_changeable: bool
    screen_fields: tuple[str, ...]
    screen_path: tuple[str, ...] = ()
    asks_for_address: bool = False
    connect: ConnectDialect
    source: str
    auth_schemes_confidence: SourceConfidence = "assumption"
    dialect: ReplyDialect | None = None
    application_dialect: ReplyDialect | None = None
    note: str | None = None
    known: bool = True

    @property
    def sends_unasked(self) -> bool:
        """Whether the device is known to send credentials without being asked for them."""
        trait = self.dialect.unasked_credentials if self.dialect is not None else None
        return trait is not None and trait.value

    @property
    def content_grace_s(self) -> float | None:
        """For how many seconds the device is known to throw away the content that an answer announces which opens a
        tunnel: 0 where it loses only what comes with the answer. None where it takes it for the tunnel's."""
        if self.dialect is None:
            return None
        if self.dialect.success_body.value == "discarded":
            return _CONTENT_GRACE_S
        return 0.0 if self.dialect.early_bytes.value == "dropped" else None


_CONTENT_GRACE_S = 0.5
"""A device waits longer; content comes with its head, or hardly ever."""


class FirstWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the device's software begins TLS. `profile` names the ClientHello in `fixtures/client_hellos` that the
    device sends, or that comes nearest; `also` names those that further software on it may send."""

    profile: str
    also: tuple[str, ...] = ()
    confidence: SourceConfidence
    source: str


class AddressRange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An inclusive range of IPv4 addresses."""

    first: str
    last: str
    note: str | None = None


class PortNeed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A port the device uses, by transport, with the guide's reason."""

    port: Port
    transports: tuple[Literal["tcp", "udp"], ...]
    purpose: str
    tier: Tier = "required"
    confidence: SourceConfidence = "guide"


class TimeServer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time server (UDP 123). No HTTP proxy carries it, so it is a need of the network, not of the proxy.

    Servers with the same `any_of` are alternatives."""

    host: str
    any_of: str | None = None
    tier: Tier
    function: str
    confidence: SourceConfidence = "guide"
    note: str | None = None


class DnsServer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A DNS server that the device asks by address."""

    address: str
    tier: Tier
    function: str
    note: str | None = None


class NetworkNeeds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the guide asks of the network itself. Bandwidth is in kbit/s, each way; 0 where none is stated.

    A default gateway inside `reserved_gateways` breaks the device; so does IPv6 that is
    announced and dead, where `dead_ipv6_breaks`. `address_ranges` are those a guide
    suggests to firewalls that cannot name hosts: information, never a requirement through a proxy."""

    bandwidth_required_kbit_s: int = 0
    bandwidth_recommended_kbit_s: int = 0
    ports: tuple[PortNeed, ...] = ()
    dns_servers: tuple[DnsServer, ...] = ()
    time_servers: tuple[TimeServer, ...] = ()
    reserved_gateways: tuple[AddressRange, ...] = ()
    address_ranges: tuple[AddressRange, ...] = ()
    dead_ipv6_breaks: bool = False
    requirements: tuple[str, ...] = ()


class DeviceFunction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One heading of the guide's lists: `section` is the list it stands in, `purpose` the guide's
    description, `plain` what it is to the people who use the device. Headings that share their plain words are one
    function to them."""

    name: str
    section: str
    purpose: str | None = None
    plain: str | None = None


class Note(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a guide contradicts itself or another: its text, and what is tested because of it."""

    subject: str
    text: str
    decision: str


UNKNOWN_PROXY_SUPPORT = ProxySupport(
    auth_schemes=("basic",),
    socks=False,
    pac=False,
    exclusions=False,
    tls_to_proxy=False,
    plain_http="tunnel",
    plain_http_confidence="assumption",
    trust_store_changeable=False,
    screen_fields=(),
    connect=ConnectDialect(host_port_443=True, headers=(), confidence="assumption", source="RFC 9110 section 9.3.6"),
    source="not stated",
    known=False,
)
"""What is assumed of a device whose proxy support nobody has described."""
UNKNOWN_FIRST_WORDS = FirstWords(profile="tls12", confidence="assumption", source="not stated; TLS 1.2 is assumed")


class Device(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One device family: the whole catalogue entry. `aliases` are further names that people call it by."""

    name: str
    title: str
    document: str
    document_date: str = ""
    operating_system: str = "not stated"
    aliases: tuple[str, ...] = ()
    client_hello: FirstWords = UNKNOWN_FIRST_WORDS
    proxy: ProxySupport = UNKNOWN_PROXY_SUPPORT
    network: NetworkNeeds = NetworkNeeds()
    endpoints: tuple[Endpoint, ...]
    functions: tuple[DeviceFunction, ...] = ()
    wildcards: tuple[Wildcard, ...] = ()
    url_patterns: tuple[UrlPattern, ...] = ()
    notes: tuple[Note, ...] = ()


class DeviceProfile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The device `profile_of` with another operating system: its own first words, its own tunnel requests. `platform`
    names the software that reads a proxy's replies; how it reads them is known to be the same. `source` says why there
    may be such devices. Everything else is the device's."""

    name: str
    profile_of: str
    title: str
    operating_system: str
    source: str
    confidence: SourceConfidence
    platform: str
    client_hello: FirstWords
    connect: ConnectDialect
    notes: tuple[Note, ...] = ()
