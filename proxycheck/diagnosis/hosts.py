"""Which hosts belong together."""

from proxycheck.wire.domains import domain_of

__all__ = ["domain_of"]
