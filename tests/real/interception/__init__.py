"""Is somebody reading TLS? The question put to real software, and the answer compared with the truth for every host.

cases      the table: a set-up, and at which hosts TLS is really opened
mimic      an interceptor that copies all it can of a genuine certificate
origins    hosts whose own certificates are in disorder: no proxy is to blame for them
table      what came of it, as the table in the README beside it
recordings the evidence of every case, kept so that it is judged again without any of the software

With `PROXYCHECK_RECORD=1` in the environment the tests write the recordings and the table anew.
"""
