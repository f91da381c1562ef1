"""Credentials on the wire.

gate    proved on one connection before they are used on any other; a refused pair is never sent again
login   a login by a scheme that the device does not speak, to learn whether the credentials are right
"""
