"""Text in a document that tells whoever reads it with a model what to do: material, never an answer.

A passage with such text is found and shown like any other, and answers who asks about it; but no other question is
answered from it, and no model sees it as evidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.model import Query, Ranked
from ingest.catalogue import Snapshot
from ingest.segment import search_key

_TELLS_A_READER = re.compile(
    r"(?:忽略|无视|忘记|忘掉|不要理会|不要遵守|覆盖)[^。！？\n]{0,12}(?:以上|之前|上述|前面|此前|先前|所有|一切)?[^。！？\n]{0,6}(?:要求|指令|指示|提示|规则|设定|限制|约束|内容)"
    r"|(?:系统|开发者)提示(?:词|:)|system\s*prompt|(?:ignore|disregard|forget)\s+(?:all\s+|any\s+)?(?:the\s+)?(?:previous|above|prior|earlier)"
    r"|(?:ai|人工智能|大模型|语言模型|智能)助手[^。！？\n]{0,12}(?:请|应|必须|务必|须)"
    r"|(?:请|务必|必须|直接|只能?)(?:直接|只)?(?:回答|回复|输出|答复)(?:说|为|成|以下|如下|:|“|\")"
    r"|你(?:现在|接下来)?(?:是|扮演|充当)(?:一[个名位])?[^。！？\n]{0,16}(?:助手|模型|机器人|专家|角色)|<\|?(?:im_start|system|user|assistant)"
)


def instructs(text: str) -> bool:
    """Whether a text gives instructions to a model that reads it."""
    return _TELLS_A_READER.search(search_key(text)) is not None


def material(ranked: Sequence[Ranked], query: Query, snapshot: Snapshot) -> list[Ranked]:
    """The passages an answer may stand on: those that instruct nobody, or all when the question is about instructions."""
    if instructs(query.standalone):
        return list(ranked)
    return [one for one in ranked if not instructs(one.passage.span.of(snapshot.text(one.passage.version_id)))]
