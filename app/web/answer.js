// One turn of the conversation: the question, the sources as they arrive, the text, the citations.
import { ask, wordsOf } from "./api.js";
import { announce, element, kindNames, placeNodes, stateBadge } from "./dom.js";
import { openCitation } from "./source.js";
import { why } from "./why.js";

const CHIPS = 6;
const statusWords = { answered: "有依据", partial: "部分有依据", refused: "没有依据" };

/** Appends a turn to the thread and asks in its conversation; resolves with whether an answer came. */
export async function runTurn(thread, body, conversation, signal) {
  const { turn, reply } = startTurn(thread, body.question);
  const line = element("p", { class: "progress-line" }, "正在查找依据……");
  const text = element("div", { class: "answer-text" });
  const follow = (words) => { line.textContent = words; announce(words); };
  reply.setAttribute("aria-busy", "true");
  reply.append(line);
  announce(line.textContent);
  try {
    const answer = await ask({ ...body, conversation: await conversation() }, {
      sources(evidence) {
        follow(evidence.length ? `找到 ${evidence.length} 处可能的依据，正在核对……` : "没有找到直接的依据，正在核对……");
        if (evidence.length) reply.append(sourceChips(evidence));
        reply.append(text);
        turn.scrollIntoView({ block: "start" });
      },
      text(delta) { text.append(delta); },
    }, signal);
    renderAnswer(reply, answer, body.ignore);
    announce(`回答完成：${statusWords[answer.status]}，引用 ${answer.citations.length} 处。`);
    return true;
  } catch (error) {
    const stopped = error.name === "AbortError";
    const words = stopped ? "已停止。" : wordsOf(error);
    reply.replaceChildren(element("p", { class: stopped ? "progress-line" : "error" }, words));
    reply.scrollIntoView({ block: "nearest" });
    announce(words);
    return false;
  } finally {
    reply.removeAttribute("aria-busy");
  }
}

/** Shows a stored answer as a turn. */
export function showStored(thread, answer) {
  renderAnswer(startTurn(thread, answer.question).reply, answer);
}

function startTurn(thread, question) {
  const reply = element("article", { class: "reply", "aria-label": "回答" });
  const turn = element("section", { class: "turn" }, element("p", { class: "asked", "aria-label": "问题" }, question), reply);
  thread.append(turn);
  turn.scrollIntoView({ block: "start" });
  return { turn, reply };
}

function sourceChips(evidence) {
  const chip = (item) => element("li", {}, element("button", { type: "button", onclick: () => openCitation(item) }, item.locator.text));
  return element("ul", { class: "sources", "aria-label": "找到的依据" }, ...evidence.slice(0, CHIPS).map(chip));
}

/** What was read from the question as a condition; taking one back asks again without it. */
function conditionChips(answer, ignored) {
  const again = (text) => document.dispatchEvent(new CustomEvent("youju:ask", { detail: { question: answer.question, ignore: [...ignored, text] } }));
  const chip = ({ kind, value, text, removable }) => element("li", { "data-kind": kind }, value,
    removable ? element("button", { type: "button", "aria-label": `不以“${value}”为条件，重新提问`, title: "去掉这个条件，重新提问", onclick: () => again(text) }, "×") : null);
  return element("ul", { class: "conditions", "aria-label": "从问题里读出的条件" }, ...answer.understood.map(chip));
}

function renderAnswer(reply, answer, ignored = []) {
  const view = { reply, answer };
  const refused = answer.status === "refused";
  const missing = answer.status === "partial" && answer.reason && !answer.text.includes(answer.reason.message);
  const notes = missing ? [answer.reason, ...answer.notes] : answer.notes;
  const alone = answer.standalone_question;
  const parts = [
    metaLine(answer),
    alone === answer.question.trim() ? null : element("p", { class: "understood" }, `理解为：${alone}`),
    answer.understood.length ? conditionChips(answer, ignored) : null,
    ...[...answer.changes, ...notes].map((note) => element("p", { class: "note" }, note.message)),
    element("div", { class: refused ? "answer-text refusal" : "answer-text" }, ...answerNodes(view)),
  ];
  if (answer.citations.length) parts.push(basis("依据", "basis", answer.citations, view));
  if (answer.related.length) parts.push(basis("相关材料（不是答案）", "basis related", answer.related, view));
  parts.push(why(answer, ignored));
  reply.replaceChildren(...parts.filter(Boolean));
}

function metaLine(answer) {
  const kinds = answer.filters.kinds.map((kind) => kindNames[kind] || kind);
  return element("div", { class: "meta" },
    element("span", { class: "status", "data-status": answer.status }, statusWords[answer.status]),
    element("span", { class: "as-of", title: "制度按这一天有效的版本引用，版本状态也按这一天判断" }, `依据日期 ${answer.as_of}`),
    kinds.length ? element("span", {}, `范围：${kinds.join("、")}`) : null,
    answer.engine === "extractive" ? null : element("span", { title: "由大模型根据依据撰写，每句话都与所引原文核对过" }, `由 ${answer.engine} 撰写`),
    element("span", {}, `资料库第 ${answer.library_revision} 版`),
    element("a", { href: `#/answer/${encodeURIComponent(answer.id)}`, title: "以后可以用这个地址再次打开这份回答" }, "固定链接"));
}

/** The answer's text with statements marked and every [n] a button. Offsets are code points. */
function answerNodes(view) {
  const { answer } = view;
  const points = Array.from(answer.text);
  const nodes = [];
  let position = 0;
  const between = (end) => {
    for (const piece of points.slice(position, end).join("").split(/(\[\d+\])/)) {
      const n = /^\[(\d+)\]$/.exec(piece);
      const citation = n && answer.citations.find((item) => item.n === Number(n[1]));
      if (citation) nodes.push(citeButton(citation, view));
      else if (piece) nodes.push(answer.statements.length ? element("span", { class: "frame" }, piece) : piece);
    }
  };
  for (const statement of answer.statements) {
    between(statement.start);
    const name = statement.verbatim ? "statement verbatim" : "statement";
    nodes.push(element("span", { class: name }, points.slice(statement.start, statement.end).join("")));
    position = statement.end;
  }
  between(points.length);
  return nodes;
}

function citeButton(citation, view) {
  return element("button", {
    type: "button", class: "cite", "data-n": citation.n, title: citation.locator.text,
    "aria-label": `打开依据 ${citation.n}：${citation.locator.text}`,
    onclick: () => choose(citation, view),
  }, `[${citation.n}]`);
}

function choose(item, { reply, answer }) {
  for (const node of document.querySelectorAll("[data-current]")) node.removeAttribute("data-current");
  if (item.n) for (const node of reply.querySelectorAll(`[data-n="${item.n}"]`)) node.setAttribute("data-current", "true");
  openCitation(item, answer.as_of);
}

function basis(heading, name, items, view) {
  const entry = (item) => element("li", { "data-n": item.n },
    element("button", { type: "button", onclick: () => choose(item, view) },
      element("span", { class: "where" },
        element("span", {}, item.n ? element("span", { class: "number" }, `[${item.n}]`) : null, ...placeNodes(item)),
        stateBadge(item.state)),
      item.issuer || item.number ? element("span", { class: "issued" }, [item.issuer, item.number].filter(Boolean).join("，")) : null,
      item.quote ? element("span", { class: "quote" }, item.quote) : null,
      item.kind === "query" ? element("span", { class: "quote" }, "由台账逐行查询得出，点开可以看到每一行。") : null));
  return element("section", { class: name }, element("h3", {}, heading), element("ol", {}, ...items.map(entry)));
}
