"""Certificates as facts: what they say, what they are signed by, and for whom they are.

facts                what one certificate says of itself, on extensions, distinguished_name and der
names                whether it is for a host
verification         what a chain proves against a set of roots
sct                  a log's word that the authority issued it
issuer_keys          which keys may have signed it, where the issuer was not sent
"""
