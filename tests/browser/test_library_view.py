"""The library view in real Chromium: list, add by picker and by dropping, errors in words, remove."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.ingest.read.printed import Words, lines, pdf

pytestmark = pytest.mark.browser

RULES = "食堂管理规定\n第一条　食堂早餐自六时三十分开始供应。\n第二条　本规定自2024年1月1日起施行。\n"
MARKUP = "第一条　来访人员<script>alert(2)</script>应当登记。\n第二条　本规定自2024年1月1日起施行。\n"
DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, {type: "text/plain"}));
  for (const kind of ["dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def library(home: Page) -> Page:
    home.get_by_role("link", name="资料库").click()
    expect(home.locator("#documents tbody tr")).to_have_count(5)
    return home


def remove(page: Page, title: str) -> None:
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#documents tr", has_text=title).get_by_role("button", name="移除").click()
    expect(page.locator("#documents tbody tr")).to_have_count(5)


def test_editions_are_told_apart_by_label_and_state(library: Page) -> None:
    for label, state in (("2024年修订", "现行有效"), ("2021年修订", "已修改")):
        row = library.locator("#documents tr", has_text=f"党委巡察工作办法》（{label}）")
        expect(row.locator(".state")).to_have_text(state)
    library.get_by_role("searchbox", name="按名称筛选").fill("清单")
    expect(library.locator("#documents tbody tr:visible")).to_have_count(1)
    library.get_by_role("searchbox", name="按名称筛选").fill("")
    expect(library.locator("#documents tbody tr:visible")).to_have_count(5)


def test_a_file_is_added_cited_and_removed_and_the_answer_keeps_its_source(
    library: Page, server: str, tmp_path: Path
) -> None:
    file = tmp_path / "食堂管理规定.txt"
    file.write_text(RULES, encoding="utf-8")
    library.set_input_files("#files", str(file))
    expect(library.locator("#jobs li")).to_contain_text("已入库 · 制度文件")
    expect(library.locator("#documents tbody tr")).to_have_count(6)
    expect(library.locator("#library-line")).to_contain_text("6 份文档")
    library.get_by_role("button", name="食堂管理规定").first.click()
    expect(library.locator("#source-body")).to_contain_text("六时三十分")
    library.get_by_role("button", name="关闭原文").click()

    library.get_by_role("link", name="提问", exact=True).click()
    library.fill("#question", "《食堂管理规定》第一条")
    library.press("#question", "Enter")
    link = library.locator(".reply .meta a")
    expect(link).to_be_visible()
    address = link.get_attribute("href")
    library.get_by_role("link", name="资料库").click()
    remove(library, "食堂管理规定")

    library.goto(f"{server}/{address}")
    library.locator(".cite").first.click()
    expect(library.locator("#source-meta")).to_contain_text("已从资料库移除")
    assert "食堂早餐自六时三十分开始供应。" in "".join(library.locator("mark").all_text_contents())


def test_the_page_of_a_pdf_is_shown_with_the_cited_place_marked(library: Page, tmp_path: Path) -> None:
    file = tmp_path / "班车管理规定.pdf"
    text = "第一条　为了规范班车管理，制定本规定。\n第二条　班车每日七时自南门发出，逾时不候。"
    file.write_bytes(pdf([[Words(190, 60, "班车管理规定", 22), *lines(text)]]))
    library.set_input_files("#files", str(file))
    expect(library.locator("#jobs li")).to_contain_text("已入库 · 制度文件")
    library.get_by_role("link", name="提问", exact=True).click()
    library.fill("#question", "《班车管理规定》第二条")
    library.press("#question", "Enter")
    library.locator(".cite").first.click()
    button = library.get_by_role("button", name="对照第 1 页")
    button.click()
    image = library.locator(".sheet img")
    expect(image).to_be_visible()
    library.wait_for_function("document.querySelector('.sheet img').naturalWidth > 1000")
    paper, mark = library.locator(".paper").bounding_box(), library.locator(".place-mark").bounding_box()
    assert paper is not None
    assert mark is not None
    assert (mark["y"] - paper["y"]) / paper["height"] == pytest.approx((100 + 20.4) / 842, abs=0.01)
    button.click()
    expect(image).to_have_count(0)
    library.get_by_role("link", name="资料库").click()
    remove(library, "班车管理规定")


def test_a_file_dropped_anywhere_is_added_and_its_markup_stays_text(home: Page) -> None:
    name = "<img src=x onerror=alert(1)>.txt"  # with no title in it, the file is called by its name
    home.evaluate(DROP, [name, MARKUP])
    expect(home.locator("#jobs li")).to_contain_text("已入库")  # on the question page too: it turns to the library
    expect(home.locator("#documents tbody tr")).to_have_count(6)
    expect(home.locator("#jobs .file")).to_have_text(name)
    home.locator("#documents").get_by_role("button", name="onerror").first.click()
    expect(home.locator("#source-body")).to_contain_text("来访人员<script>alert(2)</script>应当登记。")
    assert home.locator("#source img, #source script, #documents img").count() == 0
    remove(home, "onerror")


def test_metadata_is_corrected_in_a_form_marked_and_undone(library: Page) -> None:
    row = library.locator("#documents tr", has_text="巡察工作办法》（2024年修订）")
    row.get_by_role("button", name="更正").click()
    form = library.locator("#correct")
    expect(form).to_contain_text("由正文推断")
    form.get_by_label("文号").fill("岱钢党发〔2024〕99号")
    form.get_by_label("施行日期").fill("2024-09-01")
    form.get_by_role("button", name="保存更正").click()
    expect(form).to_be_hidden()
    expect(row).to_contain_text("2024-09-01 起施行")
    expect(row.locator(".tag")).to_have_attribute("title", "由人更正：施行日期、文号")
    row.get_by_role("button", name="更正").click()
    expect(form.get_by_label("文号")).to_have_value("岱钢党发〔2024〕99号")
    form.get_by_label("标题").fill("")
    form.get_by_role("button", name="保存更正").click()
    expect(form.get_by_role("alert")).to_contain_text("“标题”不能清空")
    form.get_by_role("button", name="取消").click()
    row.get_by_role("button", name="更正").click()
    for box in form.get_by_label("撤销").all():
        box.check()
    form.get_by_role("button", name="保存更正").click()
    expect(row.locator(".tag")).to_have_count(0)
    expect(row).to_contain_text("2024-07-01 起施行")


def test_the_list_is_narrowed_by_kind_and_state(library: Page) -> None:
    rows = library.locator("#documents tbody tr:visible")
    library.get_by_label("类型").select_option("制度文件")
    expect(rows).to_have_count(2)
    library.get_by_label("状态").select_option("已修改")
    expect(rows).to_have_count(1)
    library.get_by_label("状态").select_option("已移除的文档")
    expect(library.locator("#documents tbody")).not_to_contain_text("2024年修订")
    library.get_by_label("类型").select_option("全部类型")
    library.get_by_label("状态").select_option("全部状态")
    expect(rows).to_have_count(5)


def test_a_folder_is_taken_in_file_by_file_with_a_report_each(library: Page, tmp_path: Path) -> None:
    folder = tmp_path / "新资料"
    (folder / "制度").mkdir(parents=True)
    (folder / "制度" / "食堂管理规定.txt").write_text(RULES, encoding="utf-8")
    (folder / "制度" / "食堂管理规定.txt.yaml").write_text("issuer: 行政处\n", encoding="utf-8")
    (folder / "制度" / "~$食堂.docx").write_text("锁", encoding="utf-8")
    (folder / "坏文件.docx").write_bytes(b"PK\x03\x04 this is no document")
    library.set_input_files("#folder", str(folder))
    lines = library.locator("#jobs li")
    expect(lines).to_have_count(2)
    expect(lines.filter(has_text="食堂管理规定")).to_contain_text("已入库 · 制度文件 · 《食堂管理规定》")
    expect(lines.filter(has_text="食堂管理规定")).to_contain_text("由正文推断：")
    expect(lines.filter(has_text="坏文件").locator(".failed")).to_contain_text("已损坏或不完整")
    expect(library.locator("#jobs-progress")).to_contain_text("已处理 2 / 2 个文件，1 个没有成功")
    remove(library, "食堂管理规定")


def test_files_that_cannot_be_read_are_explained_one_by_one(library: Page, tmp_path: Path) -> None:
    broken, empty = tmp_path / "坏文件.docx", tmp_path / "空文件.txt"
    broken.write_bytes(b"PK\x03\x04 this is no document")
    empty.write_bytes(b"")
    library.set_input_files("#files", [str(broken), str(empty)])
    lines = library.locator("#jobs li")
    expect(lines.nth(0).locator(".failed")).to_contain_text("已损坏或不完整")
    expect(lines.nth(1).locator(".failed")).to_contain_text("是空的")
    expect(library.locator("#documents tbody tr")).to_have_count(5)


def test_an_empty_library_says_what_to_do_and_a_stopped_server_too(
    quiet: Page, empty_server: tuple[str, Callable[[], None]]
) -> None:
    url, stop = empty_server
    quiet.goto(url)
    expect(quiet.locator("#empty")).to_contain_text("资料库还是空的")
    expect(quiet.locator("#examples")).to_be_hidden()
    quiet.locator("#empty a").click()
    expect(quiet.locator("#documents tbody tr")).to_contain_text("资料库还是空的")
    quiet.get_by_role("link", name="提问", exact=True).click()
    stop()
    quiet.fill("#question", "提级巡察由谁批准？")
    quiet.press("#question", "Enter")
    expect(quiet.locator(".reply .error")).to_contain_text("连不上有据服务")
    expect(quiet.locator("#question")).to_have_value("提级巡察由谁批准？")
    quiet.get_by_role("link", name="资料库").click()
    expect(quiet.locator("#documents .error")).to_contain_text("连不上有据服务")
    expect(quiet.locator("#library-line")).to_contain_text("连不上有据服务")
