// The conversation under way and those before: started with the first question, listed, opened again, exported, deleted.
import { getJson, sendJson, wordsOf } from "./api.js";
import { showStored } from "./answer.js";
import { announce, byId, element } from "./dom.js";

let current = null;

/** The id of the conversation under way; one is started when there is none. */
export async function conversation() {
  if (!current) {
    current = (await sendJson("POST", "/api/conversations")).id;
    history.replaceState(null, "", `#/conversation/${encodeURIComponent(current)}`);
  }
  return current;
}

/** An empty thread for a new conversation. */
export function startAfresh() {
  current = null;
  const thread = byId("thread");
  for (const turn of thread.querySelectorAll(".turn, :scope > .error")) turn.remove();
  byId("welcome").hidden = false;
}

/** Shows a conversation whole, to be gone on with. */
export async function openConversation(id) {
  if (id === current) return;
  startAfresh();
  byId("welcome").hidden = true;
  const thread = byId("thread");
  try {
    const held = await getJson(`/api/conversations/${encodeURIComponent(id)}`);
    current = id;
    for (const answer of held.answers) showStored(thread, answer);
    announce(`已打开对话，共 ${held.answers.length} 问。`);
  } catch (error) {
    thread.append(element("p", { class: "error", role: "alert" }, wordsOf(error)));
  }
}

// ---------------------------------------------------------------- the list

export function closeHistory() {
  byId("history").hidden = true;
  byId("history-toggle").setAttribute("aria-expanded", "false");
}

async function openHistory() {
  byId("history").hidden = false;
  byId("history-toggle").setAttribute("aria-expanded", "true");
  const list = byId("history-list");
  try {
    const { conversations } = await getJson("/api/conversations");
    list.replaceChildren(...conversations.map(entry));
    byId("history-empty").hidden = conversations.length > 0;
  } catch (error) {
    list.replaceChildren(element("li", { class: "error", role: "alert" }, wordsOf(error)));
  }
}

function entry(one) {
  const url = `/api/conversations/${encodeURIComponent(one.id)}`;
  const when = new Date(one.updated_at).toLocaleString("zh-CN", { dateStyle: "medium", timeStyle: "short" });
  const item = element("li", { class: one.id === current ? "current" : null },
    element("a", { href: `#/conversation/${encodeURIComponent(one.id)}`, onclick: closeHistory },
      element("span", { class: "title" }, one.title),
      element("span", { class: "when" }, `${when}　${one.turns} 问`)),
    element("span", { class: "doings" },
      element("a", { href: `${url}/export`, download: "", title: "导出为 Markdown" }, "导出"),
      element("button", { type: "button", class: "text", onclick: () => forget(one, item, url) }, "删除")));
  return item;
}

async function forget(one, item, url) {
  if (!window.confirm(`删除对话“${one.title}”和其中的 ${one.turns} 份回答吗？它们的固定链接随之失效。`)) return;
  try {
    await sendJson("DELETE", url);
    item.remove();
    byId("history-empty").hidden = byId("history-list").children.length > 0;
    if (one.id === current) location.hash = "#/";
    announce("对话已删除。");
  } catch (error) {
    item.append(element("p", { class: "error", role: "alert" }, wordsOf(error)));
  }
}

export function watchHistory() {
  byId("history-toggle").addEventListener("click", () => (byId("history").hidden ? openHistory() : closeHistory()));
  byId("history-close").addEventListener("click", closeHistory);
  byId("new-conversation").addEventListener("click", closeHistory);
}
