// The page's only way to the server. Failures become Problem, with the server's Chinese sentence.

export class Problem extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || "请求没有成功。");
    this.code = problem.code || "unknown";
    this.status = problem.status || 0;
  }
}

/** What to tell the user of any error; one that is not a Problem is a fault of the page itself. */
export function wordsOf(error) {
  if (error instanceof Problem) return error.message;
  console.error(error);
  return "页面出错了，请刷新后重试。";
}

async function problemOf(response) {
  try {
    return new Problem(await response.json());
  } catch {
    return new Problem({ status: response.status, detail: `服务器返回了意外的状态（${response.status}）。请稍后重试。` });
  }
}

async function request(url, options = {}) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ code: "offline", detail: "连不上有据服务。请确认 youju serve 正在运行，然后重试。" });
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

export async function getJson(url, options) {
  const response = await request(url, options);
  return response.status === 204 ? null : response.json();
}

/** Sends a change; resolves with what came back, null for nothing. */
export function sendJson(method, url, body) {
  const options = { method };
  if (body !== undefined) Object.assign(options, { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  return getJson(url, options);
}

/** Reads server-sent events from a response; calls handle(event, data) for each. */
async function readEvents(response, broken, handle) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    let part;
    try {
      part = await reader.read();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem({ code: "offline", detail: broken });
    }
    if (part.done) return;
    buffer = (buffer + part.value).replaceAll("\r\n", "\n");
    let end;
    while ((end = buffer.indexOf("\n\n")) >= 0) {
      const lines = buffer.slice(0, end).split("\n");
      buffer = buffer.slice(end + 2);
      let event = "message";
      const data = [];
      for (const line of lines) {
        if (line.startsWith("event:")) event = line.slice(6).trim();
        else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      }
      if (data.length) handle(event, JSON.parse(data.join("\n")));
    }
  }
}

/** Asks a question; on = {sources, text}. Resolves with the whole answer when the stream has ended. */
export async function ask(body, on, signal) {
  const broken = "回答中途断开了。请重新提问。";
  const response = await request("/api/ask", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify(body),
    signal,
  });
  let answer = null;
  await readEvents(response, broken, (event, data) => {
    if (event === "sources") on.sources(data.evidence);
    else if (event === "text") on.text(data.delta);
    else if (event === "done") answer = data;
    else if (event === "error") throw new Problem(data);
  });
  if (!answer) throw new Problem({ detail: broken });
  return answer;
}

/** Follows a job to its end; calls handle(job) at every change. */
export async function watchJob(id, handle) {
  const url = `/api/jobs/${encodeURIComponent(id)}`;
  const response = await request(url, { headers: { accept: "text/event-stream" } });
  await readEvents(response, "与服务的连接断开了，稍后请刷新资料库查看结果。", (_event, job) => handle(job));
}
