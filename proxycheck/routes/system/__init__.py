"""What a system's proxy settings say, in one type for every system.

settings                              the type
environment gnome kde macos windows   recorded output of one system -> that type
proxy_text                            one proxy as people and systems write it

To add a system: one parser that returns `SystemSettings`, and its recordings in tests/routes/data.
"""
