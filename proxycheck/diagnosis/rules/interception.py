"""Is somebody reading TLS? An ordered table: the first row that applies gives the verdict and its proof.

Passthrough is proved, not inferred: a leaf whose key took part in the handshake (RFC 8446 section 4.4.3, RFC 5246
section 7.4.3), whose chain leads to a public root and whose name is the host's cannot be somebody else's. Not being
trusted is no proof of inspection: that takes one authority for unrelated hosts, one key for hosts that the certificate
is not for, or an authority that also answered for a name which cannot exist.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

from msgspec import Struct

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.identity import Identities, Identity
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.recognition import authority
from proxycheck.model.cause import CauseCode, Confidence, ProductName
from proxycheck.model.knowledge import Product
from proxycheck.model.report import TlsVerdict
from proxycheck.model.text import printable
from proxycheck.wire.verification import EXPIRED, NOT_YET_VALID

_FEW_HOSTS_WRONG_BY_DATE = 0.2


class Judgement(Struct, frozen=True):
    """The verdict on one host's TLS: the row that gave it, the proof in words, and the cause if there is one."""

    row: str
    verdict: TlsVerdict
    proof: str
    cause: CauseCode | None = None
    confidence: Confidence = "conclusive"
    product: ProductName | None = None


class _View(Struct, frozen=True):
    identity: Identity
    all: Identities
    products: tuple[Product, ...]


class Row(Struct, frozen=True):
    """One row: its name, when it applies, and what it says."""

    name: str
    applies: Callable[[_View], bool]
    says: Callable[[_View], Judgement]


def _issuer(view: _View) -> str:
    return printable(view.identity.leaf.issuer, 120)


def _inspected(
    row: str, proof: Callable[[_View], str], confidence: Confidence = "conclusive"
) -> Callable[[_View], Judgement]:
    def says(view: _View) -> Judgement:
        product = authority(view.products, view.identity.leaf.issuer, view.identity.leaf.subject)
        return Judgement(row, "inspected", proof(view), "tls.inspected", confidence, product)

    return says


def _unclear(
    row: str, cause: CauseCode, proof: Callable[[_View], str], confidence: Confidence = "strong"
) -> Callable[[_View], Judgement]:
    return lambda view: Judgement(row, "inconclusive", proof(view), cause, confidence)


def _passthrough(row: str, proof: Callable[[_View], str], confidence: Confidence) -> Callable[[_View], Judgement]:
    return lambda view: Judgement(row, "passthrough", proof(view), None, confidence)


def _signs_on_path(view: _View) -> bool:
    return view.identity.issuer_key in view.all.on_path


def _genuine_but_incomplete(view: _View) -> bool:
    identity = view.identity
    return identity.incomplete and (identity.leaf.has_scts or identity.leaf.issuer in view.all.public_issuers)


def _shared_authority(view: _View) -> bool:
    return len(view.all.issuer_domains.get(view.identity.issuer_key, ())) > 1


def _same_key_words(view: _View) -> str:
    others = view.all.shares_leaf_key(view.identity)
    return f"the same key answers for {printable(', '.join(others[:3]), 120)}, which the certificate is not for"


def _authority_words(view: _View) -> str:
    domains = sorted(view.all.issuer_domains[view.identity.issuer_key])
    return (
        f"one authority that is on no public list ({_issuer(view)}) signs for unrelated hosts: {', '.join(domains[:4])}"
    )


def _dates_words(view: _View) -> str:
    leaf = view.identity.leaf
    return f"{view.identity.public.message}: valid from {leaf.not_before:%Y-%m-%d} to {leaf.not_after:%Y-%m-%d}"


def _proved_words(view: _View) -> str:
    return "the leaf's key took part in the handshake, the chain leads to a public root, the name is the host's"


