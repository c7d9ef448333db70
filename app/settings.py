"""Settings: one frozen value, built once at the edge. Defaults < youju.toml < YOUJU_* < flags.

What shapes the index (the embedder, the chunking) is also kept in the library's manifest; a setting that
disagrees with it is an error that says what to run, never a silent change.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.authority import CLASSES
from ingest.errors import InputError

CONFIG_NAME = "youju.toml"
ENVIRONMENT_PREFIX = "YOUJU_"
# Read elsewhere, or by the evals: present in the environment, but not settings of this module.
NOT_SETTINGS = frozenset({"YOUJU_SHARED_DATA", "YOUJU_CONFIG"})


@dataclass(frozen=True)
class Clock:
    """The one place that knows what day it is: today in the office's time zone, instants in UTC."""

    zone: str = "Asia/Shanghai"

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def today(self) -> date:
        """The date on the office's wall, which decides which edition is in force."""
        return datetime.now(self._zone).date()

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key a program or person presents: only its sha256 is kept, so that a leaked settings file opens nothing.

    A key sees documents open to everyone and to its ``groups``; an ``admin`` key sees all and may change the library.
    """

    id: str
    sha256: str
    groups: tuple[str, ...] = ()
    admin: bool = False

    def matches(self, presented: str) -> bool:
        """Whether this is the key presented, compared in constant time."""
        return hmac.compare_digest(self.sha256, hashlib.sha256(presented.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is used and never shown: not in messages, logs, tracebacks or exports."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The value itself, for who must present it."""
        return self._value


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can choose."""

    library: Path = field(
        default=Path(".youju/library"),
        metadata={
            "help": "资料库目录",
            "why": "inside the working folder: visible, backed up with it, one per project",
        },
    )
    host: str = field(
        default="127.0.0.1",
        metadata={"help": "监听地址", "why": "loopback needs no keys; anything else requires them"},
    )
    port: int = field(default=8000, metadata={"help": "监听端口", "why": "0 takes any free port (tests)"})
    allowed_hosts: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "除监听地址外，允许浏览器使用的主机名（反向代理、局域网名称）",
            "why": "a page elsewhere must not reach the service through a name it controls (DNS rebinding)",
        },
    )
    api_keys: tuple[ApiKey, ...] = field(
        default=(),
        metadata={"help": "访问密钥", "why": "a host other than loopback refuses to start without one"},
    )
    embedder: str | None = field(
        default=None,
        metadata={
            "help": "向量模型：不填为随包模型，或 sentence-transformers 的名称、目录",
            "why": "none is the packaged model, which needs no network; must agree with the library's manifest",
        },
    )
    models: Path | None = field(
        default=None,
        metadata={"help": "模型缓存目录", "why": "outside the repository, shared by all libraries of a user"},
    )
    threads: int | None = field(
        default=None,
        metadata={"help": "模型使用的线程数", "why": "none lets the engine take the machine's cores"},
    )
    reading_processes: int | None = field(
        default=None,
        metadata={
            "help": "同时读取几个文件",
            "why": "none is the machine's cores; each takes 0.2 GB and more, so a small machine may want fewer",
        },
    )
    timezone: str = field(
        default="Asia/Shanghai",
        metadata={"help": "判断“今天”的时区", "why": "an edition comes into force at midnight of the office"},
    )
    upload_megabytes: int = field(
        default=64,
        metadata={
            "help": "单个上传文件的上限（MB）",
            "why": "what the readers take: larger files are refused there too",
        },
    )
    busy_seconds: float = field(
        default=5.0,
        metadata={
            "help": "资料库被占用而对方没有应答时，等待几秒后放弃",
            "why": "a server that lives answers in milliseconds; a person waits no longer at a shell",
        },
    )
    reranker: str = field(
        default="features",
        metadata={
            "help": "检索结果的重排：features 按问题点到的人、会、轮次、日期加分；sentences 再逐句比对前 40 段（每问慢一两秒）；"
            "cross-encoder 再由模型逐段打分；none 不重排",
            "why": "features costs nothing; sentences are encoded when asked for, a second or two the first time; "
            "a cross-encoder reads every passage with the question: seconds without a GPU",
        },
    )
    cross_encoder: str | None = field(
        default=None,
        metadata={
            "help": "重排模型：sentence-transformers CrossEncoder 的名称或目录，reranker 为 cross-encoder 时使用",
            "why": "none comes with the program; a name is downloaded once, a directory needs no network",
        },
    )
    llm_url: str | None = field(
        default=None,
        metadata={
            "help": "大模型接口的地址（OpenAI 兼容，如 http://127.0.0.1:8080/v1）；不填则只用原文作答",
            "why": "none is the offline default: answers are then composed of verbatim evidence",
        },
    )
    llm_key: Secret | None = field(
        default=None,
        metadata={"help": "大模型接口的密钥", "why": "local endpoints need none; it is never shown or logged"},
    )
    llm_model: str = field(
        default="default",
        metadata={"help": "大模型的名称", "why": "servers of a single model take any name"},
    )
    llm_seconds: float = field(
        default=60.0,
        metadata={
            "help": "等大模型写完一份回答的秒数，超过后改为只用原文作答",
            "why": "an inspector waits a minute for a written answer, not longer; the evidence is there at once",
        },
    )
    llm_context: int = field(
        default=8192,
        metadata={
            "help": "大模型一次能读的长度（token）",
            "why": "evidence beyond it is left out, the least relevant first, instead of failing",
        },
    )
    llm_judge: bool = field(
        default=False,
        metadata={
            "help": "由大模型再核对一遍每句话与依据是否相符",
            "why": "one more call a sentence; the rules already check every sentence",
        },
    )
    unsupported: str = field(
        default="drop",
        metadata={
            "help": "大模型写的句子没有依据支持时：drop 删去，mark 保留并标明",
            "why": "what has no support does not leave the building, unless the operator wants to see it marked",
        },
    )
    authority: tuple[str, ...] = field(
        default=CLASSES,
        metadata={
            "help": "相关程度相近时谁排在前面：按效力从高到低列出类别",
            "why": "a talk repeats what a rule says, a reprint what the original says: the binding text is the basis",
        },
    )
    log_texts: bool = field(
        default=False,
        metadata={"help": "日志中记录问题原文", "why": "questions of an inspection are confidential: opt in only"},
    )

    @property
    def clock(self) -> Clock:
        """The clock of this installation."""
        return Clock(self.timezone)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


# ---------------------------------------------------------------- reading


def load_settings(
    flags: Mapping[str, object] | None = None,
    *,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> Settings:
    """Defaults < youju.toml (``config``, or the one in ``directory``) < YOUJU_* < ``flags`` (None: not given).

    Unknown keys and unusable values raise InputError naming the place and the key.
    """
    environment = os.environ if environment is None else environment
    settings = Settings()
    path = config or (Path(environment["YOUJU_CONFIG"]) if environment.get("YOUJU_CONFIG") else None)
    if path is not None and not path.is_file():
        raise InputError("config_not_found", path=str(path))
    path = path or (directory or Path()) / CONFIG_NAME
    if path.is_file():
        settings = _applied(settings, _toml(path), place=str(path))
    settings = _applied(
        settings, _environment(environment), place="环境变量", show=lambda name: f"YOUJU_{name.upper()}"
    )
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    return _applied(settings, given, place="命令行", show=lambda name: f"--{name.replace('_', '-')}")


def _toml(path: Path) -> Mapping[str, object]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("config_broken", path=str(path), reason=str(error)) from error
    for name in ("library", "models"):  # relative paths in a file are relative to that file
        if isinstance(values.get(name), str):
            values[name] = str(path.parent / str(values[name]))
    return values


def _environment(environment: Mapping[str, str]) -> Mapping[str, object]:
    return {
        name.removeprefix(ENVIRONMENT_PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(ENVIRONMENT_PREFIX) and name not in NOT_SETTINGS and value != ""
    }


def _applied(
    settings: Settings, values: Mapping[str, object], *, place: str, show: Callable[[str], str] = str
) -> Settings:
    known = {item.name for item in fields(Settings)}
    out: dict[str, object] = {}
    for name, value in values.items():
        if name not in known:
            raise InputError("setting_unknown", place=place, key=show(name), known="、".join(sorted(known)))
        try:
            out[name] = PARSERS[name](value)
        except (ValueError, TypeError, KeyError, ZoneInfoNotFoundError) as error:
            raise InputError(
                "setting_invalid", place=place, key=show(name), value=_shown(name, value), reason=str(error)
            ) from error
    return replace(settings, **out)  # type: ignore[arg-type]


def _shown(name: str, value: object) -> str:
    return "（不显示）" if name in ("api_keys", "llm_key") else str(value)  # keys never reach a message or a log


# ---------------------------------------------------------------- one parser a setting: text or TOML value → value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("应为非空的文字")
    return value.strip()


def _path(value: object) -> Path:
    if isinstance(value, Path):
        return value
    return Path(_text(value)).expanduser()


def _whole(low: int, high: int) -> Callable[[object], int]:
    def parse(value: object) -> int:
        if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"应为 {low} 到 {high} 的整数")
        return value

    return parse


def _seconds(value: object) -> float:
    try:
        seconds = float(cast(str, value))
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 < seconds <= 3600:
        raise ValueError("应为 0 到 3600 的秒数")
    return seconds


def _url(value: object) -> str:
    url = _text(value)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise ValueError("应写成 http://主机:端口/v1 这样的地址，不带用户名和密码")
    return url.rstrip("/")


def _one_of(*names: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if (name := _text(value)) not in names:
            raise ValueError(f"应为 {' 或 '.join(names)}")
        return name

    return parse


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise ValueError("应为 true 或 false")


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple):
        raise ValueError("应为名称的列表")
    return tuple(_text(item) for item in value)


def _classes(value: object) -> tuple[str, ...]:
    names = _names(value)
    if unknown := [name for name in names if name not in CLASSES]:
        raise ValueError(f"没有“{'、'.join(unknown)}”这样的类别，可选：{'、'.join(CLASSES)}")
    return names


def _zone(value: object) -> str:
    name = _text(value)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("没有这个时区，应写成 Asia/Shanghai 这样的名称") from error
    return name


def _keys(value: object) -> tuple[ApiKey, ...]:
    """A TOML array of tables, or (from the environment) the same as JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ValueError("应为 JSON 列表") from error
    if not isinstance(value, list | tuple):
        raise ValueError("应为密钥的列表")
    keys = tuple(item if isinstance(item, ApiKey) else _key(item) for item in value)
    if len({key.id for key in keys}) != len(keys):
        raise ValueError("密钥的 id 有重复")
    return keys


