"""What the observer makes of the bytes that pass it. Not an addon: `observe.py` beside this folder is.

redaction    what requests have carried that nobody may read, and text without it
messages     the heads of HTTP messages in a stream, and what stands between them passed over
tunnel       what is seen of a tunnel from outside: TLS records in clear, server name, bytes, times
record       one connection of the device, and the line that is written of it
"""
