"""Asking in real Chromium: watch the sources come, read the answer, click a citation, see the exact words marked."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

pytestmark = pytest.mark.browser

CASES = "提级巡察适用于哪些情形？"
APPROVAL = "提级巡察由谁批准？"
COUNT = "2022年专项检查发现问题多少个？涉及哪些单位？"
NO_BASIS = "职工食堂早餐几点开始供应？"


def ask(page: Page, question: str) -> Locator:
    """Ask, and return the reply once the whole answer is there."""
    before = page.locator(".reply").count()
    page.fill("#question", question)
    page.press("#question", "Enter")
    reply = page.locator(".reply").nth(before)
    expect(reply.locator(".meta")).to_be_visible()
    return reply


def answer_of(page: Page, reply: Locator) -> dict[str, Any]:
    """The stored answer behind a reply, from the API."""
    link = reply.locator(".meta a").get_attribute("href") or ""
    return got(page, f"/api/answers/{link.rpartition('/')[2]}")


def got(page: Page, path: str) -> dict[str, Any]:
    """What the API says."""
    found: dict[str, Any] = page.evaluate("path => fetch(path).then((response) => response.json())", path)
    return found


def bare(text: str) -> str:
    return "".join(text.split())


def marked(page: Page) -> str:
    return bare("".join(page.locator("#source-body mark").all_text_contents()))


# ---------------------------------------------------------------- the main line


def test_a_question_is_answered_and_its_citation_opens_on_the_exact_words(home: Page) -> None:
    home.fill("#as-of", "2025-12-31")
    reply = ask(home, CASES)
    expect(reply.locator(".answer-text")).to_contain_text("（六）")
    expect(reply.locator(".as-of")).to_have_text("依据日期 2025-12-31")
    first = reply.locator(".basis li").first
    expect(first.locator(".where")).to_contain_text("（2024年修订）第十二条第二款")
    expect(first.locator(".state")).to_have_text("现行有效")
    reply.locator(".cite").first.click()
    expect(home.locator("#source-body mark").first).to_be_in_viewport()
    assert marked(home).startswith("下一级单位有下列情形之一的，可以对其开展提级巡察：（一）")
    assert marked(home) == bare(reply.locator(".statement").first.inner_text())
    expect(home.locator("#source-title .place")).to_have_text("第十二条第二款")
    expect(home.locator("#source-meta .state")).to_have_text("现行有效")


def test_sources_come_before_the_text(home: Page) -> None:
    home.evaluate(
        """() => {
          window.order = [];
          const note = (name) => { if (!window.order.includes(name)) window.order.push(name); };
          new MutationObserver((records) => {
            for (const record of records) for (const node of record.addedNodes) {
              if (node.nodeType === Node.TEXT_NODE && record.target.matches?.(".answer-text")) note("text");
              else if (node.matches?.(".sources")) note("sources");
              else if (node.matches?.(".meta")) note("answer");
            }
          }).observe(document.getElementById("thread"), {childList: true, subtree: true});
        }"""
    )
    ask(home, APPROVAL)
    assert home.evaluate("window.order") == ["sources", "text", "answer"]


def test_everything_shown_as_basis_or_related_opens_on_exactly_its_quotation(home: Page) -> None:
    formats: set[str] = set()
    for question, day in (
        (CASES, "2022-05-01"),
        ("对物资采购中心党委反馈了哪些问题？", ""),
        ("2024年第一轮巡察动员部署会是谁主持的？", ""),
        (NO_BASIS, ""),
    ):
        home.fill("#as-of", day)
        reply = ask(home, question)
        answer = answer_of(home, reply)
        shown = [item for item in (*answer["citations"], *answer["related"]) if item.get("kind") != "query"]
        entries = reply.locator(".basis li").all()
        assert len(entries) == len(answer["citations"]) + len(answer["related"])
        spans = [
            entry
            for entry in entries
            if entry.locator(".quote").inner_text() != "由台账逐行查询得出，点开可以看到每一行。"
        ]
        for item, entry in zip(shown, spans, strict=True):
            entry.get_by_role("button").click()
            expect(home.locator("#source-title")).to_have_text(item["locator"]["text"])
            expect(home.locator("#source-body mark").first).to_be_in_viewport()
            assert marked(home) == bare(item["quote"])
            formats.add(got(home, f"/api/documents/{item['document_id']}")["name"].rpartition(".")[2])
    assert formats == {"docx", "md", "txt", "html", "csv"}


def test_a_count_opens_the_rows_behind_it_and_a_row_its_place_in_the_ledger(home: Page) -> None:
    reply = ask(home, COUNT)
    expect(reply.locator(".answer-text")).to_contain_text("20")
    expect(reply.locator(".answer-text")).to_contain_text("物资采购中心（4 个）")
    reply.locator(".cite").first.click()
    rows = home.locator("#source-body tbody tr")
    expect(rows).to_have_count(20)
    number = rows.first.get_by_role("button").inner_text()
    rows.first.get_by_role("button").click()
    expect(home.locator("#source-body mark").first).to_be_in_viewport()
    assert number in marked(home)
    assert "2022年专项检查" in marked(home)
    home.get_by_role("button", name="返回名单").click()
    expect(rows).to_have_count(20)


def test_a_question_without_a_basis_is_refused_in_words_with_related_material_apart(home: Page) -> None:
    reply = ask(home, NO_BASIS)
    expect(reply.locator(".status")).to_have_text("没有依据")
    expect(reply.locator(".refusal")).to_have_text(answer_of(home, reply)["reason"]["message"])
    expect(reply.locator(".cite")).to_have_count(0)
    expect(reply.get_by_role("heading", name="相关材料（不是答案）")).to_be_visible()


def test_an_answer_to_half_a_question_says_what_has_no_basis_once(home: Page) -> None:
    reply = ask(home, APPROVAL + "食堂早餐几点供应？")
    expect(reply.locator(".status")).to_have_text("部分有依据")
    expect(reply.locator(".cite").first).to_be_visible()
    assert reply.inner_text().count(answer_of(home, reply)["reason"]["message"]) == 1


def test_the_date_chooses_the_edition_and_todays_state_is_shown_beside_it(home: Page) -> None:
    home.fill("#as-of", "2022-05-01")
    reply = ask(home, CASES)
    first = reply.locator(".basis li").first
    expect(first.locator(".where")).to_contain_text("（2021年修订）第十条")
    expect(first.locator(".state")).to_have_text("现行有效")
    reply.locator(".cite").first.click()
    expect(home.locator("#source-meta")).to_contain_text("2022-05-01 时现行有效今天已修改")


def test_why_these_sources_is_told_when_asked_with_the_edition_left_out(home: Page) -> None:
    home.fill("#as-of", "2025-12-31")
    reply = ask(home, CASES)
    reply.get_by_text("为什么是这些依据").click()
    hits = reply.locator(".why-body ol > li")
    expect(hits).to_have_count(5)
    expect(reply.locator(".why-body ul")).to_contain_text(
        "（2021年修订）：在 2025-12-31 已修改，2024-07-01 起由后一版本取代"
    )
    rule = hits.filter(has_text="第十二条").first
    expect(rule).to_contain_text("相同的词：提级巡察")
    expect(rule).to_contain_text("2024年修订在 2025-12-31 现行有效")
    rule.get_by_role("button").click()
    expect(home.locator("#source-body mark").first).to_be_in_viewport()
    assert marked(home).startswith("第十二条")


def test_the_kind_chosen_limits_the_answer_and_is_shown_with_it(home: Page) -> None:
    home.select_option("#kind", "meeting")
    reply = ask(home, "2024年第一轮巡察对哪些单位开展？")
    expect(reply.locator(".meta")).to_contain_text("范围：会议")
    answer = answer_of(home, reply)
    assert answer["filters"]["kinds"] == ["meeting"]
    assert {item["document_kind"] for item in (*answer["evidence"], *answer["related"])} == {"meeting"}


def test_an_answer_can_be_opened_again_by_its_link(home: Page, server: str) -> None:
    reply = ask(home, APPROVAL)
    link = reply.locator(".meta a").get_attribute("href")
    first = reply.inner_text()
    home.goto("about:blank")
    home.goto(f"{server}/{link}")
    expect(home.locator(".asked")).to_have_text(APPROVAL)
    assert home.locator(".reply").inner_text() == first
    home.locator(".cite").first.click()
    expect(home.locator("#source-body mark").first).to_be_in_viewport()


def test_a_link_to_no_answer_says_so(quiet: Page, server: str) -> None:
    quiet.goto(f"{server}/#/answer/0000000000000000")
    expect(quiet.locator(".thread .error")).to_contain_text("0000000000000000")


def test_the_original_is_downloaded_under_its_own_name(home: Page) -> None:
    home.fill("#as-of", "2022-05-01")
    ask(home, CASES).locator(".cite").first.click()
    with home.expect_download() as download:
        home.get_by_role("link", name="下载原件").click()
    assert download.value.suggested_filename == "巡察工作办法（2021年修订）.docx"


def test_what_cleaning_changed_can_be_compared_with_the_original(home: Page) -> None:
    home.goto(home.url.partition("#")[0] + "#/library")
    home.get_by_role("button", name="岱川集团党委召开2024年第一轮巡察动员部署会", exact=True).click()
    changed = home.locator("#source-body .cleaned").first
    home.get_by_role("button", name="对照原文").click()
    expect(home.get_by_role("button", name="对照原文")).to_have_attribute("aria-pressed", "true")
    assert "團" in changed.evaluate("node => getComputedStyle(node, '::after').content")
    assert "团" in changed.inner_text()


# ---------------------------------------------------------------- what goes wrong


def test_a_question_under_way_can_be_stopped_and_is_given_back(home: Page) -> None:
    def hold(route: Route) -> None:
        """Never let through: an answer that takes for ever."""

    home.route("**/api/ask", hold)
    home.fill("#question", APPROVAL)
    home.press("#question", "Enter")
    home.get_by_role("button", name="停止").click()
    expect(home.locator(".reply")).to_have_text("已停止。")
    expect(home.locator("#question")).to_have_value(APPROVAL)
    expect(home.get_by_role("button", name="提问")).to_be_visible()
    home.unroute("**/api/ask")
    ask(home, APPROVAL)


def test_a_question_too_long_is_explained_and_kept(home: Page) -> None:
    question = "问" * 20_000
    home.fill("#question", question)
    home.press("#question", "Enter")
    expect(home.locator(".reply .error")).to_contain_text("太长，最多 2000 个字")
    expect(home.locator(".reply .error")).to_be_in_viewport()
    expect(home.locator("#question")).to_have_value(question)


def test_markup_in_a_question_stays_text(home: Page) -> None:
    ask(home, "<img src=x onerror=alert(1)> 提级巡察由谁批准？")
    expect(home.locator(".asked")).to_contain_text("<img src=x")
    assert home.locator(".thread img").count() == 0


# ---------------------------------------------------------------- keyboard, screen readers, screens


def test_the_keyboard_alone_is_enough(home: Page) -> None:
    expect(home.locator("#question")).to_be_focused()
    home.keyboard.type(APPROVAL)
    home.keyboard.press("Enter")
    cite = home.locator(".cite").first
    expect(cite).to_be_visible()
    for _ in range(10):
        home.keyboard.press("Shift+Tab")
        if cite.evaluate("node => node === document.activeElement"):
            break
    expect(cite).to_be_focused()
    assert cite.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    home.keyboard.press("Enter")
    expect(home.locator("#source-title")).to_be_focused()
    expect(home.locator("#source-body mark").first).to_be_in_viewport()
    home.keyboard.press("Escape")
    expect(home.locator("#source")).to_be_hidden()
    expect(cite).to_be_focused()


def test_the_enter_that_ends_a_word_of_an_input_method_does_not_ask(home: Page) -> None:
    home.fill("#question", "tiji")
    home.locator("#question").dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    home.locator("#question").dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    home.press("#question", "Shift+Enter")
    expect(home.locator("#question")).to_have_value("tiji\n")
    assert home.locator(".turn").count() == 0


def test_screen_readers_are_told_names_and_progress(home: Page) -> None:
    reply = ask(home, APPROVAL)
    expect(home.get_by_role("status")).to_contain_text("回答完成：有依据")
    cite = reply.locator(".cite").first
    expect(cite).to_have_accessible_name(f"打开依据 1：{answer_of(home, reply)['citations'][0]['locator']['text']}")
    cite.click()
    pane = home.get_by_role("complementary")
    expect(pane).to_have_accessible_name(answer_of(home, reply)["citations"][0]["locator"]["text"])
    for field, name in (("#question", "问题"), ("#as-of", "依据日期"), ("#kind", "范围")):
        expect(home.locator(field)).to_have_accessible_name(name)
    unnamed = "[...document.querySelectorAll('button, a')].filter(n => !n.textContent.trim() && !n.ariaLabel).length"
    assert home.evaluate(unnamed) == 0


@pytest.mark.parametrize("width", [360, 390, 768, 1920])
def test_no_screen_is_too_narrow_or_too_wide(home: Page, width: int) -> None:
    home.set_viewport_size({"width": width, "height": 844})
    fits = "document.documentElement.scrollWidth <= window.innerWidth"
    assert home.evaluate(fits)
    reply = ask(home, COUNT)
    expect(home.get_by_role("button", name="提问", exact=True)).to_be_in_viewport()
    reply.locator(".cite").first.click()
    expect(home.locator("#source-body tbody tr")).to_have_count(20)
    assert home.evaluate(fits)
    home.get_by_role("button", name="关闭原文").click()
    home.locator(".top nav a[data-view='library']").click()
    expect(home.locator("#documents tbody tr").first).to_be_visible()
    expect(home.get_by_role("button", name="移除").first).to_be_in_viewport()
    assert home.evaluate(fits)


def test_dark_screens_keep_their_contrast(home: Page) -> None:
    home.emulate_media(color_scheme="dark")
    reply = ask(home, APPROVAL)
    reply.locator(".cite").first.click()
    expect(home.locator("#source-body mark").first).to_be_in_viewport()
    contrast = """(selector) => {
      const node = document.querySelector(selector);
      const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
        .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      const light = (colour) => channels(colour).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
      let behind = node;
      while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
      const [a, b] = [light(getComputedStyle(node).color), light(getComputedStyle(behind).backgroundColor)];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }"""
    for scheme in ("dark", "light"):
        home.emulate_media(color_scheme=scheme)
        for selector in (
            ".statement",
            ".frame",
            ".basis .state",
            ".quote",
            "mark",
            ".meta a",
            ".library-line",
            ".cite",
        ):
            assert home.evaluate(contrast, selector) >= 4.5, (scheme, selector)


# ---------------------------------------------------------------- conditions read from the question


def test_a_condition_read_from_the_question_can_be_taken_back(home: Page) -> None:
    reply = ask(home, "2022年时提级巡察由谁批准？")
    chip = reply.locator(".conditions li[data-kind=date]")
    expect(chip).to_contain_text("按 2022-12-31 有效的版本")
    expect(reply.locator(".issued").first).to_contain_text("岱钢党发")
    chip.get_by_role("button").click()
    expect(home.locator(".turn")).to_have_count(2)
    again = home.locator(".turn").last.locator(".reply")
    expect(again.locator(".status")).to_be_visible()
    expect(again.locator(".conditions")).to_have_count(0)
    expect(again.locator(".as-of")).not_to_contain_text("2022")


# ---------------------------------------------------------------- conversations


def test_a_follow_up_shows_how_it_is_understood_and_the_conversation_can_be_resumed(home: Page) -> None:
    ask(home, APPROVAL)
    reply = ask(home, "那常规巡察呢？")
    expect(reply.locator(".understood")).to_have_text("理解为：常规巡察由谁批准？")
    address = home.url
    assert "#/conversation/" in address

    home.goto(address.partition("#")[0])
    home.reload()
    expect(home.locator("#welcome")).to_be_visible()
    home.click("#history-toggle")
    entry = home.locator("#history-list li").filter(has_text=APPROVAL).first
    expect(entry).to_contain_text("2 问")
    entry.locator("a").first.click()
    expect(home.locator(".turn")).to_have_count(2)
    expect(home.locator("#history")).to_be_hidden()
    reply = ask(home, "专项巡察呢？")
    expect(reply.locator(".understood")).to_have_text("理解为：专项巡察由谁批准？")


def test_a_conversation_is_deleted_after_a_question(home: Page) -> None:
    question = "巡察工作由谁统一领导？"
    ask(home, question)
    home.click("#history-toggle")
    entry = home.locator("#history-list li.current")
    expect(entry).to_contain_text(question)
    home.once("dialog", lambda dialog: dialog.accept())
    entry.get_by_role("button", name="删除").click()
    expect(entry).to_have_count(0)
    home.click("#history-close")
    expect(home.locator("#welcome")).to_be_visible()
    expect(home.locator(".turn")).to_have_count(0)


def test_a_new_conversation_forgets_what_was_said(home: Page) -> None:
    ask(home, APPROVAL)
    home.click("#history-toggle")
    home.click("#new-conversation")
    expect(home.locator(".turn")).to_have_count(0)
    reply = ask(home, "那常规巡察呢？")
    expect(reply.locator(".understood")).to_have_count(0)
