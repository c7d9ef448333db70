from __future__ import annotations

import struct

from ingest.read.ole import open_container
from tests.ingest.read.compound import compound


def summary(count: int, *values: tuple[int, bytes]) -> bytes:
    """A property set that claims so many properties."""
    head = bytes(44) + struct.pack("<I", 48)
    places, body = b"", b""
    for number, value in values:
        places += struct.pack("<II", number, 8 + len(values) * 8 + len(body))
        body += value
    return head + struct.pack("<II", 0, count) + places + body


def properties(stream: bytes) -> dict[str, str]:
    return open_container(compound({"\x05SummaryInformation": stream}), "甲.doc").properties()


def test_title_and_author_are_decoded_by_the_files_code_page() -> None:
    title = "巡察办法\0".encode("gb18030")
    stream = summary(
        3,
        (1, struct.pack("<II", 2, 936)),
        (2, struct.pack("<II", 30, len(title)) + title + bytes(-len(title) % 4)),
        (4, struct.pack("<II", 31, 3) + "甲乙\0".encode("utf-16-le")),
    )
    assert properties(stream) == {"core_title": "巡察办法", "core_author": "甲乙"}


def test_properties_that_lie_are_left_out_at_once() -> None:
    assert properties(summary(0xFFFFFFFF, (2, struct.pack("<II", 0x101E, 0xFFFFFFFF)))) == {}
    assert properties(b"\xff" * 5000) == {}
    assert open_container(compound({"甲": b""}), "甲.doc").properties() == {}
