"""The stacks there are, and what holds each to its platform's release."""

from dataclasses import dataclass

_ANDROID_7_SUITES = (
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
)
_WITHOUT_DHE = tuple(suite for suite in _ANDROID_7_SUITES if "_DHE_" not in suite)


@dataclass(frozen=True)
class JavaStack:
    """One stack of the Java client. `name` is the folder of its jars; `suites` are in the platform's order.

    `fallback` says that a failed handshake is tried again with TLS 1.1 and 1.0; `port_in_host` that `Host` of a CONNECT
    to port 443 names the port, which the platform patched into OkHttp 2; `own` that the stack is an application's own
    OkHttp 3 and not the platform's."""

    name: str
    agent: str
    suites: tuple[str, ...]
    fallback: bool
    port_in_host: bool = False
    own: bool = False

    @property
    def properties(self) -> dict[str, str]:
        """The system properties that the client reads."""
        found = {
            "http.agent": self.agent,
            "stack.protocols": "TLSv1.2,TLSv1.1,TLSv1",
            "stack.suites": ",".join(self.suites),
            "stack.fallback": str(self.fallback).lower(),
            "stack.portInHost": str(self.port_in_host).lower(),
        }
        return found | ({"stack.own": "true"} if self.own else {})


ANDROID_7 = JavaStack(
    "android-7.0", "Dalvik/2.1.0 (Linux; U; Android 7.0 Build/NRD90M)", _ANDROID_7_SUITES, fallback=True
)
ANDROID_9 = JavaStack(
    "android-9", "Dalvik/2.1.0 (Linux; U; Android 9 Build/PPR1)", _WITHOUT_DHE, fallback=False, port_in_host=True
)
OKHTTP_3 = JavaStack("okhttp-3", "", _WITHOUT_DHE, fallback=False, own=True)
JAVA_STACKS = (ANDROID_7, ANDROID_9, OKHTTP_3)
