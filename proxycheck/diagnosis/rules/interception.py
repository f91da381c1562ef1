"""Is somebody reading TLS? An ordered table: the first row that applies gives the verdict and its proof.

Passthrough is proved, not inferred: a leaf whose key took part in the handshake (RFC 8446 section 4.4.3, RFC 5246
section 7.4.3), which a public authority issued and whose name is the host's cannot be somebody else's. Wrong dates or a
missing intermediate change nothing about that; they are causes of their own.

Not being trusted is no proof of inspection, nor is a certificate as bare as private ones are. That takes an authority
that also signs where no host stands, one authority or one key for hosts of unrelated owners, a timestamp or an issuer
that is forged, or a product's own name. Nor is another certificate than without the proxy, or the same one at many
hosts, where it does not name the host: it is another server's then, to which the name is led, and who wants to read
what PCs say has to name the host to them. What is left is told as what it is: nobody knows.
"""

from collections.abc import Callable

from msgspec import Struct, structs

from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.tls import proof
from proxycheck.diagnosis.tls.identities import Identities
from proxycheck.diagnosis.tls.identity import Identity, chain_of
from proxycheck.diagnosis.tls.proof import View
from proxycheck.model.cause import CauseCode, Confidence, ProductName
from proxycheck.model.report import TlsVerdict
from proxycheck.wire.certificates.outcome import EXPIRED, NOT_YET_VALID

ONLY_GIVEN = "given-root-alone"


class Judgement(Struct, frozen=True):
    """The verdict on one host's TLS: the row that gave it, the proof in words, and the cause if there is one.

    `without_proxy` says that the same comes without the proxy, which has no part in it then; `beside` is that part of
    the proof which tells what comes without it."""

    row: str
    verdict: TlsVerdict
    proof: str
    cause: CauseCode | None = None
    confidence: Confidence = "conclusive"
    product: ProductName | None = None
    without_proxy: bool = False
    beside: str = ""

    @property
    def sentence(self) -> str:
        """Verdict and proof in one."""
        match self.verdict:
            case "passthrough":
                return f"passthrough (proved by {self.proof})"
            case "inspected":
                return f"inspected (because {self.proof})"
            case _:
                return f"could not tell (because {self.proof})"


Words = Callable[[View], str]
Condition = Callable[[View], bool]


class Row(Struct, frozen=True):
    """One row: its name, when it applies, and what it says."""

    name: str
    applies: Condition
    verdict: TlsVerdict
    confidence: Confidence
    proof: Words
    cause: CauseCode | None = None

    def judge(self, view: View) -> Judgement:
        """What the row says of a host."""
        product = view.product if self.verdict == "inspected" else None
        return Judgement(self.name, self.verdict, self.proof(view), self.cause, self.confidence, product)


def _inspected(name: str, applies: Condition, said: Words, confidence: Confidence = "conclusive") -> Row:
    return Row(name, applies, "inspected", confidence, said, "tls.inspected")


def _unclear(name: str, applies: Condition, cause: CauseCode | None, confidence: Confidence, said: Words) -> Row:
    return Row(name, applies, "inconclusive", confidence, said, cause)


def _proved(
    name: str, applies: Condition, said: Words, cause: CauseCode | None = None, confidence: Confidence = "conclusive"
) -> Row:
    return Row(name, applies, "passthrough", confidence, said, cause)


def _vouched(view: View) -> bool:
    identity = view.identity
    return identity.names and identity.possession and identity.scts == "valid"


def _wrong_dates(view: View) -> bool:
    return view.identity.public.code in (EXPIRED, NOT_YET_VALID)


_INSPECTED = (
    _inspected("public-without-the-proxy", proof.replaced, proof.in_place_of),
    _inspected("another-certificate-for-another-greeting", proof.contradicted, proof.torn),
    _inspected(
        "authority-of-the-proxy",
        proof.signs_on_path,
        lambda v: (
            f"the authority ({proof.issuer(v)}) signs for a name that does not exist too, or in another host's tunnel"
        ),
    ),
    _inspected("made-for-any-name", proof.made_for_any_name, proof.in_own_tunnel),
    _inspected(
        "issuer-forged",
        proof.forged_issuer,
        lambda v: f"the certificate names {proof.issuer(v)}, whose key did not sign it",
    ),
    _inspected(
        "timestamp-forged",
        lambda v: v.foreign and proof.forged_timestamp(v),
        lambda v: f"its transparency timestamps are copied: {v.identity.sct_logs[0]} did not sign this certificate",
    ),
    _inspected("trusted-by-this-computer-alone", proof.trusted_here, proof.own_root),
    _inspected(
        "one-authority-and-unknown-logs",
        lambda v: proof.shared_authority(v) and proof.may_be_newer(v),
        proof.same_authority,
        "strong",
    ),
    _inspected("one-authority-for-unrelated-hosts", proof.shared_authority, proof.same_authority),
    _inspected("one-key-for-many-hosts", proof.shared_key, proof.same_key),
    _inspected(
        "given-root-for-unrelated-hosts",
        proof.given_for_unrelated,
        lambda v: f"{proof.given(v)}, for hosts of unrelated owners: as a company's own authority does",
        "strong",
    ),
    _inspected("issuers-withheld", proof.issuers_withheld, proof.withheld, "strong"),
    _inspected(
        "named-product",
        lambda v: v.product is not None and v.identity.meant,
        lambda v: f"the certificate is signed by {proof.issuer(v)}, which is on no public list",
        "strong",
    ),
)

