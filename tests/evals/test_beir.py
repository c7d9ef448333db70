import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.beir import DatasetError, read_dataset

Beir = Callable[..., Path]

CORPUS = [
    {"id": "a1", "title": "个体工商户条例第一条", "text": "有经营能力的公民可以成为个体工商户。"},
    {"id": "a2", "title": "个体工商户条例第二条", "text": "登记机关应当及时办理登记。", "law": "不认识的字段"},
    {"id": "a3", "title": "", "text": "没有标题的一段。"},
]
QUERIES = [{"id": "q1", "text": "谁可以当个体户？", "type": "open"}, {"id": "q2", "text": "月球上能登记吗？"}]


@pytest.fixture
def beir(tmp_path: Path) -> Beir:
    """Write a folder; what is given as text is written as it is."""

    def write(corpus: object = CORPUS, queries: object = QUERIES, qrels: str = "q1\ta1\t1\n") -> Path:
        for name, rows in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
            text = rows if isinstance(rows, str) else "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)  # type: ignore[attr-defined]
            (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / "qrels.tsv").write_text(qrels, encoding="utf-8")
        return tmp_path

    return write


def test_texts_questions_and_grades_are_read_and_questions_without_answers_are_left_out(beir: Beir) -> None:
    dataset = read_dataset(beir())
    assert [entry.id for entry in dataset.entries] == ["a1", "a2", "a3"]
    assert dataset.entries[0].embedded == "个体工商户条例第一条\n有经营能力的公民可以成为个体工商户。"
    (question,) = dataset.questions
    assert (question.id, question.kind, question.grades) == ("q1", "open", {"a1": 1.0})
    assert dataset.remarks == ["1 个问题在 qrels.tsv 里没有答案，不计入"]


def test_a_line_of_headings_grades_of_nought_and_compressed_texts_are_understood(beir: Beir) -> None:
    folder = beir(qrels="query-id\tcorpus-id\tscore\nq1\ta2\t0\nq1\ta1\t2\n")
    plain = folder / "corpus.jsonl"
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    (question,) = read_dataset(folder).questions
    assert question.grades == {"a1": 2.0}


def test_the_texts_may_lie_in_another_folder_and_the_names_may_be_those_of_beir(beir: Beir, tmp_path: Path) -> None:
    folder = beir()
    other = tmp_path / "问题"
    (other / "qrels").mkdir(parents=True)
    (other / "queries.jsonl").write_text('{"_id": "7", "text": "谁？"}', encoding="utf-8")
    (other / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n7\ta1\t1\n", encoding="utf-8")
    dataset = read_dataset(other, folder)
    assert (dataset.name, len(dataset.entries), dataset.questions[0].id) == ("问题", 3, "7")


def test_every_problem_is_told_with_file_line_and_field(beir: Beir) -> None:
    folder = beir(
        corpus='{"id": "a1", "text": "甲"}\n{"id": "a2"}\n\n{"id": "a1", "text": "乙"}\n[]\n{坏',
        queries='{"id": "", "text": "谁？"}\n{"id": "q1", "text": 3}',
        qrels="q1\ta1\t1\nq1 a1 1\nq1\ta1\t很好\nq1\ta1\t-1\n",
    )
    with pytest.raises(DatasetError) as caught:
        read_dataset(folder)
    told = str(caught.value).split("\n")
    for start in (
        "corpus.jsonl 第2行: text 应为不空的文字",
        "corpus.jsonl 第5行: 应为一个 JSON 对象",
        "corpus.jsonl 第6行: 不是一行 JSON",
        "queries.jsonl 第1行: id 应为不空的文字",
        "queries.jsonl 第2行: text 应为不空的文字",
        "qrels.tsv 第2行: 应为三列",
        "qrels.tsv 第3行: 等级应为数，不是“很好”",
        "qrels.tsv 第4行: 等级应为不小于 0 的数",
        "corpus.jsonl: id “a1” 重复",
    ):
        assert any(line.startswith(start) for line in told), start
    assert len(told) == 9


def test_files_that_are_not_there_or_not_text_are_told(beir: Beir, tmp_path: Path) -> None:
    folder = beir()
    (folder / "queries.jsonl").write_bytes("问".encode("gb18030"))
    (folder / "qrels.tsv").unlink()
    with pytest.raises(DatasetError) as caught:
        read_dataset(folder)
    assert "queries.jsonl: 不是 UTF-8 编码" in str(caught.value)
    assert "没有 qrels.tsv" in str(caught.value)
    with pytest.raises(DatasetError, match=r"没有 corpus\.jsonl（或 \.gz）"):
        read_dataset(tmp_path / "无")


def test_a_damaged_archive_is_told(beir: Beir) -> None:
    folder = beir()
    (folder / "corpus.jsonl").unlink()
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(b"{}")[:-4])
    with pytest.raises(DatasetError, match=r"corpus\.jsonl\.gz: 读不出来"):
        read_dataset(folder)


def test_answers_that_name_no_text_are_told_and_count_as_not_found(beir: Beir) -> None:
    dataset = read_dataset(beir(qrels="q1\ta1\t1\nq1\t无\t1\nq9\ta1\t1\n"))
    assert dataset.questions[0].grades == {"a1": 1.0, "无": 1.0}
    assert any("1 个文本不在 corpus.jsonl 里" in remark for remark in dataset.remarks)
    assert any("1 个问题不在 queries.jsonl 里" in remark for remark in dataset.remarks)


def test_what_has_no_question_to_measure_is_no_dataset(beir: Beir) -> None:
    with pytest.raises(DatasetError, match="没有可测的"):
        read_dataset(beir(qrels="q9\ta1\t1\n"))
