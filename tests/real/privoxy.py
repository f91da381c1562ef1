"""Configurations of Privoxy 3, each a customer's set-up."""

from tests.real.engines import Software
from tests.real.namespaces import GOOD_RESOLVER

_BASE = """
confdir /etc/privoxy
logdir $folder
logfile privoxy.log
listen-address 10.77.0.1:3128
max-client-connections 256
actionsfile $folder/user.action
"""


def privoxy(*actions: str, resolver: str = GOOD_RESOLVER) -> Software:
    """Privoxy with these lines of user.action and no other actions."""
    return Software("privoxy", _BASE, {"user.action": "\n".join(actions) + "\n"}, resolver)
