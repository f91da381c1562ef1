"""What can be said of one host's identity beside all others of the run: conditions, and the same in words."""

from datetime import datetime

from msgspec import Struct

from proxycheck.diagnosis.products.recognition import authority
from proxycheck.diagnosis.tls.identities import Identities
from proxycheck.diagnosis.tls.identity import Identity
from proxycheck.model.cause import ProductName
from proxycheck.model.files.knowledge import Product
from proxycheck.model.text import printable
from proxycheck.wire.certificates.facts import certificate_facts
from proxycheck.wire.certificates.outcome import UNKNOWN_ISSUER

_UNRELATED = 2
_UNRELATED_WITHOUT_ISSUER = 3
"""Two hosts may by chance belong to customers of one public authority and both forget its certificate; three of
different owners do not."""

_SERVERS = frozenset(("1.3.6.1.5.5.7.3.1", "2.5.29.37.0"))
"""Extended key usages that permit a server: its own, and any."""
_GATED = frozenset(("2.16.840.1.113730.4.1", "1.3.6.1.4.1.311.10.3.3"))
"""Server-gated cryptography of old: clients take it for a server's in an authority's certificate."""
_USES = {
    "1.3.6.1.5.5.7.3.2": "clients",
    "1.3.6.1.5.5.7.3.3": "code signing",
    "1.3.6.1.5.5.7.3.4": "e-mail",
    "1.3.6.1.5.5.7.3.8": "time stamping",
    "1.3.6.1.5.5.7.3.9": "OCSP",
}


class View(Struct, frozen=True):
    """One host's identity, and the run it stands in."""

    identity: Identity
    all: Identities
    products: tuple[Product, ...]

    @property
    def foreign(self) -> bool:
        """Whether no public authority is known to have issued the certificate."""
        return not self.identity.genuine

    @property
    def product(self) -> ProductName | None:
        """The product whose authority signed; asked only of foreign certificates."""
        leaf = self.identity.leaf
        return authority(self.products, leaf.issuer, leaf.subject) if self.foreign else None


def replaced(view: View) -> bool:
    """Without the proxy a public certificate stands where this one does: seen at this host, or at another of the same
    authority, which nobody else has been seen to use."""
    elsewhere = view.identity.issuer_key in view.all.only_through_proxy - view.all.also_without
    return view.identity.replaced or (view.identity.strange and view.identity.meant and elsewhere)


def contradicted(view: View) -> bool:
    """The same host shows a public certificate to another ClientHello. Beside one that is for another name, that tells
    of a second server and of nobody who signs; so does one that signed itself, where no other owner's host does so."""
    identity = view.identity
    signs = not identity.leaf.self_signed or len(view.all.torn) >= _UNRELATED
    return view.foreign and identity.meant and identity.contradicted and signs


def also_without(view: View) -> bool:
    """The same authority signs without the proxy."""
    return view.foreign and view.identity.issuer_key in view.all.also_without


def signs_on_path(view: View) -> bool:
    """The issuer also signs where no host stands."""
    return view.identity.issuer_key in view.all.on_path


def made_for_any_name(view: View) -> bool:
    """A certificate was made in this host's own tunnel for a name that cannot exist, or others that were are of the
    same make, be the key of the issuer another each time."""
    identity, run = view.identity, view.all
    return identity.strange and identity.meant and (identity.host in run.made_in or identity.make in run.makes)


def forged_issuer(view: View) -> bool:
    """The certificate names a public issuer that did not sign it."""
    return view.foreign and view.identity.disowned == "name-and-key"


def forged_timestamp(view: View) -> bool:
    """A known log's timestamp that the log did not give for this certificate."""
    return view.identity.scts == "invalid"


def trusted_here(view: View) -> bool:
    """The computer of the run trusts what no public list has. Timestamps, even of logs that are not known, are a public
    authority's mark: it may be newer than the lists. A company's own authority certifies its servers too, and what is
    for another name may well be one of these."""
    identity = view.identity
    return view.foreign and identity.meant and identity.trusted_here is not None and not identity.leaf.has_scts


def may_be_newer(view: View) -> bool:
    """Timestamps of logs that are not known: the authority may be a public one, newer than the lists."""
    return view.identity.scts == "unknown-log"


def shared_authority(view: View) -> bool:
    """One foreign authority for hosts of unrelated owners, this one among them."""
    identity = view.identity
    if not identity.meant or identity.refused:
        return False
    needed = _UNRELATED_WITHOUT_ISSUER if not identity.has_issuer and identity.leaf.has_scts else _UNRELATED
    return view.foreign and len(view.all.owners.get(identity.issuer_key, ())) >= needed


