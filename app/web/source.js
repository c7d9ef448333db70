// The source beside the answer: the document's text with the cited span marked, or the ledger's rows.
import { getJson, wordsOf } from "./api.js";
import { byId, element, kindNames, placeNodes, stateBadge } from "./dom.js";

const ROWS = 500;
const ORIGINAL_SHOWN = 60; // characters of what cleaning removed; a whole page header is not worth more
const COLUMNS = [
  ["number", "编号"], ["round", "轮次"], ["unit", "被巡察单位"], ["category", "问题类别"], ["description", "问题描述"],
  ["basis", "定性依据"], ["state", "整改状态"], ["deadline", "整改期限"], ["responsible", "责任部门"],
];

let wanted = 0; // the newest request wins when several are under way
let opener = null; // what had the focus before, and gets it back

export function closeSource() {
  wanted += 1;
  if (byId("source").hidden) return;
  byId("source").hidden = true;
  byId("columns").classList.remove("with-source", "with-table");
  for (const node of document.querySelectorAll("[data-current]")) node.removeAttribute("data-current");
  if (opener?.isConnected) opener.focus();
}

/** Opens what a citation or piece of evidence points at; asOf is the day its edition state was told for. */
export function openCitation(item, asOf) {
  if (item.kind === "query") return show(() => rowsView(item));
  return show(() => documentView(item.document_id, item.document_version, item, asOf));
}

export const openDocument = (id) => show(() => documentView(id));

async function show(load) {
  const mine = ++wanted;
  const pane = byId("source");
  if (!pane.contains(document.activeElement)) opener = document.activeElement;
  pane.hidden = false;
  byId("columns").classList.add("with-source");
  fill({ title: ["正在打开……"], meta: [], body: [] });
  let view;
  try {
    view = await load();
  } catch (error) {
    view = { title: ["打不开这份材料"], meta: [], body: [element("p", { class: "error", role: "alert" }, wordsOf(error))] };
  }
  if (mine !== wanted) return;
  fill(view);
  const mark = byId("source-body").querySelector("mark");
  if (mark) mark.scrollIntoView({ block: "start" }); // with some of what stands before it, see its scroll-margin
  byId("source-title").focus({ preventScroll: true });
}

function fill(view) {
  byId("columns").classList.toggle("with-table", Boolean(view.table));
  byId("source-title").replaceChildren(...view.title);
  byId("source-meta").replaceChildren(...view.meta.filter(Boolean));
  byId("source-body").classList.remove("with-originals");
  byId("source-body").replaceChildren(...view.body);
  byId("source-body").scrollTop = 0;
}

// ---------------------------------------------------------------- a document

async function documentView(id, version, cited, asOf) {
  const query = version ? `?version=${encodeURIComponent(version)}` : "";
  const url = `/api/documents/${encodeURIComponent(id)}`;
  const found = await getJson(url + query);
  const body = blockNodes(found, cited);
  return {
    title: cited ? placeNodes(cited) : titleNodes(found),
    meta: [
      element("span", {}, kindNames[found.kind] || found.kind),
      ...stateNodes(found, cited, asOf),
      found.edition ? element("span", {}, datesOf(found.edition)) : found.date ? element("span", {}, found.date) : null,
      ...relationNodes(found),
      goneWords[found.version_state] ? element("span", { class: "state" }, goneWords[found.version_state]) : null,
      cited ? pageButton(found, cited, url, query) : null,
      found.edits.length ? originalsButton(found) : null,
      element("a", { href: `${url}/original${query}`, download: "", title: found.name }, "下载原件"),
    ],
    body: [...found.notices.map((one) => element("p", { class: "hint" }, one.message)), ...(body.length ? body : [element("p", {}, "这份文档没有正文。")])],
  };
}

const goneWords = { removed: "已从资料库移除", replaced: "已有更新的版本" };

export function titleNodes(found) {
  const label = found.edition?.label;
  return [label && !found.title.includes(label) ? `《${found.title}》（${label}）` : found.title];
}

/** The documents it belongs with: the notice it came with, the regulations a notice carries, amendments either way. */
function relationNodes(found) {
  const link = (words, other) => element("span", {}, words, element("button", {
    type: "button", class: "text", title: other.title, onclick: () => openDocument(other.id),
  }, `《${other.title}》`));
  const changed = (one, words) => (one.document ? link(`${words}${one.places.join("、")}：`, one.document) : null);
  return [
    found.number ? element("span", {}, found.number) : null,
    found.addressee ? element("span", {}, `主送：${found.addressee}`) : null,
    found.part_of ? link("随文：", found.part_of) : null,
    ...found.same_text.map((other) => link(found.preferred ? "同文：" : "同文（引用所用）：", other)),
    ...found.parts.map((part) => link("所附制度：", part)),
    ...found.amends.map((one) => changed(one, "修改")),
    ...found.amended_by.map((one) => changed(one, "被修改")),
  ];
}

