from __future__ import annotations

from dataclasses import fields
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.settings import PARSERS, ApiKey, Clock, Settings, is_loopback, load_settings
from ingest.errors import InputError

KEY = "一把足够长的钥匙-0123456789"


def test_flags_win_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    (tmp_path / "youju.toml").write_text('port = 1001\nhost = "localhost"\nbusy_seconds = 2.5\n', encoding="utf-8")
    environment = {"YOUJU_PORT": "1002", "YOUJU_EMBEDDER": "BAAI/bge-m3"}

    got = load_settings({"port": 1003, "embedder": None}, environment=environment, directory=tmp_path)

    assert got.port == 1003
    assert got.embedder == "BAAI/bge-m3"  # a flag that is not given leaves what was set
    assert got.host == "localhost"
    assert got.busy_seconds == 2.5
    assert got.timezone == Settings().timezone


def test_the_library_may_come_from_the_environment(tmp_path: Path) -> None:
    assert load_settings(environment={"YOUJU_LIBRARY": "/库/二"}, directory=tmp_path).library == Path("/库/二")


def test_paths_in_a_file_are_relative_to_the_file(tmp_path: Path) -> None:
    config = tmp_path / "别的.toml"
    config.write_text('library = "资料库"\n', encoding="utf-8")
    assert load_settings(config=config, environment={}).library == tmp_path / "资料库"
    assert load_settings(environment={"YOUJU_CONFIG": str(config)}).library == tmp_path / "资料库"


@pytest.mark.parametrize(
    ("source", "named"),
    [("toml", "prot"), ("environment", "YOUJU_PROT"), ("flags", "--prot")],
)
def test_an_unknown_key_is_an_error_that_names_its_place(source: str, named: str, tmp_path: Path) -> None:
    environment = {"YOUJU_PROT": "8000"} if source == "environment" else {}
    if source == "toml":
        (tmp_path / "youju.toml").write_text("prot = 8000\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_settings({"prot": 1} if source == "flags" else {}, environment=environment, directory=tmp_path)
    assert caught.value.code == "setting_unknown"
    assert named in str(caught.value)
    assert "port" in str(caught.value)  # what it could have been


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "八千"),
        ("port", 70000),
        ("port", True),
        ("library", ""),
        ("timezone", "北京"),
        ("timezone", "../etc/passwd"),
        ("log_texts", "也许"),
        ("busy_seconds", -1),
        ("busy_seconds", "nan"),
        ("threads", 0),
        ("reading_processes", 0),
        ("api_keys", "不是 JSON"),
        ("api_keys", [{"id": "甲"}]),
        ("api_keys", [{"id": "甲", "key": KEY, "sha256": "0" * 64}]),
        ("api_keys", [{"id": "甲", "key": "太短"}]),
        ("api_keys", [{"id": "甲", "key": KEY, "role": "x"}]),
        ("api_keys", [{"id": "甲", "key": KEY}, {"id": "甲", "key": KEY + "2"}]),
        ("api_keys", ["一把"]),
        ("allowed_hosts", 5),
    ],
)
def test_a_value_that_cannot_be_used_is_an_error_in_chinese(name: str, value: object, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_settings({name: value}, environment={}, directory=tmp_path)
    assert caught.value.code == "setting_invalid"
    assert "应" in str(caught.value) or "密钥" in str(caught.value)


def test_a_key_is_never_repeated_in_an_error_nor_kept(tmp_path: Path) -> None:
    secret = "泄露了就不好的密钥-0123456789"
    with pytest.raises(InputError) as caught:
        load_settings({"api_keys": [{"id": "甲", "key": secret, "role": 1}]}, environment={}, directory=tmp_path)
    assert secret not in str(caught.value)
    got = load_settings({"api_keys": [{"id": "甲", "key": secret}]}, environment={}, directory=tmp_path)
    assert secret not in repr(got)


def test_keys_come_from_the_file_or_as_json_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "youju.toml").write_text(
        f'[[api_keys]]\nid = "巡察办"\nkey = "{KEY}"\ngroups = ["巡察办", "审计部"]\n', encoding="utf-8"
    )
    (key,) = load_settings(environment={}, directory=tmp_path).api_keys
    assert key == ApiKey("巡察办", key.sha256, ("巡察办", "审计部"))
    assert key.matches(KEY)
    assert not key.matches(KEY + " ")
    environment = {"YOUJU_API_KEYS": f'[{{"id": "管理", "key": "{KEY}", "admin": true}}]'}
    (key,) = load_settings(environment=environment, directory=tmp_path).api_keys
    assert key.admin


def test_a_broken_or_missing_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "youju.toml").write_text("port = = 1", encoding="utf-8")
    with pytest.raises(InputError, match="TOML") as caught:
        load_settings(environment={}, directory=tmp_path)
    assert caught.value.code == "config_broken"
    with pytest.raises(InputError) as caught:
        load_settings(config=tmp_path / "没有.toml", environment={})
    assert caught.value.code == "config_not_found"


def test_every_setting_has_a_parser_its_words_and_its_reason() -> None:
    assert {item.name for item in fields(Settings)} == set(PARSERS)
    for item in fields(Settings):
        assert item.metadata["help"], item.name
        assert item.metadata["why"], item.name


def test_the_clock_tells_the_offices_day_and_utc_instants() -> None:
    clock = Clock("Pacific/Kiritimati")
    assert clock.now().tzinfo is UTC
    assert clock.today() == clock.now().astimezone(ZoneInfo("Pacific/Kiritimati")).date()
    assert Settings().clock == Clock("Asia/Shanghai")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.8.8"])
def test_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "youju.local", "localhost.example.com"])
def test_anything_else_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)
