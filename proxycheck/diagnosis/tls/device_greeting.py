"""Who answers the device's own ClientHello: an ordinary handshake proves nothing for the device where its greeting
alone is led to somebody else."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from msgspec import structs

from proxycheck.diagnosis.tls.identity import Identity
from proxycheck.model.evidence import Evidence

Reading: TypeAlias = Callable[[Evidence | None, str], Identity | None]
"""What the certificates in a record say of a host."""
_OTHER_KEY: Final = "other-key"
"""The flight was signed, and not by the key of the certificate in it."""


def shown_to_the_device(ordinary: Identity, handshakes: Sequence[Evidence], read: Reading, own: str) -> Identity | None:
    """What answered the device's `own` ClientHello each time without proving to be the host, where an ordinary
    handshake proves it; None where it did so once, and where the greeting was not answered."""
    if not (_proves(ordinary) and ordinary.possession):
        return None
    found = [
        (record.tls, identity)
        for record in handshakes
        if record.failure is None and record.tls is not None and record.tls.profile == own
        if (identity := read(record, ordinary.host)) is not None
    ]
    if any(_proves(identity) and tls.possession != _OTHER_KEY for tls, identity in found):
        return None
    return next((structs.replace(identity, greeting=tls.profile) for tls, identity in found), None)


def _proves(identity: Identity) -> bool:
    """Some hosts have certificates of several kinds, and forget an intermediate with one of them."""
    return identity.names and (identity.public.ok or identity.ends_early)
