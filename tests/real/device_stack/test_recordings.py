"""The device files' phrasing and greetings against the recorded stacks. No Java is needed: the recordings are kept."""

import pytest
from msgspec.structs import replace

from proxycheck.catalogue.client_hellos import load_client_hello
from proxycheck.catalogue.devices import device_names, load_device, profile_names
from proxycheck.model.files.client_hello import HelloProfile
from proxycheck.model.target import Credentials, Target
from proxycheck.wire.auth.basic import Basic
from proxycheck.wire.http.request import connect_request
from proxycheck.wire.tls.client_hello import client_hello
from tests.real.device_stack.recording import HOST, OTHER_PORT, PASSWORD, USER, load, without_random

LATER_GROUPS = (0x001D, 0x0017, 0x0018)
"""X25519, P-256, P-384: what the recorded Conscrypt offers and cannot be held from."""
LATER_ALGORITHMS = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0x0201)
"""The signature algorithms of the recorded Conscrypt: RSA-PSS among them, which Android 7.0 does not know."""
DHE = (0x009E, 0x009F, 0x0033, 0x0039)
"""Suites of Android 7.0 that BoringSSL dropped before the recorded Conscrypt was released."""


@pytest.mark.parametrize(
    "device", [name for name in (*device_names(), *profile_names()) if load_device(name).proxy.connect.recording]
)
def test_the_client_phrases_connect_as_the_recorded_stack(device: str) -> None:
    phrasing = load_device(device).proxy.connect
    assert phrasing.recording is not None
    recording = load(phrasing.recording)
    authorization = Basic(Credentials(USER, PASSWORD)).answer(None, Target(HOST, 443))
    assert isinstance(authorization, str)
    # The recorded libcurl is younger than the device's and names its own version.
    agent = recording.tunnel.partition("User-Agent: ")[2].partition("\r\n")[0] if device == "connectplus" else None

    def request(port: int, value: str | None = None) -> str:
        sent = connect_request(Target(HOST, port), phrasing, user_agent=agent, authorization=value)
        return sent.decode("latin-1")

    assert request(443) == recording.tunnel
    assert request(OTHER_PORT) == recording.tunnel_to_other_port
    assert request(443, authorization) == recording.answer_to_407


def test_an_application_of_its_own_names_the_port_and_itself() -> None:
    recording = load("okhttp-3")
    phrasing = replace(
        load_device("sendpro-c").proxy.connect,
        host_port_443=True,
        headers=(("Proxy-Connection", "Keep-Alive"), ("User-Agent", "okhttp/3.12.13")),
    )
    assert connect_request(Target(HOST, 443), phrasing).decode("latin-1") == recording.tunnel


@pytest.mark.parametrize("stack", ["android-7.0", "okhttp-3"])
def test_plain_http_goes_to_the_proxy_in_absolute_form(stack: str) -> None:
    assert load(stack).plain.startswith(f"GET http://{HOST}/path?query HTTP/1.1\r\n")


def as_recorded(profile: HelloProfile) -> HelloProfile:
    """The profile with the three lists in which the recorded Conscrypt is known to be younger than the platform."""
    suites = tuple(suite for suite in profile.cipher_suites if suite not in DHE)
    return replace(profile, cipher_suites=suites, groups=LATER_GROUPS, signature_algorithms=LATER_ALGORITHMS)


@pytest.mark.parametrize(("profile", "stack"), [("android-7.0", "android-7.0"), ("okhttp3-android-7.0", "okhttp-3")])
def test_the_greeting_is_the_recorded_one_byte_for_byte(profile: str, stack: str) -> None:
    """But for the three lists that are named above: order, lengths, versions and everything else are the same."""
    ours = client_hello(as_recorded(load_client_hello(profile)), HOST, bytes(32))
    assert without_random(ours.data).hex() == load(stack).client_hello


def test_the_greeting_of_android_9_is_the_recorded_one() -> None:
    ours = client_hello(load_client_hello("android-9"), HOST, bytes(32))
    assert without_random(ours.data).hex() == load("android-9").client_hello


def test_the_second_profile_is_the_same_device() -> None:
    first, second = load_device("sendpro-c"), load_device("sendpro-c-android9")
    assert (second.endpoints, second.network, second.document) == (first.endpoints, first.network, first.document)
    assert second.client_hello.profile in first.client_hello.also, "its greeting is tried beside the first one's"
    assert (second.operating_system, second.proxy.connect.host_port_443) == ("Android 9", True)
