// Adding files and folders: by picking or dropping, a few at a time, each with its own report.
import { getJson, watchJob, wordsOf } from "./api.js";
import { announce, byId, element, fieldNames, kindNames } from "./dom.js";

const AT_ONCE = 3; // one is stored while the next ones are on their way; a browser has few connections
const REFRESH_MS = 3000; // a folder of a thousand files must not ask for the whole list a thousand times
const outcomeWords = {
  added: "已入库", replaced: "已更新为新版本", unchanged: "内容没有变化", duplicate: "内容已在库中，记为另一来源",
  skipped: "已跳过", failed: "没有成功", cancelled: "未处理",
};
const stateWords = { queued: "等待处理……", running: "正在处理……", cancelled: "已取消", done: "完成" };

/** ``refresh`` is called when the library has changed. */
export function watchUploads(refresh) {
  const zone = byId("upload");
  for (const id of ["files", "folder"]) {
    byId(id).addEventListener("change", (event) => {
      addFiles([...event.target.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })), refresh);
      event.target.value = "";
    });
  }
  // The whole window takes a drop: one that misses the box must not open the file in place of the page.
  const over = (event, on) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    zone.classList.toggle("over", on);
  };
  window.addEventListener("dragover", (event) => over(event, true));
  window.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(event, false); });
  window.addEventListener("drop", async (event) => {
    over(event, false);
    if (!event.dataTransfer?.types.includes("Files")) return;
    location.hash = "#/library";
    // Entries have to be taken before the first wait: afterwards the drop is forgotten.
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const plain = [...event.dataTransfer.files].map((file) => ({ file, path: file.name }));
    const found = entries.some((entry) => entry.isDirectory) ? (await Promise.all(entries.map(filesUnder))).flat() : plain;
    addFiles(found, refresh);
  });
}

/** The files of a dropped entry, with their paths. */
async function filesUnder(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, path: entry.fullPath.replace(/^\//, "") }];
  }
  const reader = entry.createReader();
  const children = [];
  for (;;) { // a reader gives a hundred entries at a time
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    children.push(...some);
  }
  return (await Promise.all(children.map(filesUnder))).flat();
}

/** What is to be sent: no hidden or lock files; a .yaml beside a document of its name goes with it. */
function documentsOf(found) {
  const byPath = new Map(found.map((each) => [each.path, each]));
  const beside = (path) => byPath.get(`${path}.yaml`) ?? byPath.get(`${path}.yml`);
  const sidecars = new Set(found.map((each) => beside(each.path)).filter(Boolean));
  const folder = (path) => path.includes("/");
  return found
    .filter((each) => !sidecars.has(each))
    .filter((each) => !folder(each.path) || !/(^|\/)(\.|~\$|README\b)/i.test(each.path))
    .sort((a, b) => (folder(a.path) && folder(b.path) ? a.path.localeCompare(b.path, "zh") : 0))
    .map((each) => ({ ...each, sidecar: beside(each.path)?.file }));
}

export async function addFiles(found, refresh, replaces = null) {
  const documents = documentsOf(found);
  if (!documents.length) return;
  const lines = documents.map((each) => ({ ...each, line: jobLine(each.path) }));
  const run = progressOf(lines.length);
  let last = Date.now();
  const next = lines.values();
  const work = async () => {
    for (const each of next) {
      run.done(await addFile(each, replaces));
      if (Date.now() - last > REFRESH_MS) { last = Date.now(); await refresh(); }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  run.end();
  await refresh();
}

/** The line over the list: how many of how many, and the time left. */
function progressOf(total) {
  const line = byId("jobs-progress");
  const began = Date.now();
  let count = 0;
  let failed = 0;
  const say = () => {
    const left = Math.round(((Date.now() - began) / 1000 / count) * (total - count));
    const time = left > 90 ? `，约剩 ${Math.round(left / 60)} 分钟` : left > 0 ? `，约剩 ${left} 秒` : "";
    line.textContent = `已处理 ${count} / ${total} 个文件${failed ? `，${failed} 个没有成功` : ""}${count < total ? time : ""}`;
  };
  line.hidden = total < 2;
  line.textContent = `共 ${total} 个文件`;
  return {
    done(ok) { count += 1; failed += ok ? 0 : 1; say(); },
    end() { if (total > 1) announce(line.textContent); },
  };
}

/** Resolves with whether the file, and all that is in it, was taken in. */
async function addFile({ file, sidecar, line }, replaces) {
  line.say("正在上传……");
  const form = new FormData();
  form.append("file", file, file.name);
  if (sidecar) form.append("metadata", sidecar, sidecar.name);
  try {
    const query = replaces ? `?replaces=${encodeURIComponent(replaces)}` : "";
    let last = await getJson(`/api/documents${query}`, { method: "POST", body: form });
    await watchJob(last.id, (job) => {
      last = job;
      const rate = job.state === "running" && job.passages_per_second ? `（${job.done_passages} 个片段，每秒 ${job.passages_per_second} 个）` : "";
      line.say((stateWords[job.state] ?? "") + rate, job.done_passages, job.total_passages);
    });
    const files = last.report?.files ?? [];
    const problem = last.error?.detail ?? (files.length === 1 ? files[0].error?.message : null);
    line.end(problem ?? wordsOfFiles(files) ?? stateWords[last.state], Boolean(problem), notesOf(files));
    return !problem && files.every((each) => each.outcome !== "failed");
  } catch (error) {
    line.end(wordsOf(error), true);
    return false;
  }
}

function wordsOfFiles(files) {
  if (!files.length) return null;
  if (files.length === 1) return resultWords(files[0]);
  const counts = new Map();
  for (const each of files) counts.set(each.outcome, (counts.get(each.outcome) ?? 0) + 1);
  return `内有 ${files.length} 个文件：${[...counts].map(([outcome, count]) => `${outcomeWords[outcome] ?? outcome} ${count}`).join("，")}`;
}

function resultWords(file) {
  const facts = [
    kindNames[file.kind], file.title && `《${file.title}》`, file.edition, file.date, file.articles ? `${file.articles} 条` : null,
    file.rows ? `${file.rows} 行` : file.passages ? `${file.passages} 个片段` : null,
  ];
  return [outcomeWords[file.outcome] ?? file.outcome, ...facts].filter(Boolean).join(" · ");
}

/** What was inferred and what reading left to say; of several files, each with its own report. */
function notesOf(files) {
  const notes = (file) => [
    ...(file.inferred.length ? [`由正文推断：${file.inferred.map((name) => fieldNames[name]).filter(Boolean).join("、")}`] : []),
    ...file.warnings.map((warning) => warning.message),
  ];
  if (files.length === 1) return files[0].error ? [] : notes(files[0]);
  return files.map((each) => {
    const name = each.path.split("/").at(-1);
    return `${name}：${[each.error?.message ?? resultWords(each), ...notes(each)].join("；")}`;
  });
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
    end(text, failed, notes = []) {
      bar.remove();
      words.textContent = text;
      words.className = failed ? "failed" : "finished";
      item.append(...notes.map((note) => element("span", { class: "hint" }, note)));
      announce(`${name}：${text}`);
    },
  };
}
