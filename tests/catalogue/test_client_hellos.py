"""The ClientHello profiles as files."""

from pathlib import Path

import pytest

from proxycheck.catalogue import client_hellos
from proxycheck.errors import ConfigurationError
from proxycheck.resources import fixtures


def test_the_profiles_that_there_are() -> None:
    names = client_hellos.client_hello_names()
    assert names == ("android-7.0", "android-9", "large", "modern", "okhttp3-android-7.0", "sled11-tls10", "tls12")
    for name in names:
        profile = client_hellos.load_client_hello(name)
        assert profile.name == name
        assert profile.title
        assert profile.source
        assert len(set(profile.cipher_suites)) == len(profile.cipher_suites)
        assert len(set(profile.extensions)) == len(profile.extensions)


def test_an_unknown_profile_names_those_that_are_known() -> None:
    with pytest.raises(ConfigurationError, match=r"'netscape'; there are android-7\.0, android-9, large"):
        client_hellos.load_client_hello("netscape")


def test_a_profile_is_called_as_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "client_hellos").mkdir()
    profile = fixtures() / "client_hellos" / "modern.toml"
    text = profile.read_text(encoding="utf-8")
    (tmp_path / "client_hellos" / "renamed.toml").write_text(text, encoding="utf-8")
    (tmp_path / "client_hellos" / "broken.toml").write_text(text + "\nsurprise = 1\n", encoding="utf-8")
    monkeypatch.setattr(client_hellos, "fixtures", lambda: tmp_path)
    with pytest.raises(ConfigurationError, match=r"renamed\.toml calls itself 'modern'"):
        client_hellos.load_client_hello("renamed")
    with pytest.raises(ConfigurationError, match="surprise"):
        client_hellos.load_client_hello("broken")
