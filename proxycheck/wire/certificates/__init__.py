"""Certificates as facts: what they say, what they are signed by, and for whom they are.

facts                what one certificate says of itself (certificate), asked of who reads it (reading, on extensions,
                     loose, signature and der); distinguished_name takes its names apart
names                whether it is for a host
verification         what a chain proves against a set of roots (outcome), asked of who builds the path (paths)
sct                  a log's word that the authority issued it
issuer_keys          which keys may have signed it, where the issuer was not sent

reading and paths load cryptography and OpenSSL: facts and verification load them with the first certificate.
"""
