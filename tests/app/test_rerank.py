"""The rerankers, one contract: the same passages, best first, the same every time."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from app.fuse import convex
from app.main import opened
from app.model import Filters, Query, Ranked
from app.rerank import NAMES, CrossEncoder, Reranker
from app.rerank import reranker as member_of
from app.retrieve import retrieve
from app.settings import Settings
from app.understand import understand
from ingest.build import ingest_paths
from ingest.catalogue import Snapshot
from ingest.document import LOCAL
from ingest.embed import open_embedder
from ingest.errors import EngineError, InputError
from ingest.library import Library

LAW = "# 中华人民共和国家具法\n\n## 第一章 买卖\n\n第一条 出卖人应当交付家具。\n\n第二条 家具质量不合格的，买受人可以请求退货。\n"
COURT = "# 最高人民法院关于审理家具纠纷案件适用法律若干问题的规定\n\n第一条 家具质量纠纷由被告住所地人民法院管辖。\n"
TALK = "---\ntitle: 家具采购专题会议纪要\nkind: meeting\ndate: 2024-05-06\n---\n# 家具采购专题会议纪要\n\n会议指出，家具质量不合格的，要退货。\n"
TODAY = date(2025, 12, 31)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("资料")
    for name, text in (("家具法.md", LAW), ("家具解释.md", COURT), ("会议.md", TALK)):
        (folder / name).write_text(text, encoding="utf-8")
    with opened(Settings(library=tmp_path_factory.mktemp("库") / "库")) as it:
        ingest_paths(it.library, [folder])
        yield it.library


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of a few thousand random parameters over single characters."""
    from sentence_transformers import CrossEncoder as Made
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("模型") / "tiny"
    vocabulary = {name: number for number, name in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"家具质量退货会议"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    import torch

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=128, num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    assert Made(str(folder), local_files_only=True).predict([("家具", "质量")]).shape == (1,)
    return folder


def reranker(name: str, model: str | None) -> Reranker:
    return member_of(name, model, open_embedder)


def asked(snapshot: Snapshot, text: str) -> Query:
    return understand(text, snapshot, today=TODAY, as_of=None, filters=Filters(), caller=LOCAL)


def ranking(library: Library, member: Reranker, text: str = "家具质量不合格怎么办") -> list[Ranked]:
    with library.snapshot() as snapshot:
        return retrieve(asked(snapshot, text), library, snapshot, LOCAL, k=20, reranker=member)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("name", NAMES)
class TestReranker:
    """What every member keeps."""

    def test_the_same_passages_best_first_the_same_every_time(self, name: str, library: Library, tiny: Path) -> None:
        member = reranker(name, str(tiny))
        plain = ranking(library, reranker("none", None))
        found = ranking(library, member)
        assert {one.passage.id for one in found} == {one.passage.id for one in plain}
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
        assert found == ranking(library, member)

    def test_nothing_stays_nothing(self, name: str, library: Library, tiny: Path) -> None:
        with library.snapshot() as snapshot:
            assert reranker(name, str(tiny)).rerank(asked(snapshot, "家具"), [], snapshot) == []


def test_a_meeting_asked_for_comes_before_the_law_by_features_and_not_without(library: Library) -> None:
    text = "家具采购专题会议上对质量不合格有什么要求"
    with library.snapshot() as snapshot:
        meeting = {
            header.version_id for header in snapshot.roster.view(LOCAL).headers.values() if header.kind == "meeting"
        }
    assert ranking(library, reranker("features", None), text)[0].passage.version_id in meeting
    assert all("named" not in one.scores for one in ranking(library, reranker("none", None), text))


def test_the_cross_encoder_orders_by_its_own_score(library: Library, tiny: Path) -> None:
    found = ranking(library, CrossEncoder(str(tiny)))
    assert [one.scores["cross"] for one in found] == sorted((one.scores["cross"] for one in found), reverse=True)


def test_a_cross_encoder_needs_a_model(tmp_path: Path, library: Library) -> None:
    with pytest.raises(InputError) as missing:
        reranker("cross-encoder", None)
    assert missing.value.code == "cross_encoder_missing"
    with pytest.raises(EngineError) as broken:
        ranking(library, CrossEncoder(str(tmp_path)))
    assert broken.value.code == "reranker_unavailable"


def test_statutes_exchange_places_among_themselves_and_others_keep_theirs(library: Library) -> None:
    found = ranking(library, reranker("none", None))
    with library.snapshot() as snapshot:
        dense = {one.passage.id: one.scores["dense"] for one in found}
        lexical = {one.passage.id: one.scores["terms"] for one in found if "terms" in one.scores}
        meeting = {v for v, header in snapshot.roster.view(LOCAL).headers.items() if header.kind == "meeting"}
    plain = convex({"dense": dense, "terms": lexical})
    assert sorted(one.score for one in found) == pytest.approx(sorted(plain.values()))
    for one in found:
        if one.passage.version_id in meeting:
            assert one.score == pytest.approx(plain[one.passage.id])


def test_sentences_are_read_of_other_texts_and_statutes_stay_where_they_stand(library: Library) -> None:
    plain, found = ranking(library, reranker("features", None)), ranking(library, reranker("sentences", None))
    read = [one.passage.id for one in found if "sentence" in one.scores]
    with library.snapshot() as snapshot:
        meeting = {v for v, header in snapshot.roster.view(LOCAL).headers.items() if header.kind == "meeting"}
    assert read == [one.passage.id for one in found if one.passage.version_id in meeting]
    assert [one.passage.id for one in found] == [one.passage.id for one in plain]
    assert [one.score for one in found] == [one.score for one in plain]
