"""An internet in a box: hosts, authorities and a transparency log on loopback.

names          the box: one port that answers as every host of every device
origin         what a host says: HTTP, TLS, TeamViewer
authority      certificate authorities, the public-like one and those of inspecting proxies
certificates   one for each host, minted when first asked for
ct_log         a transparency log of the lab's own
manners        hosts that misbehave in a known way
misbehaviour   hosts that misbehave on request (`--misbehave`)
faults         what went wrong inside the lab itself
"""