def _key(item: object) -> ApiKey:
    if not isinstance(item, Mapping):
        raise ValueError("每个密钥应有 id 和 key（或 sha256）")
    unknown = set(item) - {"id", "key", "sha256", "groups", "admin"}
    if unknown:
        raise ValueError(f"密钥里有不认识的项：{'、'.join(sorted(map(str, unknown)))}")
    if ("key" in item) == ("sha256" in item):
        raise ValueError("每个密钥应写明 key 或 sha256 之一")
    if "key" in item:
        plain = _text(item["key"])
        if len(plain) < 16:
            raise ValueError("密钥太短，至少 16 个字符")
        digest = hashlib.sha256(plain.encode()).hexdigest()
    else:
        digest = _text(item["sha256"]).lower()
        if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise ValueError("sha256 应为 64 位十六进制")
    return ApiKey(
        id=_text(item.get("id")),
        sha256=digest,
        groups=_names(item.get("groups", ())),
        admin=_switch(item.get("admin", False)),
    )


PARSERS: Mapping[str, Callable[[object], object]] = {
    "library": _path,
    "host": _text,
    "port": _whole(0, 65535),
    "allowed_hosts": _names,
    "api_keys": _keys,
    "embedder": _text,
    "models": _path,
    "threads": _whole(1, 1024),
    "reading_processes": _whole(1, 256),
    "timezone": _zone,
    "upload_megabytes": _whole(1, 10_000),
    "busy_seconds": _seconds,
    "reranker": _one_of("features", "sentences", "cross-encoder", "none"),
    "cross_encoder": _text,
    "llm_url": _url,
    "llm_key": lambda value: value if isinstance(value, Secret) else Secret(_text(value)),
    "llm_model": _text,
    "llm_seconds": _seconds,
    "llm_context": _whole(1024, 10_000_000),
    "llm_judge": _switch,
    "unsupported": _one_of("drop", "mark"),
    "authority": _classes,
    "log_texts": _switch,
}
