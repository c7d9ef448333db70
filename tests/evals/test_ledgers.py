"""The layouts of the ledger measure: each is read as the same findings, and a finding misread would show."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from evals.ingestion import ledgers
from ingest.read.reader import read_bytes
from ingest.structure.structure import structure


@pytest.mark.parametrize("name", ledgers.LAYOUTS)
def test_every_layout_gives_the_same_findings(name: str) -> None:
    suffix, make = ledgers.LAYOUTS[name]
    assert ledgers.differences(structure(read_bytes(make(), name + suffix)).findings) == []


def test_what_is_misread_shows() -> None:
    findings = structure(read_bytes(ledgers.header_first(), "台账.xlsx")).findings
    assert len(findings) == 30
    wrong = [replace(findings[0], deadline=date(2020, 1, 1)), *findings[1:]]
    assert len(ledgers.differences(wrong)) == 1
    assert len(ledgers.differences(findings[1:])) > 1


def test_the_measure_counts_layouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = (".csv", lambda: b"a,b\n1,2\n")
    monkeypatch.setattr(ledgers, "LAYOUTS", {"header_first": ledgers.LAYOUTS["header_first"], "broken": broken})
    (figure,) = ledgers.measure(tmp_path)
    assert (figure.value, figure.missed) == (0.5, True)
    assert "broken" in figure.remark
