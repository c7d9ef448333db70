// Correcting what is known about a document: a form with what was read, what is inferred, and what people have corrected.
import { getJson, wordsOf } from "./api.js";
import { announce, byId, element, fieldNames, kindNames } from "./dom.js";

const DATES = new Set(["date", "published", "effective_from", "effective_to"]);
const REGULATION = new Set(["work", "edition", "published", "effective_from", "effective_to", "declared_status"]);

/** Opens the form; resolves with true when something was corrected. */
export async function correct(id) {
  let found;
  try {
    found = await getJson(`/api/documents/${encodeURIComponent(id)}`);
  } catch (error) {
    window.alert(wordsOf(error));
    return false;
  }
  const dialog = byId("correct");
  const form = element("form", { method: "dialog", autocomplete: "off" });
  const fields = Object.keys(fieldNames).map((name) => field(name, found));
  const problem = element("p", { class: "failed", role: "alert" });
  const save = element("button", { type: "submit", class: "primary" }, "保存更正");
  const cancel = element("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "取消");
  form.append(
    element("h2", {}, `更正：${found.title}`),
    element("p", { class: "hint" }, "更正与读出的值分开保存，重新入库后仍然有效，可以撤销。清空一项即改为“没有”。"),
    element("div", { class: "fields" }, ...fields.map((each) => each.node)),
    problem,
    element("div", { class: "actions" }, cancel, save),
  );
  const showRegulation = () => {
    const on = form.elements.kind.value === "regulation";
    for (const each of fields) if (REGULATION.has(each.name)) each.node.hidden = !on;
  };
  form.elements.kind.addEventListener("change", showRegulation);
  showRegulation();
  dialog.replaceChildren(form);
  dialog.showModal();
  return new Promise((resolve) => {
    let done = false;
    dialog.onclose = () => resolve(done);
    form.onsubmit = async (event) => {
      event.preventDefault();
      const body = bodyOf(fields);
      if (!Object.keys(body).length) return dialog.close();
      save.disabled = true;
      problem.textContent = "";
      try {
        await getJson(`/api/documents/${encodeURIComponent(id)}`, {
          method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
        });
        done = true;
        announce(`已更正 ${found.title}`);
        dialog.close();
      } catch (error) {
        problem.textContent = wordsOf(error);
        save.disabled = false;
      }
    };
  });
}

function bodyOf(fields) {
  const body = {};
  const undo = fields.filter((each) => each.undone()).map((each) => each.name);
  for (const each of fields) if (!each.undone() && each.changed()) body[each.name] = each.value();
  if (undo.length) body.undo = undo;
  return body;
}

/** One field: its label, how its value is known, and the way back to what was read. */
function field(name, found) {
  const value = found.metadata[name];
  const shown = Array.isArray(value) ? value.join("、") : value ?? "";
  const input = name === "kind"
    ? element("select", { name }, ...Object.entries(kindNames).map(([key, words]) => element("option", { value: key, selected: key === value }, words)))
    : element("input", { name, type: DATES.has(name) ? "date" : "text", value: shown, placeholder: name === "readers" ? "人人可见；多个组用顿号隔开" : "", maxlength: 400 });
  const correction = found.corrections.find((each) => each.field === name);
  const back = correction ? element("input", { type: "checkbox", onchange: () => { input.disabled = back.checked; } }) : null;
  const known = correction
    ? element("span", { class: "hint" }, `已更正（${correction.by}，${correction.at.slice(0, 10)}） `, element("label", {}, back, " 撤销"))
    : found.inferred.includes(name) ? element("span", { class: "hint" }, "由正文推断") : null;
  return {
    name,
    node: element("div", { class: "correction" }, element("label", {}, element("span", {}, fieldNames[name]), input), known),
    undone: () => Boolean(back?.checked),
    changed: () => input.value.trim() !== String(shown),
    value: () => (name === "readers" ? input.value.split(/[、,，;；\s]+/).filter(Boolean) : input.value.trim() || null),
  };
}
