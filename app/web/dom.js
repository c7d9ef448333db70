// Building elements: text always goes in as text, never as markup. And the words the views share.

export const byId = (id) => document.getElementById(id);

/** element("p", {class: "note", onclick: f}, "text", child …); null and undefined are left out. */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const kindNames = { regulation: "制度文件", meeting: "会议", speech: "讲话", ledger: "问题台账", other: "其他" };

/** The fields of a document that can be corrected. */
export const fieldNames = {
  title: "标题", kind: "类型", date: "日期", issuer: "发文机关", number: "文号", unit: "单位", work: "所属制度", edition: "版本",
  published: "公布日期", effective_from: "施行日期", effective_to: "失效日期", declared_status: "标明的状态", readers: "可见范围",
};

export const stateBadge = (state) => (state ? element("span", { class: "state", "data-state": state }, state) : null);

/** Where a citation points, word for word: the work with its edition, and the article, paragraph or row in one piece. */
export function placeNodes(item) {
  const { text } = item.locator;
  const rest = item.kind !== "query" && item.title && text.startsWith(item.title) ? text.slice(item.title.length) : "";
  if (!rest.trim()) return [element("span", { class: "work" }, text)];
  const place = element("span", { class: "place" }, rest.trim());
  return [element("span", { class: "work" }, item.title), rest.startsWith(" ") ? " " : element("wbr"), place];
}

/** Tells screen readers what has just changed. */
export function announce(words) {
  byId("announcer").textContent = words;
}
