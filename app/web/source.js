// The source beside the answer: the document's canonical text with the cited span marked, or the ledger's rows.
import { getJson } from "./api.js";
import { byId, element, kindNames, stateBadge } from "./dom.js";

let wanted = 0; // the newest request wins when several are under way

export function closeSource() {
  wanted += 1;
  byId("source").hidden = true;
  byId("columns").classList.remove("with-source");
}

/** Opens what a citation or piece of evidence points at. */
export async function openCitation(item) {
  if (item.kind === "query") return show(() => rowsView(item.query));
  return show(() => documentView(item.document_id, item.document_version, item));
}

export const openDocument = (id) => show(() => documentView(id));

async function show(load) {
  const mine = ++wanted;
  byId("source").hidden = false;
  byId("columns").classList.add("with-source");
  byId("source-title").textContent = "正在打开……";
  byId("source-meta").replaceChildren();
  byId("source-body").replaceChildren();
  try {
    const view = await load();
    if (mine !== wanted) return;
    byId("source-title").textContent = view.title;
    byId("source-meta").replaceChildren(...view.meta.filter(Boolean));
    byId("source-body").replaceChildren(...view.body);
    const mark = byId("source-body").querySelector("mark");
    if (mark) mark.scrollIntoView({ block: "center" });
    else byId("source-body").scrollTop = 0;
    byId("source-title").focus({ preventScroll: true });
  } catch (error) {
    if (mine !== wanted) return;
    byId("source-title").textContent = "打不开这份材料";
    byId("source-body").replaceChildren(element("p", { class: "error", role: "alert" }, error.message));
  }
}

async function documentView(id, version, cited) {
  const query = version ? `?version=${encodeURIComponent(version)}` : "";
  const found = await getJson(`/api/documents/${encodeURIComponent(id)}${query}`);
  const marked = cited ? { start: cited.start, end: cited.end } : null;
  const original = `/api/documents/${encodeURIComponent(id)}/original${query}`;
  return {
    title: cited ? cited.locator.text : found.title,
    meta: [
      cited && cited.locator.text !== found.title ? element("span", {}, found.title) : null,
      element("span", {}, kindNames[found.kind] || found.kind),
      stateBadge(cited?.state ?? found.edition?.state),
      found.version_state && found.version_state !== "current"
        ? element("span", { class: "state" }, found.version_state === "removed" ? "该文档已从资料库移除" : "该文档已有更新的版本") : null,
      found.edits.length ? element("span", { title: "下划点线处可以看到原文字符" }, `清理 ${found.edits.length} 处`) : null,
      element("a", { href: original, download: "" }, "下载原件"),
    ],
    body: blockNodes(found, marked),
  };
}

/** The blocks as elements; the cited span becomes <mark>, cleaned characters show the original on hover. */
function blockNodes(found, marked) {
  const points = Array.from(found.text);
  const edits = found.edits.filter((edit) => edit.end > edit.start);
  let firstEdit = 0;
  return found.blocks.map((block) => {
    const cuts = new Set([block.start, block.end]);
    const cut = (at) => { if (at > block.start && at < block.end) cuts.add(at); };
    if (marked) { cut(marked.start); cut(marked.end); }
    while (firstEdit < edits.length && edits[firstEdit].end <= block.start) firstEdit += 1;
    const here = [];
    for (let i = firstEdit; i < edits.length && edits[i].start < block.end; i += 1) {
      here.push(edits[i]);
      cut(edits[i].start);
      cut(edits[i].end);
    }
    const places = [...cuts].sort((a, b) => a - b);
    const node = element(block.kind === "heading" ? "h3" : "div", { class: `block ${block.kind}` });
    for (let i = 0; i + 1 < places.length; i += 1) {
      const [start, end] = [places[i], places[i + 1]];
      let piece = points.slice(start, end).join("");
      const edit = here.find((item) => item.start <= start && end <= item.end);
      if (edit) piece = element("span", { class: "cleaned", title: `原文：${edit.original}` }, piece);
      node.append(marked && start >= marked.start && end <= marked.end ? element("mark", {}, piece) : piece);
    }
    return node;
  });
}

/** All rows behind a query, page by page. */
async function rowsOf(link) {
  const rows = [];
  for (;;) {
    const page = await getJson(`${link}${link.includes("?") ? "&" : "?"}limit=200&offset=${rows.length}`);
    rows.push(...page.findings);
    if (!page.findings.length || rows.length >= page.total) return rows;
  }
}

async function rowsView(query) {
  const rows = await rowsOf(query.link);
  const columns = [["number", "编号"], ["round", "轮次"], ["unit", "单位"], ["category", "类别"], ["description", "问题描述"], ["basis", "依据"], ["state", "整改状态"]];
  return {
    title: `台账：${Object.values(query.conditions).join(" · ") || "全部"}（${query.count} 条）`,
    meta: [element("span", {}, "由台账逐行查询得出")],
    body: [element("table", {},
      element("thead", {}, element("tr", {}, ...columns.map(([, name]) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...columns.map(([key]) => element("td", {}, row[key] ?? ""))))))],
  };
}
