"""The decision table row by row: who is accused, on what ground, and above all who is not."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import structs

from proxycheck.diagnosis.rules.interception import ROWS
from proxycheck.diagnosis.trust import Trust
from proxycheck.lab.internet.ct_log import LabLog
from proxycheck.model.evidence import Evidence
from proxycheck.model.trust import TrustAnchors
from proxycheck.wire.certificates.verification import RootStore
from tests.diagnosis.recorded import record
from tests.diagnosis.shown import Chain, control, findings, nothing, page, run, shown, trust, verdicts
from tests.real.authority import Authority, new_key
from tests.real.interception.mimic import Disguise, Forger
from tests.support import chains

PB, OTHER_PB, PITNEYBOWES = "distservp1.pb.com", "ms1app.pb.com", "api.pitneybowes.com"
AMAZON, GOOGLE, OKTA, APPLE = "s3.amazonaws.com", "www.google.com", "pitneybowes.okta.com", "captive.apple.com"
UNRELATED = (PB, AMAZON, GOOGLE, OKTA)
NONCE = "proxycheck-0.invalid"
LOG = LabLog()
PUBLIC, PRIVATE = Authority("Public Example", LOG), Authority("Private Example")
BELIEVED = trust(PUBLIC, logs=[LOG])


def signed(authority: Authority, host: str) -> Chain:
    """A certificate for `host` over a key of its own, with what belongs above it."""
    return authority.issue([host], new_key())


def honest(*hosts: str) -> list[Evidence]:
    """Hosts that show their public certificates."""
    return [each for host in hosts for each in shown(host, signed(PUBLIC, host))]


def rules(evidence: Sequence[Evidence], *added: str, believed: Trust = BELIEVED) -> dict[str, str]:
    """The rule that gave the verdict, by host."""
    return {host: judgement.row for host, judgement in verdicts(run(evidence, *added), believed).items()}


# ---- Nobody is accused without proof --------------------------------------------------


def test_public_certificates_are_passthrough_by_what_vouches_for_them() -> None:
    elsewhere = PUBLIC.unlogged(LabLog("unknown"))
    evidence = [
        *honest(PB),
        *shown(AMAZON, signed(elsewhere, AMAZON)),
        *shown(GOOGLE, signed(PUBLIC.unlogged(), GOOGLE)),
    ]
    assert rules(evidence) == {PB: "proved-by-timestamp", AMAZON: "proved-log-unknown", GOOGLE: "proved"}
    told = verdicts(run(evidence), BELIEVED)
    assert {judgement.verdict for judgement in told.values()} == {"passthrough"}
    assert [told[host].confidence for host in (PB, AMAZON, GOOGLE)] == ["conclusive", "strong", "strong"]
    assert told[PB].sentence.startswith("passthrough (proved by the key that signed this handshake")
    assert LOG.log.description in told[PB].proof


@pytest.mark.parametrize("hosts", [(PB, OTHER_PB), (PB, PITNEYBOWES), (PB, OTHER_PB, PITNEYBOWES)])
def test_an_owners_own_authority_is_not_inspection(hosts: tuple[str, ...]) -> None:
    evidence = [each for host in hosts for each in shown(host, signed(PRIVATE, host))]
    assert rules([*evidence, *honest(AMAZON)]) == {**dict.fromkeys(hosts, "untrusted"), AMAZON: "proved-by-timestamp"}


def test_an_owners_one_key_for_all_certificates_is_not_inspection() -> None:
    key = new_key()
    private = [each for host in (PB, OTHER_PB) for each in shown(host, PRIVATE.issue([host], key))]
    assert set(rules(private).values()) == {"untrusted"}
    public = [each for host in UNRELATED for each in shown(host, PUBLIC.unlogged().issue([host], key))]
    assert set(rules(public).values()) == {"proved"}


def test_hosts_that_a_person_added_do_not_accuse() -> None:
    """A company may certify its own hosts, under as many domains as it likes."""
    added = ("wiki.company.example", "intranet.other.example", "10.0.0.7")
    evidence = [each for host in (*added, PB) for each in shown(host, signed(PRIVATE, host))]
    assert rules(evidence, *added) == dict.fromkeys((*added, PB), "untrusted")


def test_two_hosts_parked_at_one_server_are_not_inspected_and_three_are_where_nothing_else_is_shown() -> None:
    parked = PRIVATE.issue(["localhost"], new_key())
    two = [each for host in (AMAZON, OKTA) for each in shown(host, parked)]
    assert set(rules(two).values()) == {"untrusted"}
    assert set(rules([*two, *shown(GOOGLE, parked)]).values()) == {"one-key-for-many-hosts"}


def test_a_host_that_shares_its_key_with_parked_ones_is_not_inspected() -> None:
    key = new_key()
    parked = PRIVATE.issue(["localhost"], key)
    evidence = [*shown(AMAZON, parked), *shown(OKTA, parked), *shown(PB, PRIVATE.issue([PB], key))]
    assert rules(evidence)[PB] == "untrusted"


def test_one_page_under_one_certificate_for_unrelated_hosts_is_a_block_page() -> None:
    parked = PRIVATE.issue(["block.example"], new_key())
    hosts = (AMAZON, GOOGLE, OKTA)
    evidence = [each for host in hosts for each in (*shown(host, parked), page(host, f"no {host} for you"))]
    told = verdicts(run(evidence), BELIEVED)
    assert {(j.row, j.verdict, j.cause) for j in told.values()} == {
        ("one-page-for-all", "inconclusive", "tunnel.block-page")
    }
    other = [*evidence[:-1], page(OKTA, "quite another answer, of the real host")]
    assert set(rules(other).values()) == {"one-key-for-many-hosts"}


def _heard(host: str, status: str) -> Evidence:
    """What a host that is reached answers inside its own TLS."""
    answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"
    return record("endpoints", "http", f"{host}:443", variant="answer-inside-tls", received=answer)


@pytest.mark.parametrize(
    ("others", "text", "row"),
    [
        ("200 OK", "Blocked: Finance", "page-only"),
        ("403 Forbidden", "Blocked: Finance", "one-authority-for-unrelated-hosts"),
        ("200 OK", "{}", "one-authority-for-unrelated-hosts"),
    ],
    ids=["a-filter", "hosts-that-answer-so", "pages-of-their-own"],
)
def test_a_denial_inside_for_all_who_show_a_foreign_certificate_is_a_filters(others: str, text: str, row: str) -> None:
    """A gateway that reads nobody's TLS has to end it for those whom it blocks."""
    blocked = (AMAZON, GOOGLE, OKTA)
    words = {host: text.replace("{}", f"page number of {host.partition('.')[0]} and nothing else") for host in blocked}
    evidence = [
        *(each for host in blocked for each in (*shown(host, signed(PRIVATE, host)), page(host, words[host]))),
        *honest(PB),
        _heard(PB, others),
    ]
    assert rules(evidence) == {**dict.fromkeys(blocked, row), PB: "proved-by-timestamp"}


