"""A builder of OLE containers for tests: named streams in a flat directory."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_SECTOR, _MINI_CUTOFF = 512, 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


def compound(streams: Mapping[str, bytes]) -> bytes:
    """An OLE file with these streams, each padded so that it needs no mini stream."""
    bodies = {
        name: body.ljust(max(_MINI_CUTOFF, -(-len(body) // _SECTOR) * _SECTOR), b"\0") for name, body in streams.items()
    }
    chains: list[int] = []
    starts: dict[str, int] = {}
    for name, body in bodies.items():
        starts[name] = len(chains)
        chains += _chain(len(chains), len(body) // _SECTOR)
    directory = _directory(bodies, starts)
    first_directory = len(chains)
    chains += _chain(first_directory, len(directory) // _SECTOR)
    fat_sectors = 1
    while len(chains) + fat_sectors > fat_sectors * (_SECTOR // 4):
        fat_sectors += 1
    first_fat = len(chains)
    chains += [_FAT] * fat_sectors
    chains += [_FREE] * (fat_sectors * (_SECTOR // 4) - len(chains))
    fat = struct.pack(f"<{len(chains)}I", *chains)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, fat_sectors, first_directory, 0, _MINI_CUTOFF, _END, 0, _END, 0)
    places = [first_fat + index for index in range(fat_sectors)]
    header += struct.pack("<109I", *(places + [_FREE] * (109 - len(places))))
    return header + b"".join(bodies.values()) + directory + fat


def _chain(first: int, count: int) -> list[int]:
    return [first + index + 1 for index in range(count - 1)] + [_END]


def _directory(bodies: Mapping[str, bytes], starts: Mapping[str, int]) -> bytes:
    """The root, then the streams as one chain of right siblings."""
    entries = [_entry("Root Entry", 5, _END, 0, child=1 if bodies else _NONE)]
    for index, (name, body) in enumerate(bodies.items(), 1):
        entries.append(_entry(name, 2, starts[name], len(body), right=index + 1 if index < len(bodies) else _NONE))
    entries += [bytes(64) + struct.pack("<HBBIII", 0, 0, 0, _NONE, _NONE, _NONE) + bytes(48)] * (-len(entries) % 4)
    return b"".join(entries)


def _entry(name: str, kind: int, start: int, size: int, *, child: int = _NONE, right: int = _NONE) -> bytes:
    words = (name + "\0").encode("utf-16-le")
    return (
        words.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(words), kind, 1, _NONE, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
