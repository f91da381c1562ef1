"""The roots that this computer trusts: what an inspecting company gives its PCs, and cannot give the device.

They never make a certificate good. Read once, where a chain that is not public asks for an explanation.
"""

import ssl
from contextlib import suppress
from functools import cache
from pathlib import Path

from proxycheck.model.trust import TrustAnchors, certificates_in

_NAMES = ("*.pem", "*.crt", "*.0")
_MOST_BYTES = 4_000_000


@cache
def own_roots() -> TrustAnchors:
    """The certificates in this computer's own store, as far as Python reads it: on Windows the system's store, on
    other systems OpenSSL's file and directory. Empty where there is none."""
    paths = ssl.get_default_verify_paths()
    found: list[bytes] = []
    with suppress(OSError, ValueError):  # a broken store explains nothing
        found += ssl.create_default_context().get_ca_certs(binary_form=True)
    if paths.capath is not None:
        files = (path for name in _NAMES for path in sorted(Path(paths.capath).glob(name)))
        found += [der for path in files for der in _read(path)]
    return TrustAnchors(name="this computer", certificates=tuple(dict.fromkeys(found)))


def _read(path: Path) -> tuple[bytes, ...]:
    try:
        return certificates_in(path.read_bytes()) if path.stat().st_size <= _MOST_BYTES else ()
    except (OSError, ValueError):
        return ()