function datesOf(edition) {
  if (edition.effective_from) return `${edition.effective_from} 起施行${edition.effective_to ? `，${edition.effective_to} 起失效` : ""}`;
  return edition.published ? `${edition.published} 印发，施行日期不明` : "日期不明";
}

/** The state on the day of the answer; where today's differs, both, so that neither is taken for the other. */
function stateNodes(found, cited, asOf) {
  const today = found.edition?.state;
  if (!cited?.state) return [stateBadge(today)];
  if (!today || today === cited.state) return [stateBadge(cited.state)];
  const words = asOf ? `${asOf} 时` : "当时";
  return [element("span", {}, words), stateBadge(cited.state), element("span", {}, "今天"), stateBadge(today)];
}

function originalsButton(found) {
  const words = found.cleaned.map((each) => `${each.words} ${each.count} 处`).join("、");
  return element("button", {
    type: "button", class: "text", "aria-pressed": "false", title: "入库时清理过的字符（如繁体、页眉页脚、多余空格），可对照原件查看",
    onclick(event) {
      const on = byId("source-body").classList.toggle("with-originals");
      event.currentTarget.setAttribute("aria-pressed", String(on));
    },
  }, `清理：${words}（对照原文）`);
}

// ---------------------------------------------------------------- its pages

/** A button that shows the pages the citation stands on, its places marked; null where the original has no pages. */
function pageButton(found, cited, url, query) {
  const places = placesOf(found, cited);
  if (!places.size) return null;
  const numbers = [...places.keys()].join("、");
  let sheets = null;
  return element("button", {
    type: "button", class: "text", "aria-pressed": "false", title: "对照原件的页面图像",
    onclick(event) {
      const on = !sheets;
      event.currentTarget.setAttribute("aria-pressed", String(on));
      if (!on) {
        sheets.remove();
        sheets = null;
        return;
      }
      sheets = element("div", { class: "sheets" }, ...[...places].map(([page, boxes]) => sheet(`${url}/pages/${page}${query}`, page, boxes)));
      byId("source-body").prepend(sheets);
      byId("source-body").scrollTop = 0;
    },
  }, `对照第 ${numbers} 页`);
}

/** The page number → boxes of the blocks the citation touches, as fractions of the page. */
function placesOf(found, cited) {
  const places = new Map();
  for (const block of found.blocks) {
    const { page, box, further } = block.source;
    if (!page || block.end <= cited.start || block.start >= cited.end) continue;
    for (const [number, place] of [[page, box], ...(further ?? [])]) {
      if (!places.has(number)) places.set(number, []);
      if (place) places.get(number).push(place);
    }
  }
  return places;
}

function sheet(address, page, boxes) {
  const image = element("img", { src: address, alt: `原件第 ${page} 页` });
  const paper = element("div", { class: "paper" }, image, ...boxes.map(placeMark));
  image.addEventListener("load", () => paper.querySelector(".place-mark")?.scrollIntoView({ block: "center" }));
  image.addEventListener("error", () => paper.replaceChildren(element("p", { class: "error", role: "alert" }, "这一页的图像打不开，请下载原件查看。")));
  return element("figure", { class: "sheet" }, element("figcaption", {}, `原件第 ${page} 页`), paper);
}

function placeMark([left, top, right, bottom]) {
  const mark = element("div", { class: "place-mark" });
  const percent = (fraction) => `${(fraction * 100).toFixed(2)}%`;
  Object.assign(mark.style, { left: percent(left), top: percent(top), width: percent(right - left), height: percent(bottom - top) });
  return mark;
}

