"""Which hosts belong together."""

from proxycheck.wire.host_names import domain_of

__all__ = ["domain_of"]