def _redirected(host: str, place: str) -> Evidence:
    """What is answered inside TLS that somebody else ends."""
    answer = f"HTTP/1.1 302 Found\r\nLocation: {place}?url=https%3A%2F%2F{host}%2F\r\nContent-Length: 0\r\n\r\n"
    return record("endpoints", "http", f"{host}:443", variant="inside-tls", received=answer)


BLOCKS = "http://block.corp.example/"


@pytest.mark.parametrize(
    ("hosts", "places", "reached", "row"),
    [
        ((AMAZON, OKTA), (BLOCKS, BLOCKS), "200 OK", "page-only"),
        ((AMAZON, OKTA), (BLOCKS, BLOCKS), f"302 Found\r\nLocation: {BLOCKS}", "one-authority-for-unrelated-hosts"),
        ((AMAZON, OKTA), (BLOCKS, "https://www.okta.com/"), "200 OK", "one-authority-for-unrelated-hosts"),
        ((AMAZON, OKTA), ("https://www.okta.com/",) * 2, "200 OK", "one-authority-for-unrelated-hosts"),
        ((AMAZON, OKTA), ("/login",) * 2, "200 OK", "one-authority-for-unrelated-hosts"),
        ((PB, OTHER_PB), (BLOCKS, BLOCKS), "200 OK", "page-only"),
        ((PB, OTHER_PB), ("http://gate.corp.example/",) * 2, "200 OK", "untrusted"),
        ((AMAZON, OKTA, PB, PITNEYBOWES), (BLOCKS,) * 4, "200 OK", "one-authority-for-unrelated-hosts"),
    ],
    ids=[
        "a-filter",
        "all-go-there",
        "two-places",
        "to-one-of-them",
        "to-themselves",
        "one-owner",
        "one-owner-somewhere",
        "most-hosts",
    ],
)
def test_hosts_of_several_owners_that_are_sent_to_one_place_are_blocked(
    hosts: tuple[str, ...], places: tuple[str, ...], reached: str, row: str
) -> None:
    others = (GOOGLE, APPLE, "microsoft.com")
    evidence = [
        *(each for host in hosts for each in shown(host, signed(PRIVATE, host))),
        *(_redirected(host, place) for host, place in zip(hosts, places, strict=True)),
        *honest(*others),
        *(_heard(host, reached) for host in others),
    ]
    assert {rules(evidence)[host] for host in hosts} == {row}


