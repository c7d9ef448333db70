"""Damaged files: whatever a file holds, reading it gives a document or says why it cannot, in time and in memory.

Every format's seed is damaged in ways that depend on a number alone, so that a failure names the file that failed.
``YOUJU_FUZZ`` sets how many files are tried (2,000).
"""

from __future__ import annotations

import io
import os
import random
import re
import zipfile
from collections.abc import Callable, Iterator

import pytest

from ingest.archives import Member, unfold
from ingest.errors import ReadError, YoujuError
from ingest.worker import Limits, ReadingWorker
from tests.ingest.read.seeds import SEEDS, SLOW, zipped

FILES = int(os.environ.get("YOUJU_FUZZ", "2000"))
LIMITS = Limits(seconds=20.0, memory=2 * 2**30)
UNFORESEEN = {"read_unexpected", "read_timeout", "read_memory", "read_crashed"}
"""What the worker makes of an error no reader foresaw, a hang, too much memory, a crash."""

Damage = Callable[[bytes, random.Random], bytes]

_MOST_REPEATED = 400_000  # bytes: the PDF library takes 3 s to make sense of 800 KB of broken objects, and its square

# ---------------------------------------------------------------- to any bytes


def flipped(data: bytes, chance: random.Random) -> bytes:
    """Some bytes are others."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 4, 32))):
        out[chance.randrange(len(out))] = chance.choice((0, 0xFF, chance.randrange(256)))
    return bytes(out)


def cut(data: bytes, chance: random.Random) -> bytes:
    """The end, or a piece of the middle, is missing."""
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:start] if chance.random() < 0.5 else data[:start] + data[end:]


def repeated(data: bytes, chance: random.Random) -> bytes:
    """A piece is there many times."""
    start = chance.randrange(len(data))
    piece = data[start : start + chance.choice((1, 16, 400))]
    many = min(chance.choice((2, 50, 2000)), _MOST_REPEATED // max(1, len(piece)))
    return data[:start] + piece * many + data[start:]


def spliced(data: bytes, chance: random.Random) -> bytes:
    """A piece stands where another should, or bytes that mean something stand in between."""
    start = chance.randrange(len(data))
    other = chance.randrange(len(data))
    piece = chance.choice(
        (
            data[other : other + 200],
            b"\xff" * 8,
            b"\x00" * 64,
            "𠮷\u202e\ufeff".encode(),
            b"\xff\xfe",
            b"PK\x03\x04",
            b'"',
        )
    )
    return data[:start] + piece + data[start + chance.choice((0, len(piece))) :]


# ---------------------------------------------------------------- to markup

_TAG = re.compile(rb"<([A-Za-z][\w:.-]*)((?:\s[^<>]*)?)>")
_NUMBER = re.compile(rb"=([\"'])(-?\d+)\1")
_VALUE = re.compile(rb"=([\"'])([^\"'<>]*)\1")
_NUMBERS = (b"-1", b"0", b"65536", b"2147483648", b"99999999999999999999", b"1e9", b"", b"\xd9\xa3")
_BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
    b'<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY h SYSTEM "http://127.0.0.1:9/x">]>'
)


def nested(data: bytes, chance: random.Random) -> bytes:
    """An element lies in itself a great many times."""
    return _at_tag(data, chance, lambda tag, name: tag * chance.choice((20, 300, 5000)))


def closed_nested(data: bytes, chance: random.Random) -> bytes:
    """The same, and every one is closed."""
    many = chance.choice((20, 200, 2000))

    def deep(tag: bytes, name: bytes) -> bytes:
        return tag if tag.endswith(b"/>") else tag * many + (b"</" + name + b">") * (many - 1)

    return _at_tag(data, chance, deep)


def counted(data: bytes, chance: random.Random) -> bytes:
    """A number in an attribute is another: spans, counts, levels, references."""
    places = list(_NUMBER.finditer(data))
    if not places:
        return flipped(data, chance)
    for place in sorted(chance.sample(places, min(len(places), 3)), key=lambda each: -each.start()):
        data = data[: place.start(2)] + chance.choice(_NUMBERS) + data[place.end(2) :]
    return data


def valued(data: bytes, chance: random.Random) -> bytes:
    """An attribute's value is huge, leads out of the file, or is another's."""
    places = list(_VALUE.finditer(data))
    if not places:
        return spliced(data, chance)
    place = chance.choice(places)
    values = (
        b"9" * 200_000,
        b"A" * 200_000,
        b"file:///etc/passwd",
        b"http://127.0.0.1:9/",
        b"../../x",
        b"#",
        chance.choice(places)[2],
    )
    return data[: place.start(2)] + chance.choice(values) + data[place.end(2) :]


def spanned(data: bytes, chance: random.Random) -> bytes:
    """A cell spans more than any table has."""
    huge = chance.choice(_NUMBERS[2:5])
    spans = (
        b'<w:gridSpan w:val="%b"/>' % huge,
        b"<w:vMerge/>",
        b'<mergeCell ref="A1:XFD1048576"/>',
        b'<w:ilvl w:val="%b"/>' % huge,
    )
    attributes = (
        b' colspan="%b"' % huge,
        b' rowspan="%b"' % huge,
        b' gridSpan="%b"' % huge,
        b' spans="1:%b"' % huge,
        b' start="%b"' % huge,
    )
    if chance.random() < 0.5:
        return _at_tag(data, chance, lambda tag, name: tag + chance.choice(spans))
    return _at_tag(data, chance, lambda tag, name: tag.rstrip(b"/>") + chance.choice(attributes) + b">")


def entities(data: bytes, chance: random.Random) -> bytes:
    """It declares a document type with entities, and uses them."""
    start = data.find(b"?>") + 2 if data.startswith(b"<?xml") else 0
    used = _at_tag(
        data[start:], chance, lambda tag, name: tag + chance.choice((b"&c;", b"&f;", b"&h;", b"&nope;", b"&#0;"))
    )
    return data[:start] + _BOMB + used


def swapped(data: bytes, chance: random.Random) -> bytes:
    """An element has another's name, or its end is missing."""
    names = [tag[1] for tag in _TAG.finditer(data)]
    if not names:
        return spliced(data, chance)
    old, new = chance.choice(names), chance.choice(names)
    return (
        data.replace(old, new, chance.choice((1, 2, -1)))
        if chance.random() < 0.7
        else data.replace(b"</" + old + b">", b"", 1)
    )


