"""Makes the binary fixtures beside it from text of our own; needs LibreOffice: python tests/ingest/read/files/make.py."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import docx
import openpyxl
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl.styles import numbers

HERE = Path(__file__).parent


def ledger(path: Path) -> None:
    """A workbook: a title over the table, merged cells, values of every kind, two sheets and a hidden one."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "一厂"
    sheet.append(["岱川集团巡察发现问题台账"])
    sheet.append(["编号", "被巡察单位", "问题描述", "发现日期", "登记时间", "比例", "已整改", "金额"])
    sheet.append([1, "炼钢一厂", "会议记录不全。", date(2024, 8, 31), datetime(2024, 9, 1, 8, 30), 0.125, True, 1200.5])
    sheet.append([2, None, "未按期报告。", date(2024, 9, 2), time(14, 5), 1, False, "=H3*2"])
    sheet.merge_cells("A1:H1")
    sheet.merge_cells("B3:B4")
    for row in (3, 4):
        sheet.cell(row, 1).number_format = "000"
        sheet.cell(row, 6).number_format = numbers.FORMAT_PERCENTAGE_00
    second = book.create_sheet("二厂")
    for row in (["编号", "被巡察单位", "问题描述"], ["003", "炼钢二厂", "采购未招标。\n涉及两批。"]):
        second.append(row)
    hidden = book.create_sheet("草稿")
    hidden.append(["不应出现"])
    hidden.sheet_state = "hidden"
    book.save(path)


_W = nsdecls("w")
_ABSTRACT = f"""<w:abstractNum {_W} w:abstractNumId="90"><w:multiLevelType w:val="multilevel"/>
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:suff w:val="space"/><w:lvlText w:val="第%1条"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:suff w:val="nothing"/><w:lvlText w:val="（%2）"/></w:lvl>
</w:abstractNum>"""
_NUM = f'<w:num {_W} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'
_RUNS = {
    "deleted": '<w:del w:id="1" w:author="甲" w:date="2024-01-01T00:00:00Z"><w:r><w:delText>删去的字</w:delText></w:r></w:del>',
    "inserted": '<w:ins w:id="2" w:author="甲" w:date="2024-01-01T00:00:00Z"><w:r><w:t>加上的字</w:t></w:r></w:ins>',
    "hidden": "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏的字</w:t></w:r>",
    "field": '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> HYPERLINK 指令 </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>域的结果</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>',
}
_BOX = f"""<w:r {_W} xmlns:v="urn:schemas-microsoft-com:vml"><w:pict>
<v:rect style="position:absolute;margin-left:0;margin-top:0;width:120pt;height:40pt"><v:textbox>
<w:txbxContent><w:p><w:r><w:t>文本框里的字</w:t></w:r></w:p></w:txbxContent></v:textbox></v:rect></w:pict></w:r>"""
_FOOTNOTES = f"""<w:footnotes {_W}>
<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>
<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>
<w:footnote w:id="1"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t>脚注里的字。</w:t></w:r></w:p></w:footnote></w:footnotes>"""


def _add_footnote(document: Any, paragraph: Any) -> None:
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/footnotes.xml"), kind, _FOOTNOTES.encode(), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    paragraph._p.append(parse_xml(f'<w:r {_W}><w:footnoteReference w:id="1"/></w:r>'))


def regulation(path: Path) -> None:
    """A regulation with all that Word keeps outside its plain characters; rare characters beyond 16 bits among them."""
    document = docx.Document()
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(_ABSTRACT))
    numbering.append(parse_xml(_NUM))
    style = document.styles.add_style("条文", 1)
    style.element.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {_W}><w:ilvl w:val="0"/><w:numId w:val="90"/></w:numPr>')
    )
    document.add_heading("岱川集团巡察工作办法", 0)
    document.add_heading("第一章　总则", 1)
    document.add_paragraph("为了规范巡察工作，制定本办法。", style="条文")
    changed = document.add_paragraph("巡察组由", style="条文")
    for name in ("deleted", "inserted", "hidden", "field"):
        wrapped = parse_xml(f"<w:p {_W}>{_RUNS[name]}</w:p>")
        for run in list(wrapped):
            changed._p.append(run)
    changed.add_run("组成，㐂𠮷除外：")
    for text in ("组长一人；", "副组长若干。"):
        item = document.add_paragraph(text)
        item._p.get_or_add_pPr().append(parse_xml(f'<w:numPr {_W}><w:ilvl w:val="1"/><w:numId w:val="90"/></w:numPr>'))
    document.add_paragraph("第一行\n第二行\t制表符后")
    table = document.add_table(4, 3, style="Table Grid")
    for row, texts in zip(
        table.rows,
        (
            ("采购类别", "限额标准", "方式"),
            ("工程", "400万元", "招标"),
            ("", "100万元", "询价"),
            ("备注：含税", "", ""),
        ),
        strict=True,
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0)).text = "工程"
    table.cell(3, 0).merge(table.cell(3, 2)).text = "备注：含税"
    document.add_paragraph("本办法由巡察办解释。", style="条文")
    _add_footnote(document, changed)
    boxed = document.add_paragraph("附图如下。")
    boxed._p.append(parse_xml(_BOX))
    document.sections[0].header.paragraphs[0].text = "页眉不收"
    document.save(str(path))


def converted(source: Path, kind: str) -> None:
    """Have LibreOffice write a file in an old format here."""
    profile = source.parent / "profile"
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind]
    subprocess.run([*command, "--outdir", str(HERE), str(source)], check=True)


def main() -> None:
    """Make all of them."""
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        ledger(at / "ledger.xlsx")
        converted(at / "ledger.xlsx", "xls:MS Excel 97")
        regulation(at / "regulation.docx")
        converted(at / "regulation.docx", "doc:MS Word 97")
        converted(at / "regulation.docx", "rtf:Rich Text Format")


if __name__ == "__main__":
    sys.exit(main())