def test_one_certificate_for_unrelated_hosts_and_nothing_inside_is_another_server_and_no_reader() -> None:
    """A filter that answers in DNS leads what it blocks to a server of its own, which has nothing to say."""
    parked = PRIVATE.issue(["localhost"], new_key())
    hosts = (AMAZON, GOOGLE, OKTA)
    silent = [each for host in hosts for each in (*shown(host, parked), nothing(host))]
    minted = control("nonexistent-name", NONCE, NONCE, parked)
    told = verdicts(run([*silent, minted, *honest(PB)]), BELIEVED)
    assert {told[host].row for host in hosts} == {"one-key-and-nothing-inside"}
    assert {(told[host].verdict, told[host].cause) for host in hosts} == {("inconclusive", "tls.untrusted")}
    assert "tls.inspected" not in {finding.code for finding in findings(run([*silent, *honest(PB)]), BELIEVED)}
    one_speaks = [*silent[:-1], page(OKTA, "an answer")]
    assert set(rules(one_speaks).values()) == {"one-key-for-many-hosts"}


# ---- Who signs on the path --------------------------------------------------------------


def test_an_authority_that_signs_for_a_name_that_cannot_exist_is_the_proxys() -> None:
    evidence = [*shown(PB, signed(PRIVATE, PB)), *honest(AMAZON)]
    assert rules(evidence)[PB] == "untrusted"
    minted = control("nonexistent-name", NONCE, NONCE, signed(PRIVATE, NONCE))
    assert rules([*evidence, minted]) == {PB: "authority-of-the-proxy", AMAZON: "proved-by-timestamp"}


def test_the_same_certificate_under_an_invented_name_is_the_hosts_own() -> None:
    own = signed(PRIVATE, PB)
    evidence = [*shown(PB, own), *honest(AMAZON)]
    assert rules([*evidence, control(f"no-such-name:{PB}", PB, NONCE, own)])[PB] == "untrusted"
    minted = control(f"no-such-name:{PB}", PB, NONCE, signed(PRIVATE, NONCE))
    assert rules([*evidence, minted])[PB] == "authority-of-the-proxy"


def test_a_neighbour_of_the_same_owner_proves_nothing() -> None:
    evidence = [*shown(PB, signed(PRIVATE, PB)), *honest(OTHER_PB, AMAZON)]
    beside = control(f"server-name:{PB}", OTHER_PB, PB, signed(PRIVATE, PB))
    assert rules([*evidence, beside])[PB] == "untrusted"
    unrelated = control(f"server-name:{PB}", AMAZON, PB, signed(PRIVATE, PB))
    assert rules([*evidence, unrelated])[PB] == "authority-of-the-proxy"