_UNTRUSTED = (
    _proved(
        "proved-though-incomplete",
        lambda v: not v.identity.anchored and _vouched(v) and v.identity.ends_early,
        proof.vouched,
        "tls.incomplete-chain",
    ),
    _proved(
        "proved-though-untrusted", lambda v: not v.identity.anchored and _vouched(v), proof.vouched, "tls.untrusted"
    ),
    _unclear(
        "origin-chain-incomplete",
        proof.known_issuer_missing,
        "tls.incomplete-chain",
        "conclusive",
        lambda v: f"the certificate of the issuer ({proof.issuer(v)}) was not sent; it is a public one",
    ),
    _unclear(
        "chain-incomplete",
        proof.issuer_missing,
        "tls.incomplete-chain",
        "weak",
        lambda v: f"the certificate of the issuer ({proof.issuer(v)}) was not sent, and nothing else shows who it is",
    ),
    _unclear("untrusted", lambda v: not v.identity.anchored, "tls.untrusted", "strong", proof.untrusted),
)

_PUBLIC = (
    _unclear(
        "another-name",
        lambda v: not v.identity.names,
        "tls.diverted",
        "strong",
        lambda v: f"the certificate is a public one for {proof.names(v)}",
    ),
    _unclear(
        "possession-not-proved",
        lambda v: not v.identity.possession,
        None,
        "weak",
        lambda v: "a public certificate was shown, and the handshake that would prove its key did not complete",
    ),
    _unclear(
        "timestamp-forged-under-public-root",
        proof.forged_timestamp,
        "tls.untrusted",
        "strong",
        lambda v: "the chain is public, and yet its transparency timestamps are not for this certificate",
    ),
    _proved("proved-though-dates-are-wrong", lambda v: _wrong_dates(v) and _vouched(v), proof.vouched, "tls.expired"),
    _unclear("dates", _wrong_dates, "tls.expired", "strong", proof.dates),
    _proved(
        "proved-by-timestamp", _vouched, lambda v: f"{proof.host_key(v)}, and {v.identity.sct_logs[0]} vouches for it"
    ),
    _unclear(
        ONLY_GIVEN,
        proof.only_given,
        "tls.untrusted",
        "weak",
        lambda v: f"{proof.given(v)}: one by a company's own authority would look the same",
    ),
    _proved(
        "proved-log-unknown",
        lambda v: v.identity.scts == "unknown-log",
        lambda v: f"{proof.host_key(v)}; its transparency log is not known here",
        confidence="strong",
    ),
    _proved(
        "proved",
        lambda v: True,
        lambda v: f"{proof.host_key(v)}; it carries no transparency timestamp",
        confidence="strong",
    ),
)

_UNREADABLE = _unclear("unreadable", proof.breaks_the_rules, "tls.untrusted", "strong", proof.unreadable)
_NOT_FOR_SERVERS = _unclear("not-for-servers", proof.not_for_servers, "tls.untrusted", "strong", proof.other_uses)

ROWS: tuple[Row, ...] = (*_INSPECTED, _UNREADABLE, _NOT_FOR_SERVERS, *_UNTRUSTED, *_PUBLIC)
"""In order. From `another-name` on, the chain leads to a public root."""

_PAGE = Judgement("page-only", "inconclusive", "it is blocked: TLS was ended only to show a page of the proxy's own")
_ONE_PAGE = Judgement(
    "one-page-for-all",
    "inconclusive",
    "it is blocked: hosts of unrelated owners show certificates of one key, which name none of them as certificates "
    "have to, and one page",
    "tunnel.block-page",
    "strong",
)
_SILENT_INSIDE = Judgement(
    "one-key-and-nothing-inside",
    "inconclusive",
    "hosts of unrelated owners show one certificate, which is for none of them, and nothing comes inside TLS: they are "
    "led to another server, by the proxy or in DNS",
    "tls.untrusted",
    "strong",
)
_NO_CERTIFICATE = Judgement(
    "no-certificate", "inconclusive", "TLS was spoken and no certificate was shown", "tls.untrusted", "strong"
)
_NOT_READABLE = Judgement(
    "unreadable", "inconclusive", "what was shown as a certificate cannot be read as one", "tls.untrusted", "strong"
)
_NOT_THE_PROXY = "an antivirus program on this computer or a transparent gateway, not the proxy under test"


def judge_tls(identity: Identity, all_identities: Identities, case: Case) -> Judgement:
    """The first row that applies."""
    view = View(identity, all_identities, case.knowledge.products)
    judged = next(row.judge(view) for row in ROWS if row.applies(view))
    if judged.verdict == "inspected" and proof.also_without(view):
        said = f"{judged.proof}; also without the proxy: {_NOT_THE_PROXY}"
        return structs.replace(judged, proof=said, confidence="strong", without_proxy=True)
    if judged.cause is None or judged.verdict == "inspected":
        return judged
    beside = proof.beside(view)
    return structs.replace(judged, proof=f"{judged.proof}; {beside}", beside=beside) if beside else judged


def judgements(case: Case, found: Identities) -> dict[str, Judgement]:
    """The verdict on every host with which TLS was spoken to the end or that showed a certificate, by endpoint."""
    pages = {
        **dict.fromkeys(found.silent_inside, _SILENT_INSIDE),
        **dict.fromkeys(found.one_page, _ONE_PAGE),
        **dict.fromkeys(found.page_only, _PAGE),
    }
    judged = {key: pages.get(key) or judge_tls(identity, found, case) for key, identity in found.by_endpoint.items()}
    for record in (*case.of("endpoints", "tls"), *case.of("hellos", "tls")):
        key, shown = record.endpoint or "", record.tls is not None and bool(record.tls.chain)
        if shown and record.tls is not None and not chain_of(record.tls):
            if key not in judged or judged[key].verdict == "passthrough":
                judged[key] = _NOT_READABLE
        elif not shown and record.failure is None and record.check == "endpoints":
            judged.setdefault(key, _NO_CERTIFICATE)
    return judged
