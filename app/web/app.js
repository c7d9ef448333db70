// The page: which view is shown, the composer, the examples.
import { getJson } from "./api.js";
import { runTurn, showStored } from "./answer.js";
import { byId, element } from "./dom.js";
import { showDocuments, watchUploads } from "./library.js";
import { closeSource, openDocument } from "./source.js";

const EXAMPLES = [
  "提级巡察适用于哪些情形？",
  "2024年第一轮发现问题多少个？涉及哪些单位？",
  "巡察反馈后多长时间内完成集中整改？",
  "2022年时提级巡察是怎么规定的？",
];

let underWay = null;

async function submit(question) {
  if (!question.trim() || underWay) return;
  const body = { question: question.trim() };
  if (byId("as-of").value) body.as_of = byId("as-of").value;
  if (byId("kind").value) body.filters = { kinds: [byId("kind").value] };
  byId("welcome").hidden = true;
  byId("question").value = "";
  underWay = new AbortController();
  busy(true);
  await runTurn(byId("thread"), body, underWay.signal);
  underWay = null;
  busy(false);
  byId("question").focus();
}

function busy(on) {
  byId("send").disabled = on;
  byId("stop").hidden = !on;
}

async function showLibraryLine() {
  try {
    const library = await getJson("/api/library");
    const { documents, passages, findings } = library.counts;
    byId("library-line").textContent = `${documents} 份文档 · ${passages} 个片段 · ${findings} 条台账 · 第 ${library.revision} 版`;
  } catch (error) {
    byId("library-line").textContent = error.message;
  }
}

async function route() {
  const [, view = "", id = ""] = location.hash.split("/");
  const library = view === "library";
  byId("ask-view").hidden = library;
  byId("library-view").hidden = !library;
  for (const link of document.querySelectorAll(".top nav a")) {
    if ((link.dataset.view === "library") === library) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  showLibraryLine();
  if (library) await showDocuments();
  else if (view === "answer" && id) await showAnswer(decodeURIComponent(id));
  else if (view === "document" && id) await openDocument(decodeURIComponent(id));
  else byId("question").focus();
}

async function showAnswer(id) {
  if (byId("thread").querySelector(`[href="#/answer/${CSS.escape(id)}"]`)) return;
  byId("welcome").hidden = true;
  try {
    showStored(byId("thread"), await getJson(`/api/answers/${encodeURIComponent(id)}`));
  } catch (error) {
    byId("thread").append(element("p", { class: "error", role: "alert" }, error.message));
  }
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit(byId("question").value);
});
byId("question").addEventListener("keydown", (event) => {
  // Enter asks, Shift+Enter breaks the line; an input method's own Enter is left alone.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    submit(event.target.value);
  }
});
byId("stop").addEventListener("click", () => underWay?.abort());
byId("source-close").addEventListener("click", closeSource);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeSource(); });
byId("examples").append(...EXAMPLES.map((words) =>
  element("li", {}, element("button", { type: "button", onclick: () => submit(words) }, words))));
window.addEventListener("hashchange", route);
watchUploads();
route();
