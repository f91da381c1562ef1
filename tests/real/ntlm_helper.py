"""Squid's side of NTLM, checked by pyspnego: a helper in the protocol of Squid's `auth_param ntlm program`.

Stands alone: it runs as Squid's user, with the interpreter and the path that `ntlm_command` finds for it. The accounts
are in the file that the environment variable NTLM_USER_FILE names. Under `--never` it refuses to go on, as a Kerberos
helper does with a token that is none of its own.
"""

import base64
import os
import subprocess
import sys
from pathlib import Path

HELPER_USER = "proxy"


def answer(line: str, context: object) -> tuple[str, object]:
    """The answer to one line of Squid, and the context of the login that it is part of."""
    import spnego

    kind, _, text = line.partition(" ")
    if kind == "YR":
        context = spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
    try:
        token = context.step(base64.b64decode(text))  # type: ignore[attr-defined]
    except (spnego.exceptions.SpnegoError, AttributeError, ValueError) as error:
        return f"NA {type(error).__name__}", None
    if context.complete:  # type: ignore[attr-defined]
        return f"AF {context.client_principal}", None  # type: ignore[attr-defined]
    return f"TT {base64.b64encode(token or b'').decode()}", context


def main() -> None:
    """Answers until Squid closes its end."""
    context: object = None
    for line in sys.stdin:
        said = "BH no Kerberos token"
        if "--never" not in sys.argv:
            said, context = answer(line.strip(), context)
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()


def ntlm_command() -> str | None:
    """How Squid's user runs this helper from a file `ntlm_helper.py` in the engine's folder; None when it cannot."""
    import spnego

    libraries = str(Path(spnego.__file__).parents[1])
    environment = {"PYTHONPATH": libraries, "PATH": os.defpath}
    for interpreter in (sys.executable, "/usr/bin/python3"):
        try:
            command = [interpreter, "-c", "import spnego"]
            tried = subprocess.run(command, user=HELPER_USER, env=environment, capture_output=True, check=False)
        except OSError:
            continue
        if tried.returncode == 0:
            accounts = "NTLM_USER_FILE=$folder/accounts"
            return f"/usr/bin/env PYTHONPATH={libraries} {accounts} {interpreter} $folder/ntlm_helper.py"
    return None


if __name__ == "__main__":
    main()