def test_a_root_that_signs_for_a_name_that_cannot_exist_is_no_public_one() -> None:
    believed = trust(PUBLIC, PRIVATE, logs=[LOG])
    evidence = [*shown(PB, signed(PRIVATE, PB)), *honest(AMAZON)]
    assert rules(evidence, believed=believed)[PB] == "proved"
    minted = control("nonexistent-name", NONCE, NONCE, signed(PRIVATE, NONCE))
    assert rules([*evidence, minted], believed=believed)[PB] == "authority-of-the-proxy"
    assert rules([*evidence, minted], believed=believed)[AMAZON] == "proved-by-timestamp"


def test_selective_inspection_is_told_host_by_host() -> None:
    evidence = [*shown(PB, signed(PRIVATE, PB)), *shown(GOOGLE, signed(PRIVATE, GOOGLE)), *honest(AMAZON, OKTA)]
    assert rules(evidence) == {
        **dict.fromkeys((PB, GOOGLE), "one-authority-for-unrelated-hosts"),
        **dict.fromkeys((AMAZON, OKTA), "proved-by-timestamp"),
    }


# ---- Whom the computer of the run trusts ------------------------------------------------


def trusted_here(host: str, authority: Authority) -> Evidence:
    """The computer has the authority's root in its own store."""
    note = authority.root.public_bytes(Encoding.PEM).decode("ascii")
    return structs.replace(record("controls", "control_roots", f"{host}:443"), note=note)


def test_what_only_this_computer_trusts_is_a_companys_own_authority() -> None:
    evidence = [*shown(PB, signed(PRIVATE, PB)), *honest(AMAZON)]
    assert rules(evidence)[PB] == "untrusted"
    with_root = [*evidence, trusted_here(PB, PRIVATE)]
    assert rules(with_root) == {PB: "trusted-by-this-computer-alone", AMAZON: "proved-by-timestamp"}
    told = verdicts(run(with_root), BELIEVED)[PB]
    assert (told.verdict, told.cause) == ("inspected", "tls.inspected")
    assert "Private Example Root" in told.proof


def test_what_this_computer_trusts_says_nothing_of_a_companys_own_hosts() -> None:
    evidence = [*shown("wiki.company.example", signed(PRIVATE, "wiki.company.example"))]
    with_root = [*evidence, trusted_here("wiki.company.example", PRIVATE)]
    assert rules(with_root, "wiki.company.example") == {"wiki.company.example": "untrusted"}


def test_what_this_computer_trusts_says_nothing_where_roots_were_given() -> None:
    """They take the place of the public ones, and a public authority is then among those that are not known."""
    evidence = [*shown(PB, signed(PRIVATE, PB)), trusted_here(PB, PRIVATE)]
    assert rules(evidence, believed=structs.replace(BELIEVED, custom=True))[PB] == "untrusted"


def test_an_authority_newer_than_the_lists_is_not_taken_for_a_companys_own() -> None:
    new = Authority("New Authority", LabLog("newer than the list"))
    evidence = [*shown(PB, signed(new, PB)), trusted_here(PB, new)]
    assert rules(evidence)[PB] == "untrusted"
    unrelated = [each for host in UNRELATED for each in shown(host, signed(new, host))]
    told = verdicts(run(unrelated), BELIEVED)
    assert {(j.row, j.confidence) for j in told.values()} == {("one-authority-and-unknown-logs", "strong")}


# ---- Another server's certificate ------------------------------------------------------


def led(parked: Chain, *hosts: str) -> list[Evidence]:
    """Hosts whose names lead to one server, which answers each in a way of its own."""
    words = dict(zip(hosts, ("welcome", "a longer page: nothing like that is here", "moved"), strict=False))
    return [each for host in hosts for each in (*shown(host, parked), page(host, words[host]))]


@pytest.mark.parametrize("name", ["block.example", "lb.corp.example"])
@pytest.mark.parametrize("hosts", [(AMAZON, GOOGLE, OKTA), (AMAZON, OKTA), (AMAZON,)])
def test_another_servers_certificate_is_no_inspection_whatever_it_answers(name: str, hosts: tuple[str, ...]) -> None:
    parked = PRIVATE.issue([name], new_key())
    told = verdicts(run([*led(parked, *hosts), *honest(*(set(UNRELATED) - set(hosts)), APPLE)]), BELIEVED)
    assert {(told[h].row, told[h].verdict, told[h].cause) for h in hosts} == {
        ("untrusted", "inconclusive", "tls.untrusted")
    }
    assert all("leads to another server" in told[host].proof and name in told[host].proof for host in hosts)


