// Building elements: text always goes in as text, never as markup.

export const byId = (id) => document.getElementById(id);

/** element("p", {class: "note", onclick: f}, "text", child …) */
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

export const stateBadge = (state) => (state ? element("span", { class: "state", "data-state": state }, state) : null);

export const kindNames = { regulation: "制度文件", meeting: "会议", speech: "讲话", ledger: "问题台账", other: "其他" };
