// One turn of the conversation: the question, the sources as they arrive, the text, the citations.
import { ask, Problem } from "./api.js";
import { element, stateBadge } from "./dom.js";
import { openCitation } from "./source.js";

/** Appends a turn to the thread and asks; resolves with the answer, or null when stopped or failed. */
export async function runTurn(thread, body, signal) {
  const { turn, reply } = startTurn(thread, body.question);
  const line = element("p", { class: "finding-line", role: "status" }, "正在查找依据……");
  const text = element("div", { class: "answer-text" });
  reply.classList.add("waiting");
  reply.append(line);
  let answer = null;
  try {
    await ask(body, {
      sources(evidence) {
        line.textContent = evidence.length ? `找到 ${evidence.length} 处可能的依据，正在核对……` : "没有找到直接的依据，正在核对……";
        if (evidence.length) reply.append(sourceChips(evidence));
        reply.append(text);
        turn.scrollIntoView({ block: "start" });
      },
      text(delta) { text.append(delta); },
      done(value) { answer = value; },
    }, signal);
    renderAnswer(reply, answer);
  } catch (error) {
    line.remove();
    const stopped = error.name === "AbortError";
    const message = stopped ? "已停止。" : error instanceof Problem ? error.message : "页面出错了，请刷新后重试。";
    reply.append(element("p", { class: stopped ? "finding-line" : "error", role: "alert" }, message));
    if (!stopped && !(error instanceof Problem)) console.error(error);
  }
  reply.classList.remove("waiting");
  return answer;
}

/** Shows a stored answer as a turn. */
export function showStored(thread, answer) {
  const { reply } = startTurn(thread, answer.question);
  renderAnswer(reply, answer);
}

function startTurn(thread, question) {
  const reply = element("article", { class: "reply", "aria-label": "回答" });
  const turn = element("section", { class: "turn" }, element("p", { class: "asked" }, question), reply);
  thread.append(turn);
  turn.scrollIntoView({ block: "start" });
  return { turn, reply };
}

function sourceChips(evidence) {
  return element("ul", { class: "sources", "aria-label": "找到的依据" }, ...evidence.slice(0, 6).map((item) =>
    element("li", {}, element("button", { type: "button", onclick: () => openCitation(item) }, item.locator.text))));
}

function renderAnswer(reply, answer) {
  const refused = answer.status === "refused";
  const parts = [
    element("div", { class: "meta" },
      element("span", {}, `依据日期 ${answer.as_of}`),
      element("span", {}, `资料库第 ${answer.library_revision} 版`),
      element("a", { href: `#/answer/${answer.id}` }, "固定链接")),
    ...answer.notes.map((note) => element("p", { class: "note" }, note.message)),
  ];
  if (answer.status === "partial" && answer.reason) parts.push(element("p", { class: "note" }, answer.reason.message));
  parts.push(element("div", { class: refused ? "answer-text refusal" : "answer-text" }, ...answerNodes(answer, reply)));
  if (answer.citations.length) parts.push(basis("依据", answer.citations, reply));
  if (answer.related.length) parts.push(basis("相关材料（不是答案）", answer.related, reply));
  reply.replaceChildren(...parts);
}

/** The answer's text with statements marked and every [n] a button. Offsets are code points. */
function answerNodes(answer, reply) {
  const points = Array.from(answer.text);
  const nodes = [];
  let position = 0;
  const plain = (end) => {
    const words = points.slice(position, end).join("");
    for (const piece of words.split(/(\[\d+\])/)) {
      const n = /^\[(\d+)\]$/.exec(piece);
      const citation = n && answer.citations.find((item) => item.n === Number(n[1]));
      if (citation) nodes.push(citeButton(citation, reply));
      else if (piece) nodes.push(piece);
    }
  };
  for (const statement of answer.statements) {
    plain(statement.start);
    nodes.push(element("span", { class: "statement" }, points.slice(statement.start, statement.end).join("")));
    position = statement.end;
  }
  plain(points.length);
  return nodes;
}

function citeButton(citation, reply) {
  return element("button", {
    type: "button", class: "cite", "data-n": citation.n, "aria-label": `依据 ${citation.n}：${where(citation)}`,
    onclick: () => choose(citation, reply),
  }, `[${citation.n}]`);
}

function choose(citation, reply) {
  for (const item of document.querySelectorAll(".basis li")) item.removeAttribute("data-current");
  reply.querySelector(`.basis li[data-n="${citation.n}"]`)?.setAttribute("data-current", "true");
  openCitation(citation);
}

const where = (item) => (item.kind === "query" ? `台账查询：${conditions(item.query)}，共 ${item.query.count} 条` : item.locator.text);
const conditions = (query) => Object.entries(query.conditions).map(([name, value]) => `${name}＝${value}`).join("，") || "全部";

function basis(heading, items, reply) {
  return element("section", { class: "basis" }, element("h3", {}, heading), element("ol", {}, ...items.map((item) =>
    element("li", { "data-n": item.n }, element("button", { type: "button", onclick: () => (item.n ? choose(item, reply) : openCitation(item)) },
      element("span", { class: "where" },
        item.n ? element("span", { class: "number" }, `[${item.n}]`) : null,
        element("span", {}, where(item)), stateBadge(item.state)),
      item.quote ? element("span", { class: "quote" }, item.quote) : null)))));
}
