// The page: which view is shown, the composer, the examples.
import { getJson, wordsOf } from "./api.js";
import { runTurn, showStored } from "./answer.js";
import { closeHistory, conversation, openConversation, startAfresh, watchHistory } from "./conversations.js";
import { byId, element } from "./dom.js";
import { refresh, showDocuments, showLibraryLine, watchFilters } from "./library.js";
import { watchUploads } from "./upload.js";
import { closeSource } from "./source.js";

const EXAMPLES = [
  "提级巡察适用于哪些情形？",
  "2024年第一轮发现问题多少个？涉及哪些单位？",
  "巡察反馈后多长时间内完成集中整改？",
  "2022年时提级巡察是怎么规定的？",
];

let underWay = null;

// ---------------------------------------------------------------- asking

async function submit(question, ignore = []) {
  if (!question.trim() || underWay) return;
  const body = { question: question.trim() };
  if (ignore.length) body.ignore = ignore;
  if (byId("as-of").value) body.as_of = byId("as-of").value;
  if (byId("kind").value) body.filters = { kinds: [byId("kind").value] };
  byId("welcome").hidden = true;
  byId("question").value = "";
  underWay = new AbortController();
  busy(true);
  const answered = await runTurn(byId("thread"), body, conversation, underWay.signal);
  underWay = null;
  // A question that got no answer goes back into the box, to be mended or asked again.
  if (!answered && !byId("question").value) byId("question").value = question;
  const idle = [document.body, byId("stop"), byId("send"), byId("question")].includes(document.activeElement);
  busy(false);
  if (idle) focusQuestion();
}

function busy(on) {
  byId("send").hidden = on;
  byId("stop").hidden = !on;
}

/** Not on a touch screen: there the focus would bring up a keyboard over the answer. */
function focusQuestion() {
  if (window.matchMedia("(pointer: fine)").matches) byId("question").focus();
}

/** Conditions that stay set from question to question must be seen to be set. */
function markConditions() {
  for (const field of [byId("as-of"), byId("kind")]) field.closest(".field").classList.toggle("set", Boolean(field.value));
}

// ---------------------------------------------------------------- which view

async function route() {
  const [, view = "", id = ""] = location.hash.split("/");
  const library = view === "library";
  if (byId("library-view").hidden === library) closeSource();
  byId("ask-view").hidden = library;
  byId("library-view").hidden = !library;
  document.title = library ? "资料库 · 有据" : "有据 · 有依据的回答";
  for (const link of document.querySelectorAll(".top nav a")) {
    if ((link.dataset.view === "library") === library) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  showLibraryLine().then((documents) => {
    byId("empty").hidden = documents !== 0;
    byId("examples").hidden = documents === 0;
  });
  if (library) await showDocuments();
  else if (view === "answer" && id) await showAnswer(decodeURIComponent(id));
  else if (view === "conversation" && id) await openConversation(decodeURIComponent(id));
  else {
    if (!underWay) startAfresh();
    focusQuestion();
  }
}

async function showAnswer(id) {
  const thread = byId("thread");
  const shown = thread.querySelector(`a[href="#/answer/${CSS.escape(id)}"]`);
  if (shown) return shown.closest(".turn").scrollIntoView({ block: "start" });
  byId("welcome").hidden = true;
  try {
    showStored(thread, await getJson(`/api/answers/${encodeURIComponent(id)}`));
  } catch (error) {
    thread.append(element("p", { class: "error", role: "alert" }, wordsOf(error)));
  }
}

// ---------------------------------------------------------------- wiring

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit(byId("question").value);
});
byId("question").addEventListener("keydown", (event) => {
  // Enter asks, Shift+Enter breaks the line; the Enter that ends an input method's word is left alone
  // (Safari sends that one after the composition has ended, with the code 229).
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
    event.preventDefault();
    submit(event.target.value);
  }
});
document.addEventListener("youju:ask", ({ detail }) => submit(detail.question, detail.ignore));
byId("stop").addEventListener("click", () => underWay?.abort());
byId("as-of").addEventListener("change", markConditions);
byId("kind").addEventListener("change", markConditions);
byId("source-close").addEventListener("click", closeSource);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  if (byId("history").hidden) closeSource();
  else closeHistory();
});
byId("examples").append(...EXAMPLES.map((words) =>
  element("li", {}, element("button", { type: "button", onclick: () => submit(words) }, words))));
window.addEventListener("hashchange", route);
watchHistory();
watchUploads(refresh);
watchFilters();
markConditions();
route();