def shared_key(view: View) -> bool:
    """One foreign key for hosts of unrelated owners. A certificate that does not even name its host is what one server
    shows to which several names are led, unless nothing else is shown to anybody."""
    identity = view.identity
    own = identity.meant or identity.leaf.spki_sha256 in view.all.to_all
    return view.foreign and own and bool(view.all.shares_leaf_key(identity))


def only_given(view: View) -> bool:
    """Whether a person's word is all that speaks for the authority: no public list and no timestamp does."""
    return view.identity.public.anchor_sha256 in view.all.unlisted


def given_for_unrelated(view: View) -> bool:
    """Such an authority for hosts of unrelated owners, where public ones can be told from it."""
    anchor = view.identity.public.anchor_sha256 or ""
    return view.all.compared and len(view.all.unlisted.get(anchor, ())) >= _UNRELATED


def issuers_withheld(view: View) -> bool:
    """Most hosts, of unrelated owners, come without their issuers: whole owners do not all forget them."""
    alone = view.foreign and view.identity.incomplete and view.identity.names
    return alone and len(view.all.withheld) >= _UNRELATED_WITHOUT_ISSUER


def known_issuer_missing(view: View) -> bool:
    """A certificate whose public issuer is known from other hosts of the run, and was not sent by this one. A name says
    nothing where a certificate of that name is at hand whose key did not sign."""
    identity = view.identity
    known = identity.disowned is None and identity.leaf.issuer in view.all.public_issuers
    by_name = identity.incomplete and known
    return not identity.anchored and identity.meant and (identity.completed or by_name)


def issuer_missing(view: View) -> bool:
    """A certificate whose issuer is not known for want of a certificate. The leaves of public authorities say by whose
    key they are signed (RFC 5280 section 4.2.1.1); one that only bears such a name is not theirs."""
    identity = view.identity
    return identity.incomplete and identity.meant and identity.disowned != "name"


def breaks_the_rules(view: View) -> bool:
    """Whether a strict reader refuses the certificate: nothing in it is proved, whoever signed it."""
    return view.identity.leaf.problem is not None


def not_for_servers(view: View) -> bool:
    """Whether the leaf, or an authority between it and the root, is certified for other uses than servers."""
    return bool(_other_uses(view))


def _other_uses(view: View) -> tuple[str, ...]:
    """The uses that a certificate of the path is limited to, where servers are not among them (RFC 5280 section
    4.2.1.12)."""
    identity = view.identity
    above = [certificate_facts(der) for der in identity.public.path[1:-1]]
    for facts, allowed in ((identity.leaf, _SERVERS), *((each, _SERVERS | _GATED) for each in above)):
        uses = facts.extended_key_usages
        if uses and not allowed & set(uses):
            return uses
    return ()


# ---- In words ----------------------------------------------------------------


def issuer(view: View) -> str:
    """The name of the issuer, printable."""
    return printable(view.identity.leaf.issuer, 120)


def names(view: View) -> str:
    """The names that the certificate is for."""
    return printable(", ".join((*view.identity.leaf.dns_names, *view.identity.leaf.ip_addresses)[:3]), 120) or "no name"


def torn(view: View) -> str:
    """How a host shows its own certificate and another one as well."""
    if view.all.by_connection:
        both = f"one connection to the host brings its public certificate, and another brings one by {issuer(view)}"
        return f"{both}; the TLS greeting does not decide which: the same ones fare otherwise in other tries"
    return f"the host shows a public certificate to one TLS greeting, and to another one by {issuer(view)}"


def in_own_tunnel(view: View) -> str:
    """Where a certificate was made for a name that cannot exist."""
    if view.identity.host in view.all.made_in:
        return "in this host's own tunnel a certificate was made for a name that does not exist too"
    return "a certificate of the very same make came for a name that does not exist too, in another host's tunnel"


def in_place_of(view: View) -> str:
    """Which authority stands in which one's place."""
    direct = view.identity.direct
    if direct is None:
        return f"the certificate is signed by {issuer(view)}, in whose place public authorities sign without the proxy"
    public = printable(direct.leaf.issuer, 120)
    return f"the certificate is signed by {issuer(view)}; without the proxy it is signed by {public}, which is public"


def beside(view: View) -> str:
    """What the host shows without the proxy; nothing where that was not asked."""
    identity, direct = view.identity, view.identity.direct
    if direct is None:
        return ""
    if identity.same_key_directly:
        return "the same certificate comes without the proxy, which has no part in it"
    if identity.same_issuer_directly:
        return "one of the same authority comes without the proxy, which has no part in it"
    if direct.genuine and direct.names and direct.public.ok:
        return f"without the proxy a valid one comes, signed by {printable(direct.leaf.issuer, 120)}"
    return ""


def same_key(view: View) -> str:
    """Where else the key answers."""
    others = view.all.shares_leaf_key(view.identity)
    return f"the same key answers for {printable(', '.join(others[:3]), 120)}, which the certificate is not for"


