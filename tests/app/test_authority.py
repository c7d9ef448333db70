from pathlib import Path

import pytest

from app.assistant import Assistant
from app.authority import CLASSES, MOST, bonus, class_of
from app.settings import Clock, load_settings
from ingest.document import LOCAL, DocumentKind
from ingest.errors import InputError
from ingest.library import Library
from ingest.roster import Header
from tests.ingest.hashing import add, open_library


def header(kind: DocumentKind = DocumentKind.REGULATION, title: str = "采购管理办法", **known: str) -> Header:
    return Header("v", "d", kind, title, "文件", "p", 1, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (header(title="中国共产党巡视工作条例"), "党内法规"),
        (header(issuer="中共中央办公厅", number="中办发〔2024〕1号"), "党内法规"),
        (header(issuer="中共岱川钢铁集团有限公司委员会"), "集团制度"),
        (header(title="中华人民共和国招标投标法"), "国家法律法规"),
        (header(title="优化营商环境条例", issuer="国务院"), "国家法律法规"),
        (header(DocumentKind.SPEECH), "讲话"),
        (header(DocumentKind.MEETING), "会议纪要"),
        (header(origin="https://example.com/1.html"), "网络转载"),
        (header(origin="https://example.com/1.html", number="岱钢发〔2024〕3号"), "集团制度"),
        (header(origin="资料.zip"), "集团制度"),
        (header(DocumentKind.LEDGER), None),
    ],
)
def test_the_class_of_a_text(text: Header, name: str | None) -> None:
    assert class_of(text) == name


def test_the_bonus_falls_along_the_order_and_is_small() -> None:
    speech, minutes = header(DocumentKind.SPEECH), header(DocumentKind.MEETING)
    assert MOST > bonus(speech, CLASSES) > bonus(minutes, CLASSES) > 0
    assert bonus(minutes, ("会议纪要", "讲话")) == MOST
    assert bonus(header(), ("讲话",)) == 0


def test_of_texts_that_say_the_same_the_speech_comes_before_the_minutes(tmp_path: Path) -> None:
    words = "重复发生的问题一律从重处理。"
    with open_library(tmp_path / "库") as library:
        for name, kind in (("甲", "meeting"), ("乙", "speech")):
            add(library, f"---\ntitle: 会上的内容{name}\nkind: {kind}\ndate: 2024-03-08\n---\n{words}\n", f"{name}.md")
        add(library, "---\ntitle: 食堂值班表\nkind: other\n---\n周三由综合部值班。\n", "丙.md")  # what fits nothing
        found = {order: _kinds(library, words, order) for order in (CLASSES, ("会议纪要", "讲话"))}
    assert found[CLASSES] == ["speech", "meeting"]
    assert found["会议纪要", "讲话"] == ["meeting", "speech"]


def _kinds(library: Library, words: str, order: tuple[str, ...]) -> list[str]:
    hits = Assistant(library, None, Clock(), authority=order).search(words, caller=LOCAL, k=2)
    return [hit.kind.value for hit in hits]


def test_the_order_is_a_setting_of_known_classes() -> None:
    assert load_settings(environment={"YOUJU_AUTHORITY": "讲话,集团制度"}).authority == ("讲话", "集团制度")
    with pytest.raises(InputError, match="没有“红头文件”这样的类别"):
        load_settings(environment={"YOUJU_AUTHORITY": "红头文件"})
