"""Whether one certificate's key signed another one, asked of OpenSSL: it reads what a strict reader refuses."""

from contextlib import suppress

from OpenSSL import crypto

_CHECK_ROOT_SIGNATURE = 0x4000  # X509_V_FLAG_CHECK_SS_SIGNATURE
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME
_PARTIAL_CHAIN = 0x80000  # X509_V_FLAG_PARTIAL_CHAIN


def signed_by(der: bytes, issuer: bytes) -> bool:
    """Whether the name and the key of the certificate in `issuer` issued the one in `der`; false where OpenSSL reads
    one of them not at all. Says nothing about trust and dates."""
    try:
        certificate, authority = (crypto.load_certificate(crypto.FILETYPE_ASN1, data) for data in (der, issuer))
        store = crypto.X509Store()
        store.add_cert(authority)
        store.set_flags(_NO_CHECK_TIME | (_CHECK_ROOT_SIGNATURE if der == issuer else _PARTIAL_CHAIN))
        crypto.X509StoreContext(store, certificate, []).verify_certificate()
    except (crypto.Error, crypto.X509StoreContextError):
        forget_errors()
        return False
    return True


def forget_errors() -> None:
    """Empties OpenSSL's queue of errors. A failed verification leaves its reasons in the queue of this thread, where
    the next handshake would take them for its own. pyOpenSSL empties that queue whenever it raises, and nowhere
    else."""
    with suppress(crypto.Error):
        crypto.load_certificate(crypto.FILETYPE_ASN1, b"")
