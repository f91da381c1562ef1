"""Proxy authentication as values: what a 407 offers, and what is sent back.

`challenges` reads what the proxy offers, `device_dialect` says whether the device could read it, `choice`
picks one challenge and opens the scheme that answers it. Each scheme is one file with one class that keeps to
`scheme.Scheme`; a new scheme is such a file, its line in `choice`, and a test against a foreign
implementation.

Nothing here decides whether a password is tried: how often a refused password may be sent is the caller's
promise.
"""
