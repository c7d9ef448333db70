// The library view: what is in it, adding files, removing one.
import { getJson, watchJob } from "./api.js";
import { byId, element, kindNames, stateBadge } from "./dom.js";
import { openDocument } from "./source.js";

const PAGE = 200;

export async function showDocuments() {
  const body = byId("documents").querySelector("tbody");
  const rows = [];
  try {
    for (;;) {
      const page = await getJson(`/api/documents?limit=${PAGE}&offset=${rows.length}`);
      rows.push(...page.documents.map(documentRow));
      if (!page.documents.length || rows.length >= page.total) break;
    }
    body.replaceChildren(...(rows.length ? rows : [element("tr", {}, element("td", { colspan: 6 }, "资料库还是空的：把文件拖到上面。"))]));
  } catch (error) {
    body.replaceChildren(element("tr", {}, element("td", { colspan: 6, class: "error" }, error.message)));
  }
}

function documentRow(found) {
  const counts = found.counts;
  return element("tr", {},
    element("td", {}, element("button", { type: "button", class: "title", onclick: () => openDocument(found.id) }, found.title)),
    element("td", {}, kindNames[found.kind] || found.kind),
    element("td", {}, stateBadge(found.edition?.state) ?? "—"),
    element("td", {}, found.edition?.effective_from ?? found.date ?? "—"),
    element("td", {}, `${counts.articles} / ${counts.passages} / ${counts.rows}`),
    element("td", {}, element("button", { type: "button", class: "quiet", onclick: () => remove(found) }, "移除")));
}

async function remove(found) {
  if (!window.confirm(`从资料库移除“${found.title}”？已有回答引用的原文仍可打开。`)) return;
  try {
    await getJson(`/api/documents/${encodeURIComponent(found.id)}`, { method: "DELETE" });
  } catch (error) {
    window.alert(error.message);
  }
  await showDocuments();
}

export function watchUploads() {
  const zone = byId("upload");
  byId("files").addEventListener("change", (event) => {
    addFiles([...event.target.files]);
    event.target.value = "";
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", name === "dragover");
      if (name === "drop") addFiles([...event.dataTransfer.files]);
    });
  }
}

async function addFiles(files) {
  await Promise.all(files.map(addFile));
  await showDocuments();
}

async function addFile(file) {
  const bar = element("progress", { max: 1 });
  const words = element("span", {}, " 正在上传……");
  byId("jobs").prepend(element("li", {}, `${file.name} `, bar, words));
  try {
    const form = new FormData();
    form.append("file", file, file.name);
    const job = await getJson("/api/documents", { method: "POST", body: form });
    await watchJob(job.id, (state) => {
      words.textContent = ` ${jobWords(state)}`;
      if (state.done_passages && state.total_passages) { bar.max = state.total_passages; bar.value = state.done_passages; }
    });
  } catch (error) {
    words.textContent = ` ${error.message}`;
    words.className = "error";
  }
  bar.remove();
}

function jobWords(job) {
  if (job.state === "failed") return job.error?.detail ?? "没有成功";
  const file = job.report?.files?.[0];
  if (!file) return { queued: "等待中……", running: "正在处理……", cancelled: "已取消", done: "完成" }[job.state] ?? job.state;
  if (file.error) return file.error.message;
  const outcomes = { added: "已入库", replaced: "已更新", unchanged: "没有变化", duplicate: "内容已在库中，记为另一来源" };
  const facts = [kindNames[file.kind], file.edition, file.articles ? `${file.articles} 条` : null, file.rows ? `${file.rows} 行` : null];
  return [outcomes[file.outcome] ?? file.outcome, ...facts].filter(Boolean).join(" · ");
}
