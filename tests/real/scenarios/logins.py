"""Squid and Tinyproxy that ask for credentials in every scheme: what is said of the credentials, and how often they
travel."""

import base64
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.real import ntlm_helper
from tests.real.engines import Software
from tests.real.scenarios import Due, Login, Scenario, off_port
from tests.real.squid import ALLOW_ALL, PLAIN_LISTENER, squid
from tests.real.tinyproxy import tinyproxy

USER = Login("clerk", "s3cret-x!")
WRONG = Login("clerk", "s3cret-y!")
UNSUPPORTED = (Due("auth.scheme-unsupported"),)
REJECTED = (Due("auth.rejected"),)


@dataclass(frozen=True)
class LoginScenario:
    """A set-up with what is due. `told` stands in the answer of the check or in the explanation of a cause; `proofs`
    is how often `proof` travelled to the proxy."""

    scenario: Scenario
    told: tuple[str, ...]
    proof: bytes = b""
    proofs: int = 0


_USERS_ONLY = "acl users proxy_auth REQUIRED\nhttp_access allow users\nhttp_access deny all"
_HELPER = Path(ntlm_helper.__file__).read_text(encoding="utf-8").replace("$", "$$")
_NTLM_COMMAND = ntlm_helper.ntlm_command() or "/bin/false"
_KERBEROS_ONLY = f"{_NTLM_COMMAND} --never"
DIGEST_SCHEME = """auth_param digest program /usr/lib/squid/digest_file_auth $folder/digest-passwords
auth_param digest realm Customer proxy"""
NTLM = f"auth_param ntlm program {_NTLM_COMMAND}"
_NTLM_FAKE = "auth_param ntlm program /usr/lib/squid/ntlm_fake_auth"
NEGOTIATE = (
    "auth_param negotiate program /usr/lib/squid/negotiate_wrapper_auth "
    f"--ntlm {_NTLM_COMMAND} --kerberos {_KERBEROS_ONLY}"
)
BASIC = """auth_param basic program /usr/lib/squid/basic_ncsa_auth $folder/passwords
auth_param basic realm Customer proxy"""
BASIC_FAKE = "auth_param basic program /usr/lib/squid/basic_fake_auth\nauth_param basic realm Customer proxy"


@cache
def hashed(password: str, encoding: str = "utf-8") -> str:
    """The password as the file of the NCSA helper holds it (SHA-512 crypt), of its bytes in `encoding`."""
    done = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=password.encode(encoding) + b"\n", capture_output=True, check=True
    )
    return done.stdout.decode().strip().replace("$", "$$")


def squid_that_asks(*schemes: str, login: Login = USER, encoding: str = "utf-8", rules: str = _USERS_ONLY) -> Software:
    """Squid with these schemes, in this order, and one account for all of them."""
    files = {
        "passwords": f"{login.user}:{hashed(login.password, encoding)}\n",
        "digest-passwords": f"{login.user}:{login.password.replace('$', '$$')}\n",
        "accounts": f":{login.user}:{login.password.replace('$', '$$')}\n",
        "ntlm_helper.py": _HELPER,
    }
    return squid(PLAIN_LISTENER, *schemes, rules, **files)


_PAIR = b"Proxy-Authorization: Basic " + base64.b64encode(f"{USER.user}:{USER.password}".encode())
_REFUSES_WITH_403 = f"""acl users proxy_auth REQUIRED
acl sent req_header Proxy-Authorization .
acl right req_header Proxy-Authorization {_PAIR.rpartition(b" ")[2].decode()}
http_access allow right
http_access deny sent
http_access deny !users
deny_info 403:ERR_ACCESS_DENIED sent"""
"""Who sends no password is asked for one; who sends a wrong one is told nothing but 403."""
TYPE_3 = b" TlRMTVNTUAAD"
"""AUTHENTICATE_MESSAGE of NTLM in base64: the one message that proves a password (MS-NLMP section 2.2.1.3)."""
DIGEST = b"Proxy-Authorization: Digest "