/** The blocks as elements: the cited span in <mark>, what cleaning changed or removed in .cleaned. */
function blockNodes(found, cited) {
  const points = Array.from(found.text);
  const edits = joined(found.edits);
  let next = 0; // the first edit that does not end before the current block
  const nodes = found.blocks.map((block) => {
    const here = [];
    while (next < edits.length && edits[next].start < block.end) {
      here.push(edits[next]);
      if (edits[next].end > block.end) break; // goes on in the next block
      next += 1;
    }
    const cuts = [block.start, block.end];
    for (const span of [...here, ...block.cells, ...(cited ? [cited] : [])]) cuts.push(span.start, span.end);
    const places = [...new Set(cuts)].filter((at) => at >= block.start && at <= block.end).sort((a, b) => a - b);
    const node = element(block.kind === "heading" ? "h3" : "div", { class: `block ${block.kind}` });
    // What was removed before this block (a page's furniture) stands at its beginning.
    const removed = here.filter((edit) => edit.end === edit.start);
    const dropAt = (from, to) => removed.filter((edit) => edit.start >= from && edit.start < to).map((edit) => cleaned(edit, ""));
    node.append(...dropAt(0, block.start));
    for (let i = 0; i + 1 < places.length; i += 1) {
      const [start, end] = [places[i], places[i + 1]];
      const within = (span) => span.start <= start && end <= span.end;
      let piece = points.slice(start, end).join("");
      const edit = here.find(within);
      if (edit) piece = cleaned(edit, piece);
      else if (block.cells.length && !block.cells.some(within)) piece = element("span", { class: "column" }, piece);
      node.append(...dropAt(start, end), cited && within(cited) ? element("mark", {}, piece) : piece);
    }
    return node;
  });
  const rest = edits.slice(next).filter((edit) => edit.end === edit.start);
  if (rest.length) nodes.push(element("div", { class: "block" }, ...rest.map((edit) => cleaned(edit, ""))));
  return nodes;
}

/** Neighbouring edits of one rule as one: a line converted character by character reads as a line. */
function joined(edits) {
  const result = [];
  for (const edit of edits) {
    const last = result.at(-1);
    if (last && last.rule === edit.rule && last.end === edit.start && last.end > last.start && edit.end > edit.start) {
      result[result.length - 1] = { ...last, end: edit.end, original: last.original + edit.original };
    } else result.push(edit);
  }
  return result;
}

function cleaned(edit, words) {
  const original = edit.original.trim().replace(/\s+/g, " ") || "空白";
  const shown = original.length > ORIGINAL_SHOWN ? `${original.slice(0, ORIGINAL_SHOWN)}…` : original;
  return element("span", { class: "cleaned", "data-original": shown }, words);
}

// ---------------------------------------------------------------- rows of a ledger

async function rowsView(citation) {
  const { query } = citation;
  const rows = await rowsOf(query.link);
  // A column that is empty, or only repeats the condition above in every row, takes room from the others.
  const said = ([key, name]) => name in query.conditions && rows.every((row) => row[key] === query.conditions[name]);
  const columns = COLUMNS.filter((column) => rows.some((row) => row[column[0]]) && !said(column));
  const cell = (row, key) => (key === "number" || (key === "description" && !row.number)
    ? element("button", { type: "button", class: "text", title: "打开台账中的这一行", onclick: () => show(() => rowView(row, citation)) }, row[key] || "（未写）")
    : row[key] ?? "");
  return {
    title: [citation.locator.text],
    meta: [
      element("span", {}, "由台账逐行查询得出"),
      rows.length === query.count ? null : element("span", { class: "state" }, `回答时 ${query.count} 条，现在 ${rows.length} 条`),
    ],
    table: true,
    body: [element("table", { class: "rows" },
      element("thead", {}, element("tr", {}, ...columns.map(([key, name]) => element("th", { scope: "col", "data-column": key }, name)))),
      element("tbody", {}, ...rows.map((row) => element("tr", {},
        ...columns.map(([key]) => element("td", { "data-column": key }, cell(row, key)))))))],
  };
}

/** All rows behind a query, page by page. */
async function rowsOf(link) {
  const rows = [];
  for (;;) {
    const page = await getJson(`${link}${link.includes("?") ? "&" : "?"}limit=${ROWS}&offset=${rows.length}`);
    rows.push(...page.findings);
    if (!page.findings.length || rows.length >= page.total) return rows;
  }
}

/** One row where it stands in its ledger, with the way back to the list. */
async function rowView(row, citation) {
  const place = { title: "", locator: { text: row.number ? `台账 编号 ${row.number}` : "台账中的一行" }, start: row.start, end: row.end };
  const view = await documentView(row.document_id, row.document_version, place);
  const back = element("button", { type: "button", class: "text", onclick: () => show(() => rowsView(citation)) }, "← 返回名单");
  return { ...view, meta: [back, ...view.meta] };
}
