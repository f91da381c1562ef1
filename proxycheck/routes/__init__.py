"""Where requests go before any proxy is asked: PAC files, bypass lists, and the settings of a system.

    pac.py           what is asked of a PAC script, and what it answers
    pac_routes.py    the grammar of an answer, and what of all answers a device with one HTTP proxy can use
    pac_file.py      bytes -> the script's text, or why it is no PAC file
    pac_child.py     the process of its own in which a script runs (with pac_environment.js and pac_functions.js)
    no_proxy.py      host and bypass list -> the token that matched, in each program's dialect
                     (no_proxy_programs.py, no_proxy_systems.py, on no_proxy_target.py and networks.py)
    proxy_text.py    one proxy as people write it -> scheme, host, port, without the password
    system.py        what a system's settings say, in one type, whatever the system
    environment.py  gnome.py  kde.py  macos.py  windows.py    recorded output of one system -> `SystemSettings`

Nothing here opens a socket, starts a process or reads a setting: `proxycheck.net.pac.process` and
`proxycheck.net.system_settings` do. A new system is one parser that returns `SystemSettings`, and its recordings; a
new dialect is one function, one line in the table of `no_proxy.py`, and its rows in the table of the tests.
"""
