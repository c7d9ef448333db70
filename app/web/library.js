// The library view: what is in it, adding files, removing one.
import { getJson, watchJob, wordsOf } from "./api.js";
import { announce, byId, element, kindNames, stateBadge } from "./dom.js";
import { openDocument, titleNodes } from "./source.js";

const PAGE = 200;
const KINDS = Object.keys(kindNames);
const outcomeWords = { added: "已入库", replaced: "已更新为新版本", unchanged: "内容没有变化", duplicate: "内容已在库中，记为另一来源" };
const stateWords = { queued: "等待处理……", running: "正在处理……", cancelled: "已取消", done: "完成" };

/** The line at the top: how large the library is. Resolves with the number of documents, null when unknown. */
export async function showLibraryLine() {
  const line = byId("library-line");
  try {
    const { counts, revision } = await getJson("/api/library");
    line.textContent = `${counts.documents} 份文档 · ${counts.passages} 个片段 · ${counts.findings} 条台账 · 第 ${revision} 版`;
    line.classList.remove("offline");
    return counts.documents;
  } catch (error) {
    line.textContent = wordsOf(error);
    line.classList.add("offline");
    return null;
  }
}

// ---------------------------------------------------------------- the list

export async function showDocuments() {
  const body = byId("documents").querySelector("tbody");
  try {
    const found = await allDocuments();
    found.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind)
      || (a.kind === "regulation" ? a.title.localeCompare(b.title, "zh") : 0) || (dateOf(b) ?? "").localeCompare(dateOf(a) ?? ""));
    body.replaceChildren(...(found.length ? found.map(documentRow) : [messageRow("资料库还是空的。把制度、会议材料或问题台账拖到上面，就可以开始提问。")]));
    narrow();
  } catch (error) {
    body.replaceChildren(messageRow(wordsOf(error), "error"));
  }
}

async function allDocuments() {
  const found = [];
  for (;;) {
    const page = await getJson(`/api/documents?limit=${PAGE}&offset=${found.length}`);
    found.push(...page.documents);
    if (!page.documents.length || found.length >= page.total) return found;
  }
}

const messageRow = (words, name) => element("tr", { class: "message" }, element("td", { colspan: 6, class: name }, words));
const dateOf = (found) => found.edition?.effective_from ?? found.date;

function documentRow(found) {
  const counts = found.counts;
  const size = counts.articles ? `${counts.articles} 条` : counts.rows ? `${counts.rows} 行` : `${counts.passages} 段`;
  const date = dateOf(found);
  return element("tr", { "data-words": `${found.title} ${found.name} ${found.edition?.label ?? ""}`.toLowerCase() },
    element("td", {},
      element("button", { type: "button", class: "text", onclick: () => openDocument(found.id) }, ...titleNodes(found)),
      ...found.notices.map((notice) => element("span", { class: "hint" }, notice.message))),
    element("td", {}, kindNames[found.kind] || found.kind),
    element("td", {}, stateBadge(found.edition?.state) ?? ""),
    element("td", {}, date ? (found.edition?.effective_from ? `${date} 起施行` : date) : ""),
    element("td", {}, size),
    element("td", {}, element("button", {
      type: "button", class: "quiet small", "aria-label": `移除 ${found.title}`, onclick: () => remove(found),
    }, "移除")));
}

/** Shows only the rows whose title or file name has the words typed. */
function narrow() {
  const words = byId("narrow").value.trim().toLowerCase();
  for (const row of byId("documents").querySelectorAll("tr[data-words]")) row.hidden = !row.dataset.words.includes(words);
}

async function remove(found) {
  if (!window.confirm(`从资料库移除“${found.title}”？\n移除后不再用于回答；已有回答引用的原文仍可打开。`)) return;
  try {
    await getJson(`/api/documents/${encodeURIComponent(found.id)}`, { method: "DELETE" });
    announce(`已移除 ${found.title}`);
  } catch (error) {
    window.alert(wordsOf(error));
  }
  await refresh();
}

const refresh = () => Promise.all([showDocuments(), showLibraryLine()]);

// ---------------------------------------------------------------- adding files

export function watchUploads() {
  const zone = byId("upload");
  byId("narrow").addEventListener("input", narrow);
  byId("files").addEventListener("change", (event) => {
    addFiles([...event.target.files]);
    event.target.value = "";
  });
  // The whole window takes a drop: one that misses the box must not open the file in place of the page.
  const over = (event, on) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.toggle("over", on);
  };
  window.addEventListener("dragover", (event) => over(event, true));
  window.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(event, false); });
  window.addEventListener("drop", (event) => {
    over(event, false);
    const folders = [...(event.dataTransfer?.items ?? [])].map((item) => Boolean(item.webkitGetAsEntry?.()?.isDirectory));
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!files.length) return;
    location.hash = "#/library";
    addFiles(files.filter((_, i) => !folders[i]), files.filter((_, i) => folders[i]).map((folder) => folder.name));
  });
}

/** One file after the other: the library has one writer, and a browser few connections. */
async function addFiles(files, folders = []) {
  for (const name of folders) jobLine(name).end("这是文件夹：请打开它，选中其中的文件再拖进来。", true);
  const lines = files.map((file) => [file, jobLine(file.name)]);
  for (const [file, line] of lines) {
    await addFile(file, line);
    await refresh();
  }
}

async function addFile(file, line) {
  line.say("正在上传……");
  const form = new FormData();
  form.append("file", file, file.name);
  try {
    let last = await getJson("/api/documents", { method: "POST", body: form });
    await watchJob(last.id, (job) => {
      last = job;
      line.say(stateWords[job.state] ?? "", job.done_passages, job.total_passages);
    });
    const result = last.report?.files?.[0];
    const problem = last.error?.detail ?? result?.error?.message;
    line.end(problem ?? (result ? resultWords(result) : stateWords[last.state]), Boolean(problem), result?.warnings);
  } catch (error) {
    line.end(wordsOf(error), true);
  }
}

function resultWords(file) {
  const facts = [kindNames[file.kind], file.edition, file.articles ? `${file.articles} 条` : null, file.rows ? `${file.rows} 行` : null];
  return [outcomeWords[file.outcome] ?? file.outcome, ...facts].filter(Boolean).join(" · ");
}

/** A line of the list of uploads: its name, its progress, how it ended. */
function jobLine(name) {
  const bar = element("progress", { "aria-label": `${name} 的进度`, hidden: true });
  const words = element("span", {}, "等待上传……");
  const item = element("li", {}, element("span", { class: "file" }, name), bar, words);
  byId("jobs").append(item);
  return {
    say(text, done = 0, total = 0) {
      bar.hidden = false;
      words.textContent = text;
      if (done && total) { bar.max = total; bar.value = done; }
    },
    end(text, failed, warnings = []) {
      bar.remove();
      words.textContent = text;
      words.className = failed ? "failed" : "finished";
      item.append(...warnings.map((warning) => element("span", { class: "hint" }, warning.message)));
      announce(`${name}：${text}`);
    },
  };
}