def test_one_certificate_at_every_host_is_inspection_unless_what_does_not_exist_leads_there_too() -> None:
    parked = PRIVATE.issue(["proxy.example"], new_key())
    hosts = (AMAZON, GOOGLE, OKTA)
    assert set(rules(led(parked, *hosts)).values()) == {"one-key-for-many-hosts"}
    minted = control("nonexistent-name", NONCE, NONCE, parked)
    assert set(rules([*led(parked, *hosts), minted]).values()) == {"untrusted"}
    refused = [record("endpoints", "connect", f"{host}:443", "refused-by-peer") for host in (PB, APPLE, OTHER_PB)]
    assert set(rules([*led(parked, *hosts), *refused]).values()) == {"untrusted"}


def test_a_companys_own_server_is_not_its_inspecting_proxy() -> None:
    """One authority certifies both, and this computer trusts it."""
    balancer = PRIVATE.issue(["lb.corp.example"], new_key())
    resigned = [each for host in (PB, AMAZON) for each in shown(host, signed(PRIVATE, host))]
    evidence = [*resigned, *shown(OKTA, balancer), trusted_here(OKTA, PRIVATE), *honest(GOOGLE)]
    assert rules(evidence)[OKTA] == "untrusted"
    assert rules(evidence)[PB] == "trusted-by-this-computer-alone"


def test_a_server_without_its_issuers_certificate_is_another_server_first() -> None:
    told = verdicts(run([*shown(OKTA, PRIVATE.issue(["lb.corp.example"], new_key())[:1]), *honest(PB)]), BELIEVED)[OKTA]
    assert told.row == "untrusted"
    assert "whose certificate was not sent" in told.proof


# ---- A key of its own for each host ----------------------------------------------------


def alone(name: str) -> Chain:
    """A certificate that its own key signed, as one program makes them."""
    end = datetime(2030, 1, 1, tzinfo=UTC)
    key, subject = new_key(), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    dated = builder.not_valid_before(end - timedelta(days=3650)).not_valid_after(end)
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    return [dated.add_extension(names, critical=False).sign(key, hashes.SHA256())]


def alike(name: str) -> Chain:
    """One by an authority that bears the same name each time, and another key."""
    return signed(Authority("Gate"), name)


@pytest.mark.parametrize("make", [alone, alike])
def test_a_certificate_made_in_a_hosts_own_tunnel_for_an_invented_name_convicts(make: Callable[[str], Chain]) -> None:
    evidence = [*(each for host in (PB, AMAZON) for each in shown(host, make(host))), *honest(GOOGLE)]
    assert rules(evidence) == {PB: "untrusted", AMAZON: "untrusted", GOOGLE: "proved-by-timestamp"}
    minted = control(f"no-such-name:{PB}", PB, NONCE, make(NONCE))
    told = verdicts(run([*evidence, minted]), BELIEVED)
    assert {told[host].row for host in (PB, AMAZON)} == {"made-for-any-name"}
    assert "in this host's own tunnel" in told[PB].proof
    assert told[GOOGLE].verdict == "passthrough"


def test_a_host_of_another_make_is_not_judged_by_another_hosts_tunnel() -> None:
    evidence = [*shown(PB, alone(PB)), *shown(AMAZON, signed(PRIVATE, AMAZON)), *honest(GOOGLE)]
    minted = control(f"no-such-name:{PB}", PB, NONCE, alone(NONCE))
    assert rules([*evidence, minted])[AMAZON] == "untrusted"


def test_a_server_where_no_host_stands_shows_what_it_has_and_signs_nothing() -> None:
    """Names that do not exist are led to it, by an authority that certifies a host as well."""
    evidence = [*shown(PB, signed(PRIVATE, PB)), *honest(AMAZON)]
    parked = control("nonexistent-name", NONCE, NONCE, PRIVATE.issue(["block.example"], new_key()))
    assert rules([*evidence, parked])[PB] == "untrusted"


