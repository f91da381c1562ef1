"""Fixtures to model: reads the TOML files of `fixtures/` strictly and refuses what does not fit.

A new device is one file in `fixtures/devices/`; a new kind of file is one module here and one type in
`proxycheck.model`. Importing this package reads nothing: each module loads only what it is asked for.
"""
