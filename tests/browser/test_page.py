"""The page in real Chromium: ask, watch, click a citation, see the exact words marked."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

WAIT = 20_000


def ask(page: Page, question: str) -> None:
    page.fill("#question", question)
    page.press("#question", "Enter")
    expect(page.locator(".reply").last.locator(".meta")).to_be_visible(timeout=WAIT)


@pytest.fixture
def opened_page(page: Page, server: str) -> Page:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(server)
    expect(page.locator("#library-line")).to_contain_text("份文档")
    yield page
    assert problems == []


def test_a_question_is_answered_and_its_citation_opens_on_the_exact_words(opened_page: Page) -> None:
    page = opened_page
    page.fill("#as-of", "2025-12-31")
    ask(page, "提级巡察适用于哪些情形？")
    reply = page.locator(".reply").last
    expect(reply.locator(".answer-text")).to_contain_text("（六）")
    expect(reply.locator(".basis li").first).to_contain_text("第十二条第二款")
    expect(reply.locator(".basis li .state").first).to_have_text("现行有效")
    reply.locator(".cite").first.click()
    marked = page.locator("#source-body mark").first
    expect(marked).to_be_in_viewport(timeout=WAIT)
    words = "".join(page.locator("#source-body mark").all_inner_texts())
    assert words.startswith("下一级单位有下列情形之一的，可以对其开展提级巡察：")
    assert "".join(reply.locator(".statement").first.inner_text().split()) == "".join(words.split())
    expect(page.locator("#source-title")).to_contain_text("第十二条第二款")


def test_sources_come_before_the_text(opened_page: Page) -> None:
    page = opened_page
    page.evaluate(
        """() => {
          window.order = [];
          new MutationObserver(() => {
            const seen = (name, selector) => {
              const node = document.querySelector(selector);
              if (node && node.textContent && !window.order.includes(name)) window.order.push(name);
            };
            seen("sources", ".reply .sources");
            seen("text", ".reply .answer-text");
          }).observe(document.getElementById("thread"), {childList: true, subtree: true, characterData: true});
        }"""
    )
    ask(page, "提级巡察由谁批准？")
    assert page.evaluate("window.order") == ["sources", "text"]


def test_a_count_opens_the_rows_behind_it(opened_page: Page) -> None:
    page = opened_page
    ask(page, "2024年第一轮发现问题多少个？涉及哪些单位？")
    reply = page.locator(".reply").last
    expect(reply.locator(".answer-text")).to_contain_text("55")
    expect(reply.locator(".answer-text")).to_contain_text("设备检修公司")
    reply.locator(".cite").first.click()
    expect(page.locator("#source-body tbody tr")).to_have_count(55, timeout=WAIT)


def test_a_question_without_a_basis_is_refused_in_words(opened_page: Page) -> None:
    page = opened_page
    ask(page, "职工食堂早餐几点开始供应？")
    reply = page.locator(".reply").last
    expect(reply.locator(".refusal")).to_be_visible()
    assert reply.locator(".cite").count() == 0


def test_the_date_chooses_the_edition(opened_page: Page) -> None:
    page = opened_page
    page.fill("#as-of", "2022-05-01")
    ask(page, "提级巡察适用于哪些情形？")
    expect(page.locator(".reply").last.locator(".basis li").first).to_contain_text("（2021年修订）第十条")


def test_an_answer_can_be_opened_again_by_its_link(opened_page: Page, server: str) -> None:
    page = opened_page
    ask(page, "提级巡察由谁批准？")
    link = page.locator(".reply").last.locator("a[href^='#/answer/']").get_attribute("href")
    first = page.locator(".reply").last.locator(".answer-text").inner_text()
    page.goto("about:blank")
    page.goto(f"{server}/{link}")
    expect(page.locator(".reply .answer-text")).to_have_text(first, timeout=WAIT)


def test_a_file_is_uploaded_listed_opened_and_removed(opened_page: Page, tmp_path: Path) -> None:
    page = opened_page
    file = tmp_path / "食堂管理规定.txt"
    file.write_text(
        "食堂管理规定\n第一条　食堂早餐自六时三十分开始供应。\n第二条　本规定自2024年1月1日起施行。\n", encoding="utf-8"
    )
    page.click("nav a[data-view='library']")
    expect(page.locator(".documents tbody tr")).to_have_count(4)
    page.set_input_files("#files", str(file))
    expect(page.locator("#jobs li").first).to_contain_text("已入库", timeout=WAIT)
    expect(page.locator(".documents tbody tr")).to_have_count(5)
    page.get_by_role("button", name="食堂管理规定").click()
    expect(page.locator("#source-body")).to_contain_text("六时三十分")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("tr", has_text="食堂管理规定").get_by_role("button", name="移除").click()
    expect(page.locator(".documents tbody tr")).to_have_count(4)


def test_markup_in_a_question_stays_text(opened_page: Page) -> None:
    page = opened_page
    ask(page, "<img src=x onerror=alert(1)> 提级巡察由谁批准？")
    expect(page.locator(".asked").last).to_contain_text("<img src=x")
    assert page.locator(".asked img").count() == 0
