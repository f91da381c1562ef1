"""HTTP/1.1 as bytes: what is sent to a proxy, and what comes back, read tolerantly.

request   requests to a proxy and through a tunnel
reply     the head of an answer and every deviation in it; `reply_in` reads a record's
content   the content of an answer, framed by h11
grammar   what a field may carry, and how much content is kept
date      the moment in a `Date` field
"""
