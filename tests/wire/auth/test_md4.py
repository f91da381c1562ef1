"""RFC 1320 appendix A.5, and block boundaries against the NT hash of MS-NLMP section 4.2.2.1.2."""

import pytest

from proxycheck.wire.auth.md4 import md4


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "31d6cfe0d16ae931b73c59d7e0c089c0"),
        (b"a", "bde52cb31de33e46245e05fbdbd6fb24"),
        (b"abc", "a448017aaf21d8525fc10ae87aa6729d"),
        (b"message digest", "d9130a8164549fe818874806e1c7014b"),
        (b"abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"),
        (
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            "043f8582f241db351ce627e153e7f0e4",
        ),
        (b"1234567890" * 8, "e33b4ddc9c38f2199c3e7b164fcc0536"),
        ("Password".encode("utf-16-le"), "a4f49c406510bdcab6824ee7c30fd852"),
    ],
)
def test_vectors(data: bytes, digest: str) -> None:
    assert md4(data).hex() == digest


@pytest.mark.parametrize("length", [55, 56, 63, 64, 65, 119, 120])
def test_padding_fits_every_length(length: int) -> None:
    spnego_md4 = pytest.importorskip("spnego._ntlm_raw.md4")
    assert md4(b"x" * length) == spnego_md4.md4(b"x" * length)
