"""e2guardian 5.3 in front of Squid, put right."""

from tests.real.e2guardian import behind, e2guardian
from tests.real.engines import Software
from tests.real.remedies import FEW, Repair, pasted
from tests.real.scenarios import Login
from tests.real.squid import ALLOW_ALL, squid_with_digest, squid_with_users

_PRODUCT = "DansGuardian / e2guardian"
_SQUID = behind(ALLOW_ALL)
_CLERK = Login("clerk", "k9bc7")
_BASIC = "authplugin = '$folder/etc/authplugins/proxy-basic.conf'"
_DIGEST = "authplugin = '$folder/etc/authplugins/proxy-digest.conf'"
_READS = (
    "enablessl = on",
    "cacertificatepath = '$company'",
    "caprivatekeypath = '$company'",
    "certprivatekeypath = '$company'",
    "generatedcertpath = '$folder/generated/'",
)
_READS_GROUP = "sslmitm = on\nmitmcheckcert = off\n"
_TLS_ONLY = (
    *("--only", "*.pb.com:443", "--only", "s3.amazonaws.com:443", "--only", "csd-launcher.s3.amazonaws.com:443"),
    *("--only", "api.pitneybowes.com:443"),
)


def _asking(squid: Software) -> Software:
    """A parent proxy that wants user name and password."""
    rules = squid.configuration.partition("auth_param")
    return behind(rules[1] + rules[2], **squid.files)


def _reads(**lists: str) -> Software:
    return e2guardian(*_READS, group=_READS_GROUP, **lists)


REPAIRS = (
    Repair(
        "e2guardian-inspects",
        "tls.inspected",
        _PRODUCT,
        _reads(),
        lambda lines: _reads(exceptionsitelist=pasted(lines) + "\n"),
        arguments=_TLS_ONLY,
        behind=_SQUID,
        shown=False,
    ),
    Repair(
        "e2guardian-bans",
        "connect.redirected",
        _PRODUCT,
        e2guardian(bannedsitelist="amazonaws.com\n"),
        lambda lines: e2guardian(bannedsitelist="amazonaws.com\n", exceptionsitelist=pasted(lines) + "\n"),
        arguments=FEW,
        behind=_SQUID,
    ),
    Repair(
        "e2guardian-page",
        "http.block-page",
        _PRODUCT,
        e2guardian(bannedsitelist="novell.com\n"),
        lambda lines: e2guardian(bannedsitelist="novell.com\n", exceptionsitelist=pasted(lines) + "\n"),
        device="connectplus",
        arguments=("--tier", "required"),
        behind=_SQUID,
    ),
    Repair(
        "e2guardian-password",
        "auth.required",
        _PRODUCT,
        e2guardian(_BASIC),
        lambda lines: e2guardian(_BASIC, authexceptionsitelist=pasted(lines) + "\n"),
        behind=_asking(squid_with_users({_CLERK.user: _CLERK.password})),
        shown=False,
    ),
    Repair(
        "e2guardian-digest",
        "auth.scheme-unsupported",
        _PRODUCT,
        e2guardian(_DIGEST),
        lambda lines: e2guardian(_DIGEST, authexceptionsitelist=pasted(lines) + "\n"),
        login=_CLERK,
        behind=_asking(squid_with_digest(_CLERK.user, _CLERK.password)),
        shown=False,
    ),
)