# ---- Forgeries ----------------------------------------------------------------------


def forged(host: str, disguise: Disguise) -> list[Evidence]:
    """A host behind an interceptor of its own that copies the genuine certificate."""
    _, chain = Forger(disguise).forge(list(signed(PUBLIC, host)))
    return shown(host, chain)


@pytest.mark.parametrize(
    ("disguise", "rule"),
    [
        (Disguise(), "timestamp-forged"),
        (Disguise(rsa=True), "timestamp-forged"),
        (Disguise(copy_issuer=True), "timestamp-forged"),
        (Disguise(send_issuer=False), "timestamp-forged"),
        (Disguise(send_issuer=False, copy_issuer=True), "issuer-forged"),
        (Disguise(send_issuer=False, copy_issuer=True, rsa=True), "issuer-forged"),
    ],
)
def test_a_copy_of_the_genuine_certificate_is_known_at_a_single_host(disguise: Disguise, rule: str) -> None:
    assert rules([*forged(PB, disguise), *honest(AMAZON)]) == {PB: rule, AMAZON: "proved-by-timestamp"}


def test_a_leaf_alone_under_an_unknown_rsa_authority_stays_open_at_a_single_host() -> None:
    """An RSA signature does not tell its key, so nothing shows whether the timestamp belongs to it."""
    evidence = [*forged(PB, Disguise(send_issuer=False, rsa=True)), *honest(AMAZON)]
    assert rules(evidence)[PB] == "chain-incomplete"
    told = verdicts(run(evidence), BELIEVED)[PB]
    assert (told.verdict, told.cause, told.confidence) == ("inconclusive", "tls.incomplete-chain", "weak")


def test_issuers_that_are_missing_everywhere_are_withheld() -> None:
    """Each host behind an authority of its own name; no origin of them forgets its issuer, let alone all."""
    evidence = [each for host in UNRELATED for each in forged(host, Disguise(send_issuer=False, rsa=True))]
    assert set(rules(evidence).values()) == {"one-authority-for-unrelated-hosts"}
    names = {host: Authority(f"Regional {host}", LOG) for host in UNRELATED}
    missing = [each for host in UNRELATED for each in shown(host, signed(names[host].unlogged(), host)[:1])]
    assert set(rules(missing).values()) == {"issuers-withheld"}
    few = [each for host in (PB, AMAZON) for each in shown(host, signed(names[host].unlogged(), host)[:1])]
    assert set(rules([*few, *honest(GOOGLE, OKTA)]).values()) == {"chain-incomplete", "proved-by-timestamp"}


def test_a_forged_timestamp_under_a_public_root_is_told_and_accuses_nobody() -> None:
    _, chain = Forger(Disguise()).forge(list(signed(PUBLIC, PB)))
    root = TrustAnchors(name="made by hand", certificates=(chain[1].public_bytes(Encoding.DER),))
    told = verdicts(run(shown(PB, chain)), structs.replace(BELIEVED, public=RootStore(root)))[PB]
    assert (told.row, told.verdict) == ("timestamp-forged-under-public-root", "inconclusive")


def test_a_product_is_named_only_where_the_chain_is_not_public() -> None:
    zscaler = Authority("Zscaler Inc.", LOG)
    told = verdicts(run([*shown(PB, signed(zscaler.unlogged(), PB)), *honest(AMAZON)]), BELIEVED)[PB]
    assert (told.row, told.verdict, told.confidence) == ("named-product", "inspected", "strong")
    assert told.product is not None
    assert told.product.name == "Zscaler"
    public = verdicts(run(shown(PB, signed(zscaler, PB))), trust(zscaler, logs=[LOG]))[PB]
    assert (public.verdict, public.product) == ("passthrough", None)