def _at_tag(data: bytes, chance: random.Random, change: Callable[[bytes, bytes], bytes]) -> bytes:
    tags = list(_TAG.finditer(data))
    if not tags:
        return repeated(data, chance)
    tag = chance.choice(tags)
    return data[: tag.start()] + change(tag[0], tag[1]) + data[tag.end() :]


BYTES: tuple[Damage, ...] = (flipped, cut, repeated, spliced)
MARKUP: tuple[Damage, ...] = (nested, closed_nested, counted, valued, spanned, entities, swapped)


# ---------------------------------------------------------------- to containers


def in_container(data: bytes, chance: random.Random) -> bytes:
    """One part of a ZIP container is damaged or gone, and the container itself is whole."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    likely = [
        name
        for name in parts
        if re.search(r"(?:document|numbering|styles|sheet\d|sharedStrings|workbook|slide\d|presentation)\.xml", name)
    ]
    name = chance.choice(likely if chance.random() < 0.8 else sorted(parts))
    if chance.random() < 0.03:
        del parts[name]
    elif parts[name]:
        parts[name] = chance.choice((*BYTES, *MARKUP, *MARKUP))(parts[name], chance)
    return zipped(parts)


def damaged(seed: bytes, number: int) -> bytes:
    """The seed as damaged in the way of this number."""
    chance = random.Random(number)
    if seed.startswith(b"PK"):
        return in_container(seed, chance) if chance.random() < 0.85 else chance.choice(BYTES)(seed, chance)
    ways = (*BYTES, *MARKUP) if _TAG.search(seed) else BYTES
    for _ in range(chance.choice((1, 1, 2))):
        seed = chance.choice(ways)(seed or b"x", chance)
    return seed


# ---------------------------------------------------------------- tests


@pytest.fixture(scope="module")
def worker() -> Iterator[ReadingWorker]:
    with ReadingWorker(LIMITS) as worker:
        yield worker


@pytest.mark.parametrize("name", SEEDS)
def test_the_seed_itself_is_read(name: str, worker: ReadingWorker) -> None:
    assert worker.read(SEEDS[name](), name).structured.document.blocks


@pytest.mark.parametrize("name", SEEDS)
def test_a_damaged_file_is_a_document_or_an_error_with_its_reason(name: str, worker: ReadingWorker) -> None:
    seed = SEEDS[name]()
    wrong = []
    for number in range(FILES // len(SEEDS) // (4 if name in SLOW else 1)):
        data = damaged(seed, number)
        try:
            document = worker.read(data, name).structured.document
            assert all(0 <= block.span.start < block.span.end <= len(document.text) for block in document.blocks)
        except ReadError as error:
            wrong += [f"{number}: {error}"] if error.code in UNFORESEEN else []
    assert wrong == []


@pytest.mark.parametrize("name", ["资料.zip", "通知.eml"])
def test_a_damaged_archive_gives_members_or_an_error_with_its_reason(name: str) -> None:
    inner = zipped({"办法.txt": SEEDS["办法.txt"](), "内/台账.csv": SEEDS["台账.csv"]()})
    seed = zipped({"办法.docx": SEEDS["办法.docx"](), "里.zip": inner}) if name.endswith(".zip") else SEEDS[name]()
    for number in range(FILES // 10):
        data = random.Random(number).choice(BYTES)(seed, random.Random(number))
        for member in unfold(Member(name, lambda data=data: data)):  # type: ignore[misc]
            try:
                member.read()
            except YoujuError as error:
                assert str(error)  # noqa: PT017
