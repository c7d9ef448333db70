"""Text PDFs of our own text, printed by Chromium: one column, two columns, a ruled table; with a running header."""

from __future__ import annotations

import html
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from evals.ingestion.typesetting import TABLE_HEADER, Text, rows_of

HEADER = "岱川钢铁集团有限公司制度汇编"
"""Runs at the top of every page; its number stands at the bottom."""

_STYLE = """
@page { size: A4; margin: 24mm 20mm; @top-center { content: "%HEADER%"; } @bottom-center { content: "— " counter(page) " —"; } }
body { font: 12pt/1.7 "Noto Serif CJK SC", serif; margin: 0; }
h1 { font-size: 20pt; text-align: center; }
p { margin: 0; text-indent: 2em; text-align: justify; }
.columns { columns: 2; column-gap: 10mm; font-size: 10.5pt; }
.flush p { text-indent: 0; margin: 0 0 .7em; text-align: left; }
table { border-collapse: collapse; width: 100%; font-size: 10.5pt; }
td { border: 1px solid black; padding: 4px 6px; vertical-align: top; }
td p { text-indent: 0; }
tr { break-inside: avoid; }
td:first-child { width: 5em; }
"""


def browser() -> str | None:
    """Chromium, where there is one."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


def one_column(text: Text) -> str:
    """Justified lines, first lines indented."""
    return _page(text, _paragraphs(text.paragraphs))


def flush(text: Text) -> str:
    """Ragged lines, space between paragraphs instead of indents."""
    return _page(text, f'<div class="flush">{_paragraphs(text.paragraphs)}</div>')


def two_columns(text: Text) -> str:
    """Two columns under the title."""
    return _page(text, f'<div class="columns">{_paragraphs(text.paragraphs)}</div>')


def table(text: Text) -> str:
    """A row an article."""
    rows = [(TABLE_HEADER[0], [TABLE_HEADER[1]]), *rows_of(text)]
    return _page(
        text, f"<table>{''.join(f'<tr><td>{number}<td>{_paragraphs(parts)}' for number, parts in rows)}</table>"
    )


LAYOUTS: Mapping[str, Callable[[Text], str]] = {
    "one column": one_column,
    "flush": flush,
    "two columns": two_columns,
    "table": table,
}


def _paragraphs(paragraphs: Sequence[str]) -> str:
    return "".join(f"<p>{html.escape(each)}</p>" for each in paragraphs)


def _page(text: Text, body: str) -> str:
    title = html.escape(text.title)
    head = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{title}</title><style>{_STYLE.replace("%HEADER%", HEADER)}</style>'
    return f"{head}<h1>{title}</h1>{body}</html>"


def printed(chromium: str, page: str) -> bytes:
    """The page as a PDF."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_text(page, encoding="utf-8")
        subprocess.run(
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-pdf-header-footer",
                f"--user-data-dir={folder}/profile",
                f"--print-to-pdf={target}",
                source.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        return target.read_bytes()
