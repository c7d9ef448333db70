"""The library view in real Chromium: list, add by picker and by dropping, errors in words, remove."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

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