def _only(name: str, configuration: str, spelling: str, proof: bytes) -> Iterator[LoginScenario]:
    """One scheme alone, with the right, a wrong and no password."""
    software = squid_that_asks(configuration)
    right = f"User name and password are right: the proxy accepted them by {spelling}. It offers only {spelling}"
    yield LoginScenario(
        Scenario(f"squid-{name}-only-right", software, "incompatible", UNSUPPORTED, login=USER, refused=0),
        (right,),
        proof,
        1,
    )
    yield LoginScenario(
        Scenario(f"squid-{name}-only-wrong", software, "incompatible", UNSUPPORTED, login=WRONG, refused=0),
        (f"User name and password were refused as well (by {spelling}, 407)",),
        proof,
        1,
    )
    yield LoginScenario(
        Scenario(f"squid-{name}-only-none", software, "incompatible", UNSUPPORTED),
        ("were not tested, because none were given",),
        proof,
        0,
    )


def _together() -> Iterator[LoginScenario]:
    """Several schemes, in both orders: the device answers Basic, and the others never hear of the password."""
    for name, parts in {"all": (NEGOTIATE, NTLM, DIGEST_SCHEME, BASIC), "digest": (DIGEST_SCHEME, BASIC)}.items():
        for order, schemes in (("basic-last", parts), ("basic-first", parts[::-1])):
            software = squid_that_asks(*schemes)
            yield LoginScenario(
                Scenario(f"squid-{name}-{order}-right", software, "compatible", login=USER),
                ("user name and password were accepted", "every connection is asked again"),
                TYPE_3,
            )
            yield LoginScenario(
                Scenario(f"squid-{name}-{order}-wrong", software, "incompatible", REJECTED, login=WRONG, refused=1),
                ("refused once and not sent again",),
                TYPE_3,
            )


PASSWORDS = {
    "colon": "a:b::c",
    "at": "p@ss@w",
    "percent": "%41%zz%",
    "quote": 'say "so" \\ now',
    "blanks": "  two  and two  ",
    "long": "x" * 199 + "y",
    "dollar": "$HOME${x}",
}
_UMLAUT = Login("clerk", "gr\u00fcn-x!")
_UTF8_WANTED = "the proxy reads them in UTF-8 and the device sends ISO-8859-1"


def _letters() -> Iterator[LoginScenario]:
    """A password with a letter beyond ASCII: what Squid's file holds, and what Squid makes of what the device sends."""
    probe = ("--probe-encoding",)
    latin, utf8 = (squid_that_asks(BASIC, login=_UMLAUT, encoding=name) for name in ("iso-8859-1", "utf-8"))
    translated = squid_that_asks(BASIC, "auth_param basic utf8 on", login=_UMLAUT)
    for name, software, verdict, causes, told in (
        ("file-in-latin-1", latin, "compatible", (), "in UTF-8 they are refused (407)"),
        ("file-in-utf-8", utf8, "incompatible", REJECTED, _UTF8_WANTED),
        ("file-in-utf-8-translated", translated, "compatible", (), "in UTF-8 they are accepted"),
    ):
        yield LoginScenario(
            Scenario(f"squid-umlaut-{name}", software, verdict, causes, login=_UMLAUT, arguments=probe),  # type: ignore[arg-type]
            (told,),
        )


def _probes() -> Iterator[LoginScenario]:
    strict = squid_that_asks(BASIC, "auth_param basic casesensitive on")
    wrong = ("--probe-bad-password",)
    for name, software, verdict, causes, arguments, told in (
        ("case-matters", strict, "compatible", (), ("--probe-user-case",), "refused: enter it exactly as it is (407)"),
        ("case-is-nothing", squid_that_asks(BASIC), "compatible", (), ("--probe-user-case",), "accepted as well"),
        ("wrong-refused", squid_that_asks(BASIC), "compatible", (), wrong, "a wrong password is refused (407)"),
        (
            "anything-passes",
            squid_that_asks(BASIC_FAKE),
            "compatible",
            (Due("auth.not-enforced", "info"),),
            wrong,
            "a wrong password passes",
        ),
        (
            "address-trusted",
            squid(PLAIN_LISTENER, ALLOW_ALL),
            "compatible",
            (Due("auth.not-enforced", "info"),),
            wrong,
            "it did not ask for user name and password; those given were not sent",
        ),
        (
            "other-form",
            squid_that_asks(BASIC),
            "compatible",
            (),
            ("--probe-domain-form", "clerk@customer.example"),
            "under the other form of the user name they are refused (407)",
        ),
    ):
        yield LoginScenario(
            Scenario(f"squid-probe-{name}", software, verdict, causes, login=USER, arguments=arguments),  # type: ignore[arg-type]
            (told,),
        )


