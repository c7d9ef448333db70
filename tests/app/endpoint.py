"""A scripted endpoint that speaks the OpenAI chat protocol over real HTTP, for better and for worse."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-只在测试里用的密钥".encode().hex()


@dataclass
class Exchange:
    """One request as the endpoint sees it, and how it may answer."""

    body: dict[str, Any]
    handler: BaseHTTPRequestHandler

    @property
    def told(self) -> str:
        """What the model is told: the last message."""
        return str(self.body["messages"][-1]["content"])

    def number_of(self, words: str) -> int:
        """The number of the first evidence that has these words."""
        for part in self.told.split("\n\n"):
            if words in part and "[" in part:
                return int(part[part.index("[") + 1 : part.index("]")])
        raise AssertionError(f"{words} stands in no evidence:\n{self.told}")

    def status(self, code: int, body: str = "{}", **headers: str) -> None:
        """Answer with an error."""
        self.handler.send_response(code)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(body.encode())

    def begin(self) -> None:
        """Begin a stream."""
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.handler.end_headers()

    def send(self, text: str, finish: str | None = None) -> None:
        """One chunk of the stream."""
        delta = {"role": "assistant", "content": text} if text else {}
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "脚本", "choices": [choice]}
        self.raw(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self.handler.wfile.write(data)
        self.handler.wfile.flush()

    def write(self, text: str, finish: str = "stop") -> None:
        """A whole well-formed stream, a few characters a chunk."""
        self.begin()
        for start in range(0, len(text), 5):
            self.send(text[start : start + 5])
        self.send("", finish)
        self.raw(b"data: [DONE]\n\n")


Script = Callable[[Exchange], None]


@dataclass
class Endpoint:
    """A running endpoint, and what it was asked."""

    url: str
    script: Script
    requests: list[dict[str, Any]] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)  # a client left before the end


@contextmanager
def endpoint(script: Script, key: str = KEY) -> Iterator[Endpoint]:
    """Serve a script on any free port of this machine."""
    it = Endpoint("", script)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            it.requests.append(body)
            exchange = Exchange(body, self)
            if self.headers.get("Authorization") != f"Bearer {key}":
                exchange.status(401, json.dumps({"error": {"message": f"bad key {self.headers.get('Authorization')}"}}))
                return
            try:
                it.script(exchange)
            except (BrokenPipeError, ConnectionResetError):
                it.gone.set()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    it.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield it
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def slow(exchange: Exchange, text: str, seconds: float) -> None:
    """Write a text over and over, slowly, until the client leaves."""
    exchange.begin()
    until = time.monotonic() + 30
    while time.monotonic() < until:
        exchange.send(text)
        time.sleep(seconds)
