"""What people call a device leads to that device, and to no other; any list of hosts becomes one."""

from pathlib import Path

import pytest

from proxycheck.catalogue.devices import device_names, device_template, load_device
from proxycheck.errors import ConfigurationError, UsageError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sendpro-p", "connectplus"),
        ("SendPro P", "connectplus"),
        ("SENDPRO P SERIES", "connectplus"),
        ("Connect+", "connectplus"),
        ("connect-plus", "connectplus"),
        ("Connect+ / SendPro P Series", "connectplus"),
        ("SendPro® C", "sendpro-c"),
        ("sendpro_c", "sendpro-c"),
        ("SendPro+", "sendpro-c"),
        ("sendpro-c", "sendpro-c"),
    ],
)
def test_a_device_answers_to_its_names(text: str, name: str) -> None:
    assert load_device(text).name == name


def test_no_name_belongs_to_two_devices() -> None:
    for name in device_names():
        device = load_device(name)
        assert {load_device(called).name for called in (name, device.title, *device.aliases)} == {name}


def test_an_unknown_name_suggests_no_other_device() -> None:
    with pytest.raises(UsageError) as error:
        load_device("sendpro-x")
    assert "did you mean" not in str(error.value)
    assert "connectplus (Connect+ / SendPro P Series)" in str(error.value)


def test_the_template_is_a_device(tmp_path: Path) -> None:
    file = tmp_path / "any name.toml"
    file.write_bytes(device_template())
    device = load_device(str(file))
    assert device.name == "my-device"
    assert not device.proxy.known
    assert {need.port for need in device.network.ports} == {80, 443, 5228}
    assert {function.name for function in device.functions} == {each.function for each in device.endpoints}


def test_every_key_of_the_template_that_is_commented_out_is_one(tmp_path: Path) -> None:
    file = tmp_path / "whole.toml"
    text = device_template().decode().replace("\n# ", "\n").replace("\n#\n", "\n\n")
    kept = text[text.index("\nname =") :]
    lines = [line for line in kept.splitlines() if not line.startswith(("What ", "One ", "Plain ", "TLS "))]
    file.write_text("\n".join(lines), encoding="utf-8")
    device = load_device(str(file))
    assert device.proxy.known
    assert device.network.bandwidth_required_kbit_s == 384


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{ host = "www.example.com" }', "port"),
        ('{ host = "www.example.com", port = 443, sheme = "http" }', "sheme"),
        ('{ host = "WWW.example.com", port = 443 }', "lower case"),
        ('{ host = "www.example.com", port = 443, any_of = "x" }', "two or more endpoints"),
        ("", "one host or more"),
    ],
)
def test_a_device_file_that_does_not_fit_says_where(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f'name = "mine"\ntitle = "Mine"\ndocument = "me"\nendpoints = [{line}]\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told) as error:
        load_device(str(file))
    assert str(file) in str(error.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [("sendpro-c", "is a listed device"), ("a b", "letters, digits and hyphens"), ("", "letters, digits and hyphens")],
)
def test_a_device_file_has_a_name_of_its_own(tmp_path: Path, name: str, told: str) -> None:
    file = tmp_path / "mine.toml"
    host = '{ host = "www.example.com", port = 443 }'
    file.write_text(f'name = "{name}"\ntitle = "Mine"\ndocument = "me"\nendpoints = [{host}]\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        load_device(str(file))


def test_a_device_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml"):
        load_device("nowhere.toml")


def test_punycode_is_a_host_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    host = "xn--e1afmkfd.xn--p1ai"
    file.write_text(
        f'name = "mine"\ntitle = "Mine"\ndocument = "me"\nendpoints = [{{ host = "{host}", port = 443 }}]\n',
        encoding="utf-8",
    )
    assert load_device(str(file)).endpoints[0].host == host