def test_a_products_own_server_to_which_a_name_is_led_reads_nothing() -> None:
    """A filter in DNS leads what it blocks to the portal of the gateway, which shows its own certificate."""
    portal = Authority("Zscaler Inc.").issue(["gateway.zscaler.example"], new_key())
    told = verdicts(run([*shown(PB, portal), *honest(AMAZON)]), BELIEVED)[PB]
    assert (told.row, told.verdict, told.cause) == ("untrusted", "inconclusive", "tls.untrusted")
    assert "leads to another server" in told.proof


# ---- Disorder that is the origin's --------------------------------------------------------


def test_an_issuer_that_was_not_sent_is_found_at_other_hosts() -> None:
    leaf = signed(PUBLIC.unlogged(), PB)[:1]
    assert rules(shown(PB, leaf))[PB] == "chain-incomplete"
    assert rules([*shown(PB, leaf), *honest(AMAZON)])[PB] == "origin-chain-incomplete"


def test_a_timestamp_proves_a_leaf_whose_issuer_was_not_sent() -> None:
    told = verdicts(run(shown(PB, signed(PUBLIC, PB)[:1])), BELIEVED)[PB]
    assert (told.row, told.verdict, told.cause) == ("proved-though-incomplete", "passthrough", "tls.incomplete-chain")


def test_a_timestamp_proves_a_leaf_under_a_root_that_no_list_has() -> None:
    """Logs take only what public authorities issue, so a new root accuses nobody while the lists lag behind."""
    new = Authority("New Authority", LOG)
    evidence = [each for host in UNRELATED for each in shown(host, [*signed(new, host), new.root])]
    told = verdicts(run(evidence), BELIEVED)
    assert {(j.row, j.verdict, j.cause) for j in told.values()} == {
        ("proved-though-untrusted", "passthrough", "tls.untrusted")
    }


@pytest.mark.parametrize("days", [-3, 127])
def test_wrong_dates_do_not_hide_who_holds_the_key(days: int) -> None:
    logged = verdicts(run(shown(PB, PUBLIC.issue([PB], new_key(), days))), BELIEVED)[PB]
    assert (logged.row, logged.verdict, logged.cause) == ("proved-though-dates-are-wrong", "passthrough", "tls.expired")
    plain = verdicts(run(shown(PB, PUBLIC.unlogged().issue([PB], new_key(), days))), BELIEVED)[PB]
    assert (plain.row, plain.verdict, plain.cause) == ("dates", "inconclusive", "tls.expired")


def test_a_public_certificate_for_another_name_is_diverted() -> None:
    told = verdicts(run(shown(PB, signed(PUBLIC, "portal.example"))), BELIEVED)[PB]
    assert (told.row, told.verdict, told.cause) == ("another-name", "inconclusive", "tls.diverted")
    assert "portal.example" in told.proof


def test_a_relayed_certificate_without_its_key_proves_nothing() -> None:
    told = verdicts(run(shown(PB, signed(PUBLIC, PB), possession=False)), BELIEVED)[PB]
    assert (told.row, told.verdict, told.cause) == ("possession-not-proved", "inconclusive", None)


# ---- What is told of it -------------------------------------------------------------------


def test_few_wrong_dates_are_the_hosts_and_many_are_the_clocks() -> None:
    def late(*hosts: str) -> list[Evidence]:
        return [each for host in hosts for each in shown(host, PUBLIC.issue([host], new_key(), -3))]

    def codes(evidence: list[Evidence]) -> set[str]:
        return {finding.code for finding in findings(run(evidence), BELIEVED)}

    assert codes([*late(PB, AMAZON), *honest(GOOGLE, OKTA, APPLE)]) == {"tls.expired"}
    assert codes(late(PB, AMAZON, GOOGLE)) == {"network.clock-wrong"}
    assert codes([*late(PB, OTHER_PB, PITNEYBOWES), *honest(GOOGLE)]) == {"tls.expired"}, "one operator's certificates"


HOUR = {"now": timedelta(), "a-year-ago": timedelta(days=-365)}


def dated(host: str, since: timedelta) -> Evidence:
    """An answer of a host inside its TLS that tells the hour."""
    hour = format_datetime(datetime.now(UTC) + since, usegmt=True)
    answer = f"HTTP/1.1 200 OK\r\nDate: {hour}\r\nContent-Length: 0\r\n\r\n"
    return record("endpoints", "http", f"{host}:443", variant="answer-inside-tls", received=answer)