def same_authority(view: View) -> str:
    """For whom the authority signs."""
    owners = ", ".join(sorted(view.all.owners[view.identity.issuer_key])[:4])
    if view.identity.disowned == "name":
        return (
            f"unrelated hosts ({owners}) name one issuer, {issuer(view)}, a public one whose key did not sign for them"
        )
    if view.identity.has_issuer:
        return f"one authority that is on no public list ({issuer(view)}) signs for unrelated hosts: {owners}"
    return f"unrelated hosts ({owners}) name one issuer, {issuer(view)}, whose certificate none of them sends"


def given(view: View) -> str:
    """What speaks for an authority that a person named, and what does not."""
    root = printable(certificate_facts(view.identity.public.path[-1]).subject, 120)
    return f"it leads to {root}, which was given with --roots and is on no public list, and carries no timestamp"


def own_root(view: View) -> str:
    """Whom this computer trusts and the device does not."""
    root = printable(view.identity.trusted_here or "", 120)
    return f"only this computer trusts it, as PCs do with a company's own authority: {root} is on no public list"


def withheld(view: View) -> str:
    """Who comes without an issuer."""
    owners = ", ".join(sorted(view.all.withheld)[:4])
    return f"the certificates of most hosts come without their issuer's, for unrelated owners alike: {owners}"


def validity(identity: Identity) -> tuple[datetime, datetime]:
    """From when to when all certificates of a path are valid, up to the anchor, whose own dates clients pass over."""
    facts = [certificate_facts(der) for der in identity.public.path[:-1] or identity.public.path]
    return max(each.not_before for each in facts), min(each.not_after for each in facts)


def wrong_date(identity: Identity) -> str:
    """Which certificate of a path is not valid today, and when it is."""
    facts = certificate_facts(identity.public.path[identity.public.depth])
    whose = "" if identity.public.depth == 0 else f" ({printable(facts.subject, 120)}, which stands above the host's)"
    return f"{identity.public.message}{whose}: valid from {facts.not_before:%Y-%m-%d} to {facts.not_after:%Y-%m-%d}"


def dates(view: View) -> str:
    """What is wrong with the dates."""
    whose = "the" if view.identity.public.depth == 0 else "an issuer's"
    return f"{whose} {wrong_date(view.identity)}"


def untrusted(view: View) -> str:
    """What is known of a certificate that no row explains."""
    identity = view.identity
    other = "; to another TLS greeting the host shows its public one" if identity.contradicted else ""
    if not identity.meant:
        where = "the name leads to another server, in DNS or by the proxy, and nothing shows that anybody reads TLS"
        return f"the certificate is for another name ({names(view)}) and signed {_signer(view)}: {where}{other}"
    if identity.refused:
        return f"the certificate is signed {_signer(view)}"
    if identity.contradicted:
        return f"the certificate is signed {_signer(view)}{other}: a second server of its own would look the same"
    return f"the certificate is signed {_signer(view)}; nothing shows who is behind it"


def _signer(view: View) -> str:
    """Who signed, and why that does not hold."""
    identity, public = view.identity, view.identity.public
    if identity.leaf.self_signed:
        return "by itself"
    if identity.disowned == "name":
        return f"under the name of {issuer(view)}, a public authority, whose key did not sign it"
    if not identity.has_issuer:
        return f"by {issuer(view)}, whose certificate was not sent"
    if public.code in UNKNOWN_ISSUER:
        return f"by {issuer(view)}, which is on no public list"
    known = ", whose own leads to a public root" if identity.refused else ""
    which = "the host's certificate" if public.depth == 0 else f"the one {public.depth} above the host's"
    return f"by {issuer(view)}{known}, and the chain is refused for {which}: {printable(public.message, 120)}"


def unreadable(view: View) -> str:
    """How a certificate breaks the rules."""
    problem = printable(view.identity.leaf.problem or "", 160)
    return f"the certificate by {issuer(view)} is not written as certificates have to be ({problem})"


def other_uses(view: View) -> str:
    """What the certificate may be used for."""
    uses = ", ".join(_USES.get(use, use) for use in _other_uses(view))
    return f"the certificate, or an authority's above it, is for other uses than servers ({printable(uses, 120)})"


def host_key(view: View) -> str:
    """What a completed handshake under a public certificate proves."""
    root = "leads to a root given with --roots" if view.all.custom else "is public"
    return f"the key that signed this handshake: its certificate {root} and names the host"


def vouched(view: View) -> str:
    """The same where the chain is in disorder, with a log's word that a public authority issued the certificate."""
    log = printable(view.identity.sct_logs[0], 60)
    return f"the key that signed this handshake: its certificate names the host, and {log} vouches for its issuer"
