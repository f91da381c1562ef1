"""What the system this runs on says of itself.

paths             the way out: gateways and addresses
surroundings      names it knows, its domains, its own address
system_settings   its proxy settings
own_roots         the roots it trusts

Each reads what `proxycheck.routes` or `proxycheck.wire` understands; none judges.
"""