def late(*hosts: str, days: int = -3) -> list[Evidence]:
    """Certificates, each of its own, that are valid no longer."""
    return [each for host in hosts for each in shown(host, PUBLIC.issue([host], new_key(), days))]


def told(evidence: list[Evidence]) -> list[tuple[str, str, str | None]]:
    """Code, confidence and severity of what is told."""
    return [(f.code, f.confidence, f.severity) for f in findings(run(evidence), BELIEVED)]


def test_one_authority_that_expired_above_many_hosts_is_no_clock() -> None:
    root, now = chains.authority("Old Root", end=datetime.now(UTC) + timedelta(days=900)), datetime.now(UTC)
    middle = chains.authority("Old CA", root, end=now - timedelta(days=2))
    leaves = {host: chains.leaf(middle, host, end=now + timedelta(days=60)).certificate for host in UNRELATED}
    believed = structs.replace(BELIEVED, public=RootStore(TrustAnchors(name="public", certificates=(root.der,))))
    shows = [each for host in UNRELATED for each in shown(host, (leaves[host], middle.certificate))]
    [found] = findings(run(shows), believed)
    ends = f"{now - timedelta(days=2):%Y-%m-%d}"
    assert (found.code, found.confidence, found.severity) == ("tls.expired", "strong", None)
    above = "CN=Old CA,O=Example\\, Inc., which stands above the host's"
    said = f"certificate has expired ({above}): valid from 2026-01-01 to {ends}"
    assert found.because == (said,)
    assert verdicts(run(shows), believed)[PB].proof == f"an issuer's {said}"


def test_answers_that_are_dated_as_this_computer_says_clear_its_clock() -> None:
    hosts = (PB, AMAZON, GOOGLE)
    assert told(late(*hosts)) == [("network.clock-wrong", "strong", "degraded")]
    assert told([*late(*hosts), dated(PB, HOUR["now"])]) == [("tls.expired", "conclusive", None)]
    wrong = [*late(*hosts), dated(PB, HOUR["a-year-ago"])]
    assert told(wrong) == [("tls.expired", "conclusive", None)], "they were not valid then either"
    ahead = [*late(*hosts, days=-300), dated(PB, HOUR["a-year-ago"])]
    assert told(ahead) == [("network.clock-wrong", "strong", "degraded")]


def test_hosts_that_are_valid_today_contradict_a_wrong_clock_and_leave_open_what_another_hour_explains() -> None:
    some = [*late(PB, AMAZON, GOOGLE), *honest(OKTA, APPLE)]
    assert told(some) == [("tls.expired", "weak", "degraded")]
    assert "on another date" in findings(run(some), BELIEVED)[0].because[-1]
    never = [*late(PB, AMAZON, GOOGLE, days=-100), *honest(OKTA, APPLE)]
    assert told(never) == [("tls.expired", "conclusive", None)]


def test_the_device_is_asked_apart_from_the_public() -> None:
    other = Authority("Newer than the device", LOG)
    believed = trust(PUBLIC, other, logs=[LOG], device=[PUBLIC])
    evidence = [*honest(PB), *shown(AMAZON, signed(other, AMAZON))]
    [found] = findings(run(evidence), believed)
    assert (found.code, found.severity, found.final) == ("tls.device-untrusted", "info", False)
    assert [observation.endpoint.host for observation in found.observations] == [AMAZON]
    assert set(rules(evidence, believed=believed).values()) == {"proved-by-timestamp"}


def test_how_many_are_spared_is_told() -> None:
    evidence = [*shown(PB, signed(PRIVATE, PB)), *shown(GOOGLE, signed(PRIVATE, GOOGLE)), *honest(AMAZON, OKTA)]
    [found] = findings(run(evidence), BELIEVED)
    assert found.code == "tls.inspected"
    assert found.because[-1] == "not all are inspected: 2 other endpoints come through unchanged"


def test_every_row_is_named_once() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
