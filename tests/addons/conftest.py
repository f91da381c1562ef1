"""mitmproxy in the tests of the addons: what its dependencies warn of at import is let pass."""

import warnings

with warnings.catch_warnings():
    # ldap3, passlib and pyparsing, which mitmproxy brings along, use deprecated names.
    warnings.simplefilter("ignore", DeprecationWarning)
    import mitmproxy.test.taddons

__all__ = ["mitmproxy"]
