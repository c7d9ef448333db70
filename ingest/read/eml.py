"""Mail and web archives (.eml, .mht): subject, sender and text; what is attached is for the ingest to take up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from ingest.clean import NOWHERE, Draft
from ingest.document import Metadata
from ingest.errors import ReadError
from ingest.read.decode import decode
from ingest.read.html import add_fragment
from ingest.read.text import read_text

_LONGEST_HEADER = 10_000  # characters: the parser's time grows with the square of some headers
_MOST_PARTS = 2_000
_SUPERSETS = re.compile(r"=\?(?:gb2312|gbk)\?", re.IGNORECASE)
_TOLD = (("from", "发件人"), ("to", "收件人"), ("cc", "抄送"), ("date", "发送时间"))


def read_eml(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put a message's subject and text into the draft, the formatted text where there is one."""
    message = open_message(data, name)
    try:
        subject = _told(message, "subject")
        draft.heading(subject, 1)
        for part in _bodies(message):
            content = _bytes_of(part)
            if part.get_content_type() == "text/html":
                add_fragment(draft, decode(content, name, part.get_content_charset()).text, NOWHERE)
            elif content.strip():
                read_text(content, name, draft)
        told = {shown: words for header, shown in _TOLD if (words := _told(message, header))}
    except ReadError:
        raise
    except Exception as error:  # the parser of the standard library fails in many ways on what is no mail
        raise _damaged(name) from error
    return Metadata(title=subject or None, extra=told if "收件人" in told else {})  # a saved page has no addressee


def open_message(data: bytes, name: str) -> EmailMessage:
    """Parse a message. ReadError when it cannot be, or has more parts than a message has."""
    try:
        message = message_from_bytes(data, policy=policy.default)
        for count, part in enumerate(message.walk()):
            if count > _MOST_PARTS:
                raise ReadError("archive_bomb", name=name, reason=f"含 {_MOST_PARTS} 个以上的部分")
            _mend_headers(part, name)
    except ReadError:
        raise
    except Exception as error:
        raise _damaged(name) from error
    return message


def attachments(message: EmailMessage) -> Iterator[tuple[str, EmailMessage]]:
    """The names and parts of what is attached: files, and messages that were passed on."""
    for number, part in enumerate(_leaves(message), 1):
        if part.get_content_type() == "message/rfc822":
            passed_on = cast(EmailMessage, part.get_payload(0))
            yield f"{_told(passed_on, 'subject') or f'邮件{number}'}.eml", part
        elif (called := part.get_filename()) and not _is_decoration(part):
            yield called, part


def content_of(part: EmailMessage) -> bytes:
    """The bytes of an attachment."""
    if part.get_content_type() == "message/rfc822":
        return cast(EmailMessage, part.get_payload(0)).as_bytes()
    return _bytes_of(part)


def _bytes_of(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that hold content, in order; a message passed on is one of them."""
    stack = [message]
    while stack:
        part = stack.pop()
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            stack += [cast(EmailMessage, each) for each in reversed(cast(list[EmailMessage], part.get_payload()))]
        else:
            yield part


def _bodies(message: EmailMessage) -> list[EmailMessage]:
    """The parts that are the message's text: all formatted ones, or all plain ones."""
    texts = [
        part
        for part in _leaves(message)
        if part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment"
        if not part.get_filename()
    ]
    formatted = [part for part in texts if part.get_content_type() == "text/html"]
    return formatted or [part for part in texts if part.get_content_type() == "text/plain"]


def _is_decoration(part: EmailMessage) -> bool:
    """A picture shown inside the text: a logo, a signature."""
    return part.get_content_maintype() == "image" and part.get_content_disposition() != "attachment"


def _told(message: EmailMessage, header: str) -> str:
    return " ".join(str(message.get(header) or "").split())


def _mend_headers(part: EmailMessage, name: str) -> None:
    """Characters set down without an encoding are decoded, and a header too long for one is left out."""
    for header, value in list(part.raw_items()):
        words = str(value)
        if len(words) > _LONGEST_HEADER:
            del part[header]
            continue
        mended = _SUPERSETS.sub("=?gb18030?", words)
        if not words.isascii():
            raw = words.encode("utf-8", errors="surrogateescape")
            mended = decode(raw, name).text.replace("\n", " ")
        if mended != words and header in part:
            part.replace_header(header, mended)


def _damaged(name: str) -> ReadError:
    return ReadError("file_damaged", name=name, reason="邮件的结构读不通")
