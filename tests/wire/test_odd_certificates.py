"""Certificates that break the rules: who signed them is known all the same, and none ends a run."""

import random
from collections.abc import Sequence

import pytest
from OpenSSL import crypto

from proxycheck.wire.certificates.certificate import UnreadableCertificateError, spki_of
from proxycheck.wire.certificates.facts import certificate_facts, issuer_of
from proxycheck.wire.certificates.issuer_keys import possible_issuer_keys
from proxycheck.wire.certificates.reading import load_certificate
from proxycheck.wire.certificates.sct import verify_scts
from tests.support.chains import END, START, authority, leaf
from tests.support.odd_certificates import ODD, odd_der, resigned

KINDS = pytest.mark.parametrize("kind", ODD)


@KINDS
def test_an_odd_certificate_is_taken_by_openssl_and_refused_by_a_strict_reader(kind: str) -> None:
    odd = odd_der(authority("Root"), kind, "www.example")
    crypto.load_certificate(crypto.FILETYPE_ASN1, odd)
    facts = certificate_facts(odd)
    assert facts.problem


@KINDS
def test_who_signed_an_odd_certificate_is_known(kind: str) -> None:
    root, namesake = authority("Root"), authority("Root")
    odd = odd_der(root, kind, "www.example")
    facts = certificate_facts(odd)
    assert (facts.issuer, facts.dns_names) == (r"CN=Root,O=Example\, Inc.", ("www.example",))
    assert (facts.not_before, facts.not_after, facts.key_type) == (START, END, "EC P-256")
    assert (facts.is_ca, facts.self_signed) == (False, False)
    assert issuer_of(odd, [b"junk", namesake.der, root.der]) == root.der
    assert issuer_of(odd, [namesake.der]) is None


@pytest.mark.parametrize("kind", ["boolean-01", "version-4"])
def test_an_odd_authority_signs_like_any_other(kind: str) -> None:
    root = authority("Root")
    odd = resigned(root, root.der, ODD[kind])
    assert issuer_of(leaf(root, "www.example").der, [odd]) == odd
    assert certificate_facts(odd).self_signed
    assert certificate_facts(odd).is_ca


@pytest.mark.slow
def test_every_reader_of_a_mutated_certificate_answers_or_raises_value_error() -> None:
    """Readers used to raise InvalidVersion, UnsupportedGeneralNameType, KeyError and TypeError as well."""
    root = authority("Root")
    seeds = [root.der, leaf(root, "www.example", "192.0.2.7").der, *(odd_der(root, k, "a.example") for k in ODD)]
    dice = random.Random(20261101)
    for number in range(600):
        mutant = _mutated(seeds[number % len(seeds)], dice)
        for read in (certificate_facts, spki_of, load_certificate, possible_issuer_keys):
            try:
                read(mutant)
            except ValueError:
                continue
        issuer_of(mutant, [root.der, mutant])
        try:
            verify_scts(mutant, root.spki, {})
        except ValueError:
            continue


def _mutated(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        at = dice.randrange(len(changed))
        match dice.randrange(4):
            case 0:
                changed[at] = dice.randrange(256)
            case 1:
                changed[at] ^= 1 << dice.randrange(8)
            case 2:
                del changed[at]
            case _:
                changed.insert(at, dice.choice((0, 1, 0x30, 0x80, 0xFF)))
    return bytes(changed)


def test_values_without_a_length_are_read_to_their_end() -> None:
    """BER's indefinite form: OpenSSL accepts a certificate that is written so."""
    root = authority("Root")
    whole = leaf(root, "www.example").der
    inside: Sequence[int] = whole[4:]
    written = b"\x30\x80" + bytes(inside) + b"\x00\x00"
    crypto.load_certificate(crypto.FILETYPE_ASN1, written)
    with pytest.raises(UnreadableCertificateError):
        load_certificate(written)
    assert certificate_facts(written).dns_names == ("www.example",)
    assert spki_of(written) == spki_of(whole)
