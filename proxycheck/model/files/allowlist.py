"""An allow-list: the hosts of a device, in the syntax of the product that has to let them pass.

What each product takes is data in `fixtures/allowlists.toml`, read by `proxycheck.catalogue`; `proxycheck.report`
writes the lists.
"""

from typing import Literal

from msgspec import Struct

from proxycheck.model.cause import CauseCode
from proxycheck.model.device import SourceConfidence, Tier

Purpose = Literal["allow", "no-inspect"]
"""`allow`: the hosts can be reached. `no-inspect`: their TLS is left alone. Products keep these in different places."""
ExemptionKind = Literal["login", "content"]
"""What hosts can be exempt from besides a filter and TLS inspection: the proxy's login, changes to their content."""
FormatName = Literal[
    "plain",
    "csv",
    "json",
    "squid",
    "pac",
    "panos-url",
    "panos-exclusion",
    "fortigate",
    "zscaler",
    "umbrella",
    "netskope",
    "skyhigh",
    "proxysg",
    "checkpoint",
    "pfsense",
    "cloudflare",
    "aws-nfw",
]


class Exemption(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Causes that a list of hosts answers where the product exempts hosts from something else than a filter: `use` says
    in an infinitive what the list is for."""

    kind: ExemptionKind
    purpose: Purpose
    causes: frozenset[CauseCode]
    use: str


class Entry(Struct, frozen=True, kw_only=True):
    """One line of an allow-list: a host and the TCP ports on which the device asks for it.

    With `below`, every name below `host` is meant too: the guide's pattern `*.HOST`. `tier` is the strongest among the
    endpoints behind the entry, `functions` what the device uses them for, and `causes` what a report found there."""

    host: str
    ports: tuple[int, ...]
    tier: Tier
    functions: tuple[str, ...] = ()
    causes: tuple[CauseCode, ...] = ()
    confidence: SourceConfidence = "guide"
    below: bool = False

    @property
    def name(self) -> str:
        """The host as the guides write it: `*.example.com` where all names below are meant."""
        return f"*.{self.host}" if self.below else self.host


class Hosts(Struct, frozen=True):
    """Everything that an allow-list is made from: whose hosts, the guide and its revision, and the entries.

    `name` is the device's name (`sendpro-c`), `version` the guide's date as YYYYMMDD followed by 00. `refused` names
    what a report holds and no list may: what is no host name. Where all entries are for one `exemption`, that is what
    the list is for; `exempt` names the hosts of each where they are only some of the list."""

    name: str
    title: str
    document: str
    version: str
    entries: tuple[Entry, ...]
    refused: tuple[str, ...] = ()
    exemption: Exemption | None = None
    exempt: tuple[tuple[Exemption, tuple[str, ...]], ...] = ()


class Listing(Struct, frozen=True):
    """An allow-list, ready: `text` is the list alone, `entries` the number of its hosts and patterns, `where` the place
    in the product where it goes, `trust` how it was tried. `notes` tell what the product cannot express, and what else
    its administrator has to know: a sentence each."""

    text: str
    entries: int
    where: str
    trust: str
    notes: tuple[str, ...] = ()


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a product keeps the list for one purpose. `proved` names the engine and its version that was run with an
    exported list; without it the list follows the product's documentation alone. `notes` are told with every list.
    `exempts` says from what else the hosts are exempt in the same place."""

    purpose: Purpose
    where: str
    proved: str | None = None
    notes: tuple[str, ...] = ()
    exempts: tuple[ExemptionKind, ...] = ()


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a product takes at most; None where its documentation names no limit.

    `levels_below` is the number of labels that a pattern may stand for."""

    entries: int | None = None
    bytes: int | None = None
    characters: int | None = None
    levels_below: int | None = None


class AllowlistFormat(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One format of `allowlist --format`: the product, what it can express, where the list goes, and the source.

    `products` name those of `fixtures/products` whose administrators are told of this format. `comment` begins a
    comment line, where the product has comments. `ports` and `patterns` say whether it can name ports, and whether one
    entry can stand for all names below a domain."""

    name: FormatName
    title: str
    products: tuple[str, ...] = ()
    places: tuple[Place, ...]
    ports: bool
    patterns: bool
    comment: str | None = None
    limits: Limits = Limits()
    source: str


class Allowlists(Struct, frozen=True, kw_only=True):
    """All formats by name, for each purpose the causes whose endpoints belong on such a list, and those whose endpoints
    do where a product exempts hosts from something else."""

    formats: dict[FormatName, AllowlistFormat]
    answers: dict[Purpose, frozenset[CauseCode]]
    exemptions: tuple[Exemption, ...] = ()
