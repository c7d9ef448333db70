"""The error tree: every failure a user may see has a stable code, parameters, and a Chinese sentence.

    YoujuError
    ├── InputError        the caller's input cannot be used as it is        (HTTP 400/413/415/422, exit 2)
    │   └── ReadError     one file cannot be read; the rest goes on
    ├── NotFoundError     an id or a path that does not exist               (HTTP 404, exit 2)
    ├── ConflictError     the state of the library forbids it               (HTTP 409, exit 3)
    │   └── IndexMismatchError   the index was made by something else; says what to run
    ├── BusyError         the library's owner does not answer, or a limit   (HTTP 503, exit 4)
    └── EngineError       an engine (model, store) failed                   (HTTP 500, exit 5)

"Nothing found" is a value, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping


class YoujuError(Exception):
    """A failure with a stable ``code`` and ``params``; ``str(error)`` is the Chinese sentence for people."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params: Mapping[str, object] = params
        super().__init__(code)

    def __str__(self) -> str:
        return MESSAGES[self.code].format_map(self.params)

    def __reduce__(self) -> tuple[object, tuple[type[YoujuError], str, Mapping[str, object]]]:
        return _rebuild, (type(self), self.code, self.params)


def _rebuild(kind: type[YoujuError], code: str, params: Mapping[str, object]) -> YoujuError:
    return kind(code, **params)


class InputError(YoujuError):
    """The caller's input cannot be used as it is."""


class ReadError(InputError):
    """One file cannot be read; the others go on."""


class NotFoundError(YoujuError):
    """An id or path that does not exist, or that the caller may not see."""


class ConflictError(YoujuError):
    """The state of the library forbids the operation."""


class IndexMismatchError(ConflictError):
    """The index was made by something else than what would open it."""


class BusyError(YoujuError):
    """The library's owner does not answer, or a limit is reached: try again later."""


class EngineError(YoujuError):
    """An engine (model, vector store, term index) failed."""


# code → what is wrong, where, what to do. Parameters are named in braces. Sorted by area.
MESSAGES: dict[str, str] = {
    # reading
    "file_not_found": "找不到路径“{path}”。请检查路径是否写对、文件是否已被移动。",
    "file_empty": "文件“{name}”是空的（0 字节或没有可用文字）。请换成有内容的文件后重试。",
}
