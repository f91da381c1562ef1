"""The exporter's file: what fits is read, and what does not is told with file, module and key."""

from pathlib import Path

import pytest

from proxycheck.errors import ConfigurationError, ProxycheckError
from proxycheck.resources import fixtures
from proxycheck.web.exporter.configuration import read_configuration, target_address
from tests.web.exporter.scraping import PLAIN, SECRET, written


def test_the_example_of_the_contract(tmp_path: Path) -> None:
    text = """
[modules.sendpro-c]
device = "sendpro-c"
tier = "required"
[modules.branch]
device = "connectplus"
user = "meter"
password_file = "password"
targets = ["Proxy.branch.example:8080"]
"""
    configuration = read_configuration(written(tmp_path, text))
    plain, branch = configuration.modules["sendpro-c"], configuration.modules["branch"]
    assert (plain.order.tier, plain.targets, plain.credentials()) == ("required", None, None)
    assert branch.targets == frozenset({"http://proxy.branch.example:8080"})
    given = branch.credentials()
    assert given is not None
    assert (given.username, given.password) == ("meter", "right")
    assert "right" not in repr(configuration)


def test_a_device_of_ones_own_stands_beside_the_file(tmp_path: Path) -> None:
    text = (fixtures() / "devices" / "sendpro-c.toml").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(text.replace('name = "sendpro-c"', 'name = "own"', 1), encoding="utf-8")
    text = "[modules.x]\ndevice = 'own.toml'\n[modules.y]\ndevice = 'SendPro+'\n"
    configuration = read_configuration(written(tmp_path, text))
    assert configuration.modules["x"].order.device == str(tmp_path / "own.toml")
    assert configuration.modules["y"].order.device == "SendPro+"


def test_a_password_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = SECRET.replace('password_file = "password"', 'password_env = "BRANCH"')
    with pytest.raises(ConfigurationError, match=r"modules\.secret: the environment has no variable BRANCH"):
        read_configuration(written(tmp_path, text))
    monkeypatch.setenv("BRANCH", "from there")
    configuration = read_configuration(written(tmp_path, text))
    given = configuration.modules["secret"].credentials()
    assert given is not None
    assert given.password == "from there"
    assert configuration.secret_variables == {"BRANCH"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "missing required field `modules`"),
        ("[modules]\n", "names no module"),
        ("[modules.x]\n", "missing required field `device`"),
        ("[modules.x]\ndevice = 'nix'\n", r"modules\.x: there is no device 'nix'"),
        ("[modules.x]\ndevice = 'sendpro-c'\ncolour = 1\n", "colour is unknown"),
        ("[modules.x]\ndevice = 'sendpro-c'\ntimeout = 0\n", "Expected `float` >= 0.1"),
        ("[modules.x]\ndevice = 'sendpro-c'\ntier = 'all'\n", "there is no tier 'all'"),
        ("[modules.x]\ndevice = 'sendpro-c'\nonly = ['nix.example:1']\n", "matches no endpoint"),
        ("[modules.x]\ndevice = 'sendpro-c'\nroots = 'nix.pem'\n", r"modules\.x: .*nix\.pem"),
        ("[modules.x]\ndevice = 'sendpro-c'\npassword_file = 'password'\n", "no user name"),
        ("[modules.x]\ndevice = 'sendpro-c'\nuser = 'u'\ntargets = ['a:1']\n", "needs one password"),
        ("[modules.x]\ndevice = 'sendpro-c'\nuser = 'u'\npassword_file = 'password'\n", "names its targets"),
        (
            "[modules.x]\ndevice = 'sendpro-c'\nuser = 'u'\npassword_file = 'nix'\ntargets = ['a:1']\n",
            "nix cannot be read",
        ),
        ("[modules.x]\ndevice = 'sendpro-c'\nuser_agent = ' '\n", "user_agent is no header value"),
        ("[modules.x]\ndevice = 'sendpro-c'\ntargets = ['a']\n", "has no port"),
        ("[modules.x]\ndevice = 'sendpro-c'\ntargets = ['u@a:1']\n", "a target has no user name"),
        ("[modules.x]\ndevice = 'sendpro-c'\ntargets = ['u:p@a:1']\n", "user and password_file in a module"),
        (
            "[modules.x]\ndevice = 'sendpro-c'\nuser = ''\npassword_file = 'password'\ntargets = ['a:1']\n",
            'write user = "NAME", or leave it out',
        ),
        (
            "[modules.x]\ndevice = 'sendpro-c'\nuser = 'u:p'\npassword_file = 'password'\ntargets = ['a:1']\n",
            "the password in password_file or password_env",
        ),
        ("[modules.'a b']\ndevice = 'sendpro-c'\n", "a module's name has letters"),
        (PLAIN + "[exporter]\nruns = 0\n", "Expected `int` >= 1"),
    ],
)
def test_what_does_not_fit_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence) as caught:
        read_configuration(written(tmp_path, text))
    assert "exporter.toml" in str(caught.value)


@pytest.mark.parametrize("text", ["", "a", "a:0", "http://u:p@a:1", "ftp://a:1", "a:1/x", "a b:1", "\x1b:1"])
def test_what_is_no_target(text: str) -> None:
    with pytest.raises(ProxycheckError):
        target_address(text)
