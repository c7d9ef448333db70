// The library view: what is in it, by what it is asked for; correcting, replacing and removing.
import { getJson, wordsOf } from "./api.js";
import { correct } from "./correct.js";
import { announce, byId, element, fieldNames, kindNames, stateBadge } from "./dom.js";
import { openDocument, titleNodes } from "./source.js";
import { addFiles } from "./upload.js";

const PAGE = 200;
const KINDS = Object.keys(kindNames);
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
    body.replaceChildren(...(found.length ? found.map(documentRow) : [messageRow(removed() ? "没有已移除的文档。" : "资料库还是空的。把制度、会议材料或问题台账拖到上面，就可以开始提问。")]));
    narrow();
  } catch (error) {
    body.replaceChildren(messageRow(wordsOf(error), "error"));
  }
}

async function allDocuments() {
  const found = [];
  for (;;) {
    const page = await getJson(`/api/documents?limit=${PAGE}&offset=${found.length}&removed=${removed()}`);
    found.push(...page.documents);
    if (!page.documents.length || found.length >= page.total) return found;
  }
}

const removed = () => byId("narrow-state").value === "removed";
const messageRow = (words, name) => element("tr", { class: "message" }, element("td", { colspan: 6, class: name }, words));
const dateOf = (found) => found.edition?.effective_from ?? found.date;

function documentRow(found) {
  const counts = found.counts;
  const size = counts.articles ? `${counts.articles} 条` : counts.rows ? `${counts.rows} 行` : `${counts.passages} 段`;
  const date = dateOf(found);
  const corrected = found.corrected.map((name) => fieldNames[name] ?? name).join("、");
  const data = {
    "data-words": `${found.title} ${found.name} ${found.edition?.label ?? ""}`.toLowerCase(),
    "data-kind": found.kind, "data-state": found.edition?.state ?? "", "data-notices": String(found.notices.length),
  };
  return element("tr", data,
    element("td", {},
      element("button", { type: "button", class: "text", onclick: () => openDocument(found.id) }, ...titleNodes(found)),
      corrected ? element("span", { class: "tag", title: `由人更正：${corrected}` }, "已更正") : null,
      ...found.notices.map((notice) => element("span", { class: "hint" }, notice.message))),
    element("td", {}, kindNames[found.kind] || found.kind),
    element("td", {}, stateBadge(found.edition?.state) ?? ""),
    element("td", {}, date ? (found.edition?.effective_from ? `${date} 起施行` : date) : ""),
    element("td", {}, size),
    element("td", {}, ...(found.version_state === "removed"
      ? [action(found, "彻底删除", purge)]
      : [action(found, "更正", async () => { if (await correct(found.id)) await refresh(); }), action(found, "替换", replace), action(found, "移除", remove)])));
}

const action = (found, words, act) => element("button", {
  type: "button", class: "quiet small", "aria-label": `${words} ${found.title}`, onclick: () => act(found),
}, words);

/** Shows only the rows that meet what is typed and chosen. */
function narrow() {
  const words = byId("narrow").value.trim().toLowerCase();
  const [kind, state, noticed] = [byId("narrow-kind").value, byId("narrow-state").value, byId("narrow-notices").checked];
  let shown = 0;
  for (const row of byId("documents").querySelectorAll("tr[data-words]")) {
    const { dataset } = row;
    row.hidden = !dataset.words.includes(words) || (kind && dataset.kind !== kind)
      || (state && state !== "removed" && dataset.state !== state) || (noticed && dataset.notices === "0");
    shown += row.hidden ? 0 : 1;
  }
  byId("shown").textContent = `${shown} 份`;
}

export function watchFilters() {
  for (const id of ["narrow", "narrow-kind", "narrow-notices"]) byId(id).addEventListener("input", narrow);
  byId("narrow-state").addEventListener("input", showDocuments); // removed documents are another list
}

async function remove(found) {
  await change(`从资料库移除“${found.title}”？\n移除后不再用于回答；已有回答引用的原文仍可打开。`, `已移除 ${found.title}`,
    `/api/documents/${encodeURIComponent(found.id)}`, "DELETE");
}

async function purge(found) {
  await change(`彻底删除“${found.title}”和它的原件？\n不能恢复；引用它的回答从此打不开原文。`, `已彻底删除 ${found.title}`,
    `/api/documents/${encodeURIComponent(found.id)}/purge`, "POST");
}

async function change(question, done, url, method) {
  if (!window.confirm(question)) return;
  try {
    await getJson(url, { method });
    announce(done);
  } catch (error) {
    window.alert(wordsOf(error));
  }
  await refresh();
}

/** Asks for a file that becomes the document's next version. */
function replace(found) {
  const input = element("input", { type: "file" });
  input.addEventListener("change", () => addFiles([...input.files].map((file) => ({ file, path: file.name })), refresh, found.id));
  input.click();
}

export const refresh = () => Promise.all([showDocuments(), showLibraryLine()]);
