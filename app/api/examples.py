"""Worked examples of what the service answers with, for its description; from the demonstration library.

Those of questions and answers stand with their models (app/api/schema.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.api.schema import ANSWER_EXAMPLE

_LOCATOR = {"article": 12, "article_suffix": None, "paragraph": 1, "item": None, "subitem": None}
_TITLE = "岱川钢铁集团有限公司党委巡察工作办法"
_NAME = "巡察工作办法（2024年修订）.md"
_TEXT = "第十二条　提级巡察，是指由集团党委巡察组直接对下一级单位开展的巡察。"
_DOCUMENT: Mapping[str, Any] = {
    "id": "db2644b323d13",
    "document_version": "4686ea1f2f6bad4a",
    "version_state": "current",
    "title": _TITLE,
    "kind": "regulation",
    "name": _NAME,
    "media_type": "text/markdown",
    "size": 15021,
    "digest": "0d2f5b1c7a9e4f36810c5d7be2a94c63f1e07b58d9a6423c8e15f70b4d2a9c61",
    "added_at": "2026-01-05T01:23:45Z",
    "date": "2024-06-18",
    "issuer": "中共岱川钢铁集团有限公司委员会",
    "number": "岱钢党发〔2024〕18号",
    "unit": None,
    "speakers": [],
    "addressee": None,
    "attachments": [],
    "facts": {},
    "part_of": None,
    "parts": [],
    "amends": [],
    "amended_by": [],
    "inferred": ["date", "edition"],
    "corrected": ["number"],
    "edition": {
        "id": "e4686ea1f2f6bad4a",
        "work_id": "wac1d05a1772b",
        "label": "2024年修订",
        "published": "2024-06-18",
        "effective_from": "2024-07-01",
        "effective_to": None,
        "state": "现行有效",
    },
    "counts": {"articles": 51, "passages": 52, "rows": 0},
    "sources": [f"上传：{_NAME}"],
    "notices": [],
    "same_text": [],
    "preferred": True,
}
_FINDING = {
    "id": "3155489f1c1b05a7:90",
    "document_id": "d7b4019b8bca1",
    "document_version": "3155489f1c1b05a7",
    "number": "2024-1-001",
    "round": "2024年第一轮",
    "unit": "炼钢二厂",
    "category": "招标采购",
    "description": "未按规定公开招标。",
    "basis": "《招标采购管理办法》第五条第二款",
    "responsible": "物资管理科",
    "deadline": "2024-08-31",
    "state": "已完成",
    "fields": {"编号": "2024-1-001", "轮次": "2024年第一轮", "被巡察单位": "炼钢二厂"},
    "start": 0,
    "end": 118,
}
_REPORT = {
    "files": [
        {
            "path": _NAME,
            "outcome": "added",
            "document_id": "db2644b323d13",
            "kind": "regulation",
            "title": _TITLE,
            "edition": "2024年修订",
            "articles": 51,
            "passages": 52,
            "rows": 0,
            "inferred": ["date", "edition"],
            "corrected": ["number"],
            "date": "2024-06-18",
            "warnings": [],
            "error": None,
        }
    ],
    "removed": [],
    "cancelled": False,
    "failed": 0,
    "passages": 52,
    "seconds": {"read": 0.1, "structure": 0.1, "embed": 1.2, "store": 0.1, "wall": 1.6},
    "library_revision": 3,
}

EXAMPLES: Mapping[str, Any] = {
    "SearchModel": {
        "as_of": "2026-01-05",
        "library_revision": 3,
        "hits": [
            {
                "document_id": "db2644b323d13",
                "document_version": "4686ea1f2f6bad4a",
                "passage_id": "4686ea1f2f6bad4a:12",
                "document_kind": "regulation",
                "work_id": "wac1d05a1772b",
                "edition_id": "e4686ea1f2f6bad4a",
                "title": f"《{_TITLE}》（2024年修订）",
                "locator": {"text": f"《{_TITLE}》（2024年修订）第十二条第一款", **_LOCATOR},
                "state": "现行有效",
                "quote": _TEXT,
                "start": 2120,
                "end": 2120 + len(_TEXT),
                "page": None,
                "issuer": "中共岱川钢铁集团有限公司委员会",
                "number": "岱钢党发〔2024〕18号",
                "score": 0.91,
            }
        ],
        "understood": [{"kind": "work", "value": f"《{_TITLE}》", "text": "巡察工作办法", "removable": True}],
        "notes": [],
        "explanation": {
            "hits": [
                {
                    "scores": {"dense": 0.894, "terms": 14.2, "named": 0.12},
                    "ranks": {"dense": 1, "terms": 2, "named": 1},
                    "terms": ["提级巡察"],
                    "edition": {"code": "in_force", "message": "2024年修订在 2026-01-05 现行有效，2024-07-01 起施行"},
                }
            ],
            "documents": 25,
            "passages": 640,
            "candidates": 96,
            "left_out": [
                {
                    "document_id": "d51c6f0e2a9b4",
                    "title": f"《{_TITLE}》（2021年修订）",
                    "reason": {"code": "edition", "message": "在 2026-01-05 已修改，2024-07-01 起由后一版本取代"},
                }
            ],
        },
    },
    "DocumentsModel": {"total": 31, "limit": 1, "offset": 0, "documents": [_DOCUMENT]},
    "DocumentTextModel": {
        **_DOCUMENT,
        "metadata": {
            "title": _TITLE,
            "kind": "regulation",
            "date": "2024-06-18",
            "issuer": "中共岱川钢铁集团有限公司委员会",
            "number": "岱钢党发〔2024〕18号",
            "unit": None,
            "work": _TITLE,
            "edition": "2024年修订",
            "published": "2024-06-18",
            "effective_from": "2024-07-01",
            "effective_to": None,
            "declared_status": None,
            "readers": [],
        },
        "corrections": [
            {
                "field": "number",
                "value": "岱钢党发〔2024〕18号",
                "by": "inspection-office",
                "at": "2026-01-06T02:00:00Z",
            }
        ],
        "versions": [{"id": "4686ea1f2f6bad4a", "state": "current"}],
        "text": _TEXT,
        "blocks": [
            {
                "kind": "paragraph",
                "start": 0,
                "end": len(_TEXT),
                "level": None,
                "source": {
                    "page": None,
                    "box": None,
                    "further": None,
                    "sheet": None,
                    "row": None,
                    "byte_start": 6210,
                    "byte_end": 6312,
                },
                "cells": [],
            }
        ],
        "edits": [],
        "cleaned": [],
    },
    "DocumentModel": _DOCUMENT,
    "CorrectionRequest": {"number": "岱钢党发〔2024〕18号", "unit": None, "undo": ["edition"]},
    "PurgedModel": {"document_id": "db2644b323d13", "versions": 1},
    "FindingsModel": {"total": 55, "limit": 1, "offset": 0, "findings": [_FINDING]},
    "IngestRequest": {"paths": ["/data/巡察资料"], "prune": False},
    "GoneModel": {"paths": ["/data/巡察资料/旧办法.docx"]},
    "BackupRequest": {"path": "/data/备份/2026-01-05.youju"},
    "RebuildRequest": {"embedder": "/models/bge-m3"},
    "JobModel": {
        "id": "9d049f90cd564b50",
        "kind": "upload",
        "name": _NAME,
        "state": "done",
        "created_at": "2026-01-05T01:23:45Z",
        "done_files": 1,
        "total_files": 1,
        "done_passages": 52,
        "total_passages": 52,
        "current": _NAME,
        "done_pages": 0,
        "total_pages": 0,
        "passages_per_second": 43.3,
        "seconds_left": 0.0,
        "report": _REPORT,
        "rebuilt": None,
        "backup": None,
        "error": None,
    },
    "LibraryModel": {
        "revision": 3,
        "counts": {
            "documents": 31,
            "works": 9,
            "editions": 13,
            "passages": 928,
            "findings": 308,
            "by_kind": {"regulation": 13, "meeting": 9, "speech": 7, "ledger": 2, "other": 0},
        },
        "index": {
            "build": "b1",
            "revision": "3",
            "embedder": "multilingual-e5-small@1571fc982750.1/onnxruntime/int8/query:|passage:/512",
        },
        "version": "0.1.0",
    },
    "StartedModel": {"id": "c0f3a1b2c4d5e6f70"},
    "ConversationsModel": {
        "conversations": [
            {
                "id": "c0f3a1b2c4d5e6f70",
                "title": "提级巡察适用于哪些情形？",
                "started_at": "2026-01-05T01:23:45Z",
                "updated_at": "2026-01-05T01:31:02Z",
                "turns": 3,
            }
        ]
    },
    "ConversationTextModel": {"id": "c0f3a1b2c4d5e6f70", "answers": [ANSWER_EXAMPLE]},
    "ProblemsModel": {
        "problems": [
            {
                "code": "index_incomplete",
                "message": "向量库缺少 3 个片段（4686ea1f2f6bad4a:1、4686ea1f2f6bad4a:2、4686ea1f2f6bad4a:3）。"
                "请运行 youju rebuild --library /data/资料库 重建索引。",
            }
        ]
    },
    "HealthModel": {"status": "ok", "version": "0.1.0"},
}