ROWS: tuple[Row, ...] = (
    Row(
        "origin-chain-incomplete",
        lambda v: not v.identity.anchored and _genuine_but_incomplete(v) and not _signs_on_path(v),
        _unclear(
            "origin-chain-incomplete",
            "tls.incomplete-chain",
            lambda v: f"the certificate of the issuer ({_issuer(v)}) was not sent",
        ),
    ),
    Row(
        "timestamp-forged",
        lambda v: not v.identity.anchored and v.identity.scts == "invalid",
        _inspected("timestamp-forged", lambda v: "its transparency timestamps are copied: the log did not sign this"),
    ),
    Row(
        "authority-of-the-proxy",
        lambda v: not v.identity.anchored and _signs_on_path(v),
        _inspected(
            "authority-of-the-proxy",
            lambda v: (
                f"the authority ({_issuer(v)}) signs on the path: also in another host's tunnel, or for no host at all"
            ),
        ),
    ),
    Row(
        "one-authority-for-unrelated-hosts",
        lambda v: not v.identity.anchored and _shared_authority(v),
        _inspected("one-authority-for-unrelated-hosts", _authority_words),
    ),
    Row(
        "one-key-for-many-hosts",
        lambda v: not v.identity.anchored and bool(v.all.shares_leaf_key(v.identity)),
        _inspected("one-key-for-many-hosts", _same_key_words),
    ),
    Row(
        "named-product",
        lambda v: (
            not v.identity.anchored
            and authority(v.products, v.identity.leaf.issuer, v.identity.leaf.subject) is not None
        ),
        _inspected("named-product", lambda v: f"signed by {_issuer(v)}, which is on no public list", "strong"),
    ),
    Row(
        "chain-incomplete",
        lambda v: v.identity.incomplete,
        _unclear(
            "chain-incomplete",
            "tls.incomplete-chain",
            lambda v: f"the certificate of the issuer ({_issuer(v)}) was not sent",
            "weak",
        ),
    ),
    Row(
        "untrusted",
        lambda v: not v.identity.anchored,
        _unclear(
            "untrusted",
            "tls.untrusted",
            lambda v: f"signed by {_issuer(v)}, which is on no public list; nothing shows who is behind it",
        ),
    ),
    Row(
        "dates",
        lambda v: v.identity.public.code in (EXPIRED, NOT_YET_VALID),
        _unclear("dates", "tls.expired", _dates_words),
    ),
    Row(
        "another-name",
        lambda v: not v.identity.names,
        _unclear(
            "another-name",
            "tls.diverted",
            lambda v: f"a public certificate for {printable(', '.join(v.identity.leaf.dns_names[:3]), 120)}",
        ),
    ),
    Row(
        "possession-not-proved",
        lambda v: not v.identity.possession,
        _unclear("possession-not-proved", "tls.blocked", lambda v: "the handshake did not complete", "weak"),
    ),
    Row(
        "timestamp-forged-under-public-root",
        lambda v: v.identity.scts == "invalid",
        _unclear(
            "timestamp-forged-under-public-root",
            "tls.untrusted",
            lambda v: "the chain is public, and yet its transparency timestamps are not for this certificate",
        ),
    ),
    Row(
        "proved-by-timestamp",
        lambda v: v.identity.scts == "valid",
        _passthrough(
            "proved-by-timestamp",
            lambda v: f"{_proved_words(v)}, and {printable(v.identity.sct_logs[0], 60)} vouches for it",
            "conclusive",
        ),
    ),
    Row(
        "proved-log-unknown",
        lambda v: v.identity.scts == "unknown-log",
        _passthrough(
            "proved-log-unknown", lambda v: f"{_proved_words(v)} (its transparency log is not known)", "strong"
        ),
    ),
    Row("proved", lambda v: True, _passthrough("proved", _proved_words, "strong")),
)


def judge_tls(identity: Identity, all_identities: Identities, products: tuple[Product, ...]) -> Judgement:
    """The first row that applies."""
    view = _View(identity, all_identities, products)
    return next(row.says(view) for row in ROWS if row.applies(view))


def judgements(case: Case, found: Identities) -> dict[str, Judgement]:
    """The verdict on every host that showed a certificate, by endpoint."""
    products = case.knowledge.products
    page = Judgement("page-only", "inconclusive", "blocked: TLS was ended only to show a page of the proxy's own")
    return {
        key: page if key in found.page_only else judge_tls(identity, found, products)
        for key, identity in found.by_endpoint.items()
    }


def interception(case: Case, found: Identities, verdicts: dict[str, Judgement]) -> Iterator[Finding]:
    """One finding for each cause and proof; a clock that is wrong explains many wrong dates at once."""
    groups: dict[tuple[CauseCode, Confidence], list[Observation]] = defaultdict(list)
    for observation in case.observations:
        judgement = verdicts.get(observation.id)
        if judgement is not None and judgement.cause is not None and observation.opened:
            groups[judgement.cause, judgement.confidence].append(observation)
    for (code, confidence), members in groups.items():
        chosen = _clock(code, members, len(verdicts))
        proofs = tuple(dict.fromkeys(verdicts[o.id].proof for o in members))
        product = next((p for o in members if (p := verdicts[o.id].product) is not None), None)
        yield Finding(chosen, tuple(members), confidence, proofs[:4], product=product)
    untrusted = _device_untrusted(case, found, verdicts)
    if untrusted:
        said = f"issued under {printable(found.by_endpoint[untrusted[0].id].leaf.issuer, 100)}"
        yield Finding("tls.device-untrusted", tuple(untrusted), "strong", (said,), "info", final=False)


def _clock(code: CauseCode, members: list[Observation], measured: int) -> CauseCode:
    many = len(members) > 2 and len(members) > _FEW_HOSTS_WRONG_BY_DATE * measured
    return "network.clock-wrong" if code == "tls.expired" and many else code


def _device_untrusted(case: Case, found: Identities, verdicts: dict[str, Judgement]) -> list[Observation]:
    """Hosts that reach the device unchanged, under a root that the device does not have."""
    result = []
    for observation in case.observations:
        judgement, identity = verdicts.get(observation.id), found.by_endpoint.get(observation.id)
        if judgement is None or identity is None or judgement.verdict != "passthrough" or identity.device is None:
            continue
        if not identity.device.anchored and identity.device.undecided is None:
            result.append(observation)
    return result