SCENARIOS: tuple[LoginScenario, ...] = (
    *_only("digest", DIGEST_SCHEME, "Digest", DIGEST),
    *_only("ntlm", NTLM, "NTLM", TYPE_3),
    *_only("negotiate", NEGOTIATE, "Negotiate", TYPE_3),
    LoginScenario(
        Scenario("squid-ntlm-fake", squid_that_asks(_NTLM_FAKE), "incompatible", UNSUPPORTED, login=USER, refused=0),
        ("User name and password are right: the proxy accepted them by NTLM",),
        TYPE_3,
        1,
    ),
    LoginScenario(
        Scenario(
            "squid-ntlm-behind-kerberos",
            squid_that_asks(f"auth_param negotiate program {_KERBEROS_ONLY}", NTLM),
            "incompatible",
            UNSUPPORTED,
            login=USER,
            refused=0,
        ),
        ("the proxy accepted them by NTLM. It offers only Negotiate, NTLM",),
        TYPE_3,
        1,
    ),
    LoginScenario(
        Scenario(
            "squid-kerberos-only",
            squid_that_asks(f"auth_param negotiate program {_KERBEROS_ONLY}"),
            "incompatible",
            UNSUPPORTED,
            login=USER,
            refused=0,
        ),
        ("could not be tested by Negotiate: the proxy did not go on with Negotiate",),
        TYPE_3,
        0,
    ),
    *_together(),
    *(
        LoginScenario(
            Scenario(
                f"squid-password-{name}",
                squid_that_asks(BASIC, login=Login("clerk", password)),
                "compatible",
                login=Login("clerk", password),
            ),
            ("user name and password were accepted",),
        )
        for name, password in PASSWORDS.items()
    ),
    *_letters(),
    *_probes(),
    LoginScenario(
        Scenario(
            "squid-permits-nothing",
            squid_that_asks(
                BASIC, rules="acl users proxy_auth REQUIRED\nhttp_access deny !users\nhttp_access deny all"
            ),
            "incompatible",
            (Due("connect.all-denied"),),
            login=USER,
        ),
        ("whether user name and password were accepted is not known: with them the answer is 403",),
        _PAIR,
        2,
    ),
    LoginScenario(
        Scenario(
            "squid-permits-nothing-probed",
            squid_that_asks(
                BASIC, rules="acl users proxy_auth REQUIRED\nhttp_access deny !users\nhttp_access deny all"
            ),
            "incompatible",
            (Due("connect.all-denied"),),
            login=USER,
            arguments=("--probe-bad-password",),
        ),
        ("user name and password were accepted, but nothing is permitted to them",),
    ),
    LoginScenario(
        Scenario(
            "squid-refuses-with-403",
            squid_that_asks(BASIC, rules=_REFUSES_WITH_403),
            "incompatible",
            (Due("connect.all-denied"),),
            login=WRONG,
        ),
        ("whether user name and password were accepted is not known", "--probe-bad-password tells the two apart"),
        b"Proxy-Authorization: Basic ",
        2,
    ),
    LoginScenario(
        Scenario(
            "tinyproxy-probe-wrong-refused",
            tinyproxy("BasicAuth clerk s3cret-x"),
            "incompatible",
            (Due("auth.connection-closed", where=off_port(5938)),),
            login=Login("clerk", "s3cret-x"),
            arguments=("--probe-bad-password",),
        ),
        ("a wrong password is refused (401)",),
    ),
)
