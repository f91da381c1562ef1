"""The nouns: frozen types with no logic beyond their own invariants.

A new fact about the world gets its type here first; a rule about it belongs in `proxycheck.diagnosis`.
"""
