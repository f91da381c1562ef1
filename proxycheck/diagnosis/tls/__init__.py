"""Who answered inside each tunnel.

identity         the chain of one host, and what it proves by itself
device_greeting  who answers the device's own ClientHello, where that is not who answers others
identities       what the identities of a run have in common: authorities, keys, pages
proof            conditions on one host beside all others, and the same in words

The decision table stands in `diagnosis.rules.interception`.
"""
