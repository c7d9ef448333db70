from __future__ import annotations

import errno

import pytest

from ingest.errors import reason_of


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "磁盘已满"),
        (ValueError("Internal error: 'No space left on device (os error 28)'"), "磁盘已满"),
        (Exception("error returned from database: (code: 13) database or disk is full"), "磁盘已满"),
        (OSError(errno.EROFS, "Read-only file system"), "所在的磁盘是只读的"),
        (PermissionError(errno.EACCES, "Permission denied"), "没有权限"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
        (ValueError("其他"), "其他"),
        (ValueError(), "ValueError"),
    ],
)
def test_the_usual_reasons_are_told_in_chinese(error: Exception, words: str) -> None:
    assert reason_of(error) == words
