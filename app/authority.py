"""Which of two texts that fit equally is put first: the one of more authority, and an official text before a reprint."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.document import DocumentKind
from ingest.roster import Header

CLASSES = ("党内法规", "国家法律法规", "集团制度", "讲话", "会议纪要", "网络转载")
"""From the most to the least binding; what is of no class comes last."""
MOST = 0.01
"""The bonus of the first class: it decides between near equals, and never puts a text first that fits clearly worse. On
the gold set twice as much turned one right answer into a refusal, and one wrong answer too."""

_PARTY = re.compile(r"^(?:中共中央|中国共产党|中央(?!企业)|中办|中纪委)")
_PARTY_NUMBER = re.compile(r"^(?:中发|中办发|中纪发|中纪办发|中组发)")
_STATE = re.compile(r"^(?:中华人民共和国|全国人|国务院|最高人民)")


def class_of(header: Header) -> str | None:
    """The class of a text, by its origin, kind, issuer, number and title; None for one of none."""
    if header.origin is not None and header.origin.startswith("http") and header.number is None:
        return "网络转载"
    if header.kind is DocumentKind.SPEECH:
        return "讲话"
    if header.kind is DocumentKind.MEETING:
        return "会议纪要"
    if header.kind is not DocumentKind.REGULATION:
        return None
    names = [name for name in (header.issuer, header.work or header.title) if name]
    if _PARTY_NUMBER.match(header.number or "") or any(_PARTY.match(name) for name in names):
        return "党内法规"
    return "国家法律法规" if any(_STATE.match(name) for name in names) else "集团制度"


def bonus(header: Header, order: Sequence[str]) -> float:
    """What a text gains by its class: evenly from ``MOST`` of the first class to nothing behind the last."""
    known = class_of(header)
    return MOST * (len(order) - order.index(known)) / len(order) if known in order else 0.0
