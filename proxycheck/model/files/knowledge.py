"""What the field knows of causes and of proxy products: data from `fixtures/`, read by `proxycheck.catalogue`."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from proxycheck.model.cause import CauseCode, Remedy
from proxycheck.model.files.allowlist import AllowlistFormat
from proxycheck.model.questions import CheckId

ProductKind = Literal["proxy", "server", "antivirus", "debugging-tool"]
"""`proxy`: proxies, filters and gateways, whose pages no origin writes. `server`: web servers and load balancers, which
stand before origins as well as before proxies. `antivirus` and `debugging-tool` run on the computer of a person."""
About = Literal["proxy", "setup", "login", "path", "network", "origin"]
"""What a cause is about: the proxy's port; how this proxy, or the PCs behind it, are set up; user name and password;
the way to a host; the network beside the proxy; the host itself."""
SignalPlace = Literal["status_line", "header", "body", "title", "realm", "location", "issuer", "subject"]
SignalMatch = Literal["exact", "prefix", "contains", "regex", "present"]
SignalConfidence = Literal["high", "medium", "low"]
"""`high`: the literal was read in the source named; `medium`: read, but generic or second-hand; `low`: weak or
unverified, never enough to name a product."""

FORMAT_FIELDS = frozenset(("list_format", "port_list_format"))
"""The format of `proxycheck allowlist` that the recognised product takes, the second only where it can name ports. A
remedy that names one is left out where the product takes none."""
TEXT_FIELDS = FORMAT_FIELDS | {"ports", "hosts", "domains", "count", "device", "proxy"}
"""What titles, explanations and the sentences of remedies may name in braces."""
EACH_PORT_FIELDS = frozenset(("port", "needed_port"))
EACH_FIELDS = EACH_PORT_FIELDS | {"host", "host_regex"}
"""A configuration line that names one of these is repeated for each port or host. `host_regex` is the host's name
with its dots escaped."""
NEEDED_FIELDS = frozenset(("needed_port", "needed_ports"))
"""All ports that the device needs, and not those of the cause alone. A line that takes the place of another names
these: with the others alone, the ports that were open would be closed."""
CONFIG_FIELDS = TEXT_FIELDS | EACH_FIELDS | NEEDED_FIELDS | {"port_list", "host_list", "host_regexes", "proxy_address"}
"""What configuration may name: `{proxy_address}` is the HOST:PORT of the proxy that was tested; `{ports}`,
`{needed_ports}` and `{hosts}` are separated by spaces there, `{port_list}` and `{host_list}` by commas without spaces,
`{host_regexes}` by |, with their dots escaped. A line that names `{hosts}` is repeated where one line would become too
long. A brace that is meant is doubled."""


class CauseRemedy(Remedy, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A remedy that fits every product; strict, because it is read from a file."""


class CauseWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person is told, as in `CauseText`."""

    title: str
    explanation: str
    remedies: tuple[CauseRemedy, ...] = ()


ToldAs = Literal["in_part", "unanswered", "inside", "asked", "everywhere", "form", "unverified"]
"""The names of what `CauseText` has to say in special cases."""
OTHER_REMEDIES: frozenset[ToldAs | None] = frozenset(("form", "unverified"))
"""Special cases that are not mended by what a product has for the cause as it usually is."""


class CauseText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a cause by itself, and what a person is told about it.

    `answers` are the questions that it answers with no. A cause that `informs` takes nothing from a device; one that is
    `unclear` leaves open what its endpoints would do; one that is `sweeping` speaks of all hosts, so that a few tries
    are weak evidence of it; one that `passes` names what works all the same, as far as that is proved. What a person is
    told are templates over `TEXT_FIELDS`, and `CONFIG_FIELDS` in the `config` of a remedy.

    `without_proxy` is told instead where no proxy is tested, or where the proxy has no part in it; `in_part` where the
    same was granted elsewhere in the run; `unanswered` where nothing was said for or against it; `inside`
    where it was seen only inside tunnels; `asked` where it asks there for a login; `everywhere` where no host was
    spared, so that no rule about hosts explains it; `form` where the form of the requests is refused; `unverified`
    where a proxy says that its own TLS to the host failed; `observed` where a real device was watched, and no test was
    made."""

    code: CauseCode
    about: About
    answers: tuple[CheckId, ...]
    title: str
    explanation: str
    informs: bool = False
    unclear: bool = False
    sweeping: bool = False
    passes: bool = False
    remedies: tuple[CauseRemedy, ...] = ()
    without_proxy: CauseWords | None = None
    in_part: CauseWords | None = None
    unanswered: CauseWords | None = None
    inside: CauseWords | None = None
    asked: CauseWords | None = None
    observed: CauseWords | None = None
    everywhere: CauseWords | None = None
    form: CauseWords | None = None
    unverified: CauseWords | None = None

    @property
    def special(self) -> Mapping[ToldAs, CauseWords | None]:
        """What is told in special cases."""
        return {
            "in_part": self.in_part,
            "unanswered": self.unanswered,
            "inside": self.inside,
            "asked": self.asked,
            "everywhere": self.everywhere,
            "form": self.form,
            "unverified": self.unverified,
        }


class Signal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way in which a product shows itself.

    `header` names the field when `where` is `header`; the value is matched. `attribute` names the part of the
    distinguished name (`CN`, `O`, `OU`, `emailAddress`) when `where` is `issuer` or `subject`; without it, the whole
    name is matched. `example` is what comes on the wire and matches: a status line, a header line, a piece of a page,
    a distinguished name (RFC 4514). `counterexample` comes near and does not match.

    `confidence` holds where an origin may have written the answer as well; where `in_refusal` is given, it counts
    instead in an answer that refuses a tunnel: there only the proxy speaks."""

    where: SignalPlace
    match: SignalMatch
    pattern: str = ""
    header: str | None = None
    attribute: str | None = None
    confidence: SignalConfidence
    in_refusal: SignalConfidence | None = None
    source: str
    example: str
    counterexample: str


class ProductRemedy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How this product is put right for one cause: a sentence (over `TEXT_FIELDS`) and the configuration to enter
    (over `CONFIG_FIELDS`). Capitals with hyphens, such as ADDRESS-OF-THE-DEVICE, are for the reader to replace.

    `proved` names the engine and its version to which a test applies it; without it the `source` alone says so.
    `told_as` names the special case of the cause that it is for."""

    cause: CauseCode
    told_as: ToldAs | None = None
    text: str
    config: str | None = None
    source: str
    proved: str | None = None
    confidence: SignalConfidence


class Product(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product between the device and its servers: how it looks on the wire (`signals`), in a certificate it minted
    (`authorities`), and how it is configured. Names in certificates count only where the chain is not public.

    `notes` keep what is known and cannot be matched."""

    name: str
    kind: ProductKind = "proxy"
    signals: tuple[Signal, ...] = ()
    authorities: tuple[Signal, ...] = ()
    remedies: tuple[ProductRemedy, ...] = ()
    notes: tuple[str, ...] = ()


class Knowledge(Struct, frozen=True):
    """Everything the diagnosis knows beforehand; passed to it, never read by it. `formats` are those of `proxycheck
    allowlist` by the name of the product that takes them."""

    causes: dict[CauseCode, CauseText]
    products: tuple[Product, ...]
    formats: Mapping[str, AllowlistFormat] = {}
