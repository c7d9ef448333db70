// Why these sources: the search behind an answer, asked again with its reasons when the reader wants them.
import { sendJson, wordsOf } from "./api.js";
import { element, placeNodes } from "./dom.js";
import { openCitation } from "./source.js";

const SHOWN = 5;
const sourceNames = { exact: "按条款查到", dense: "意思相近", terms: "词语相同", sentence: "最近一句", named: "题意加减", authority: "效力", cross: "重排" };

/** A closed disclosure; opening it searches as the answer did and shows each hit's scores, words and edition. */
export function why(answer, ignored) {
  const body = element("div", { class: "why-body" });
  const details = element("details", { class: "why" }, element("summary", {}, "为什么是这些依据"), body);
  details.addEventListener("toggle", () => {
    if (details.open && !body.childElementCount) fill(body, answer, ignored);
  });
  return details;
}

async function fill(body, answer, ignored) {
  body.replaceChildren(element("p", { class: "progress-line" }, "正在查找……"));
  try {
    body.replaceChildren(...found(await sendJson("POST", "/api/search", {
      question: answer.standalone_question, as_of: answer.as_of, filters: answer.filters, ignore: ignored, k: SHOWN, explain: true,
    }), answer));
  } catch (error) {
    body.replaceChildren(element("p", { class: "error" }, wordsOf(error)));
  }
}

function found({ hits, explanation, library_revision: revision }, answer) {
  const { documents, passages, candidates, hits: reasons, left_out: leftOut } = explanation;
  const later = revision === answer.library_revision ? "" : `回答时资料库是第 ${answer.library_revision} 版，现在是第 ${revision} 版，下面按现在的资料。`;
  return [
    element("p", {}, `${later}可用 ${documents} 篇文档的 ${passages} 段，比较了 ${candidates} 段，最前的 ${hits.length} 段：`),
    element("ol", {}, ...hits.map((hit, at) => entry(hit, reasons[at], answer))),
    leftOut.length ? element("p", {}, "内容相近、没有采用的：") : null,
    leftOut.length ? element("ul", {}, ...leftOut.map((one) => element("li", {}, `${one.title}：${one.reason.message}`))) : null,
  ].filter(Boolean);
}

function entry(hit, reason, answer) {
  const scores = Object.entries(reason.scores).map(([name, score]) => {
    const words = sourceNames[name] || name;
    if (name === "exact") return words;
    if (name === "named" || name === "authority") return `${words} ${score < 0 ? "−" : "+"}${Math.abs(score).toFixed(3)}`;
    return `${words} ${score.toFixed(3)}（第 ${reason.ranks[name]}）`;
  });
  const lines = [
    scores.join("，"),
    reason.terms.length ? `相同的词：${reason.terms.join("、")}` : null,
    reason.wordings.length ? `换了说法的词：${reason.wordings.map((one) => `${one.spoken}＝${one.written.join("、")}`).join("；")}` : null,
    reason.edition ? reason.edition.message : null,
  ].filter(Boolean);
  return element("li", {},
    element("button", { type: "button", class: "text", onclick: () => openCitation(hit, answer.as_of) }, ...placeNodes(hit)),
    ...lines.map((words) => element("span", { class: "hint" }, words)));
}
