"""A small typed client of a running 有据 server.

    from app.api.schema import AskRequest
    from app.client import Client

    with Client("http://127.0.0.1:8000") as youju:
        conversation = youju.start()
        answer = youju.ask(AskRequest(question="提级巡察适用于哪些情形？", conversation=conversation))
        for citation in answer.citations:
            print(citation.n, citation.locator.text, citation.quote)
        answer = youju.ask(AskRequest(question="由谁批准？", conversation=conversation))

Problems come back as the errors of `ingest.errors`, with the server's own Chinese sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, unquote

import httpx
from pydantic import BaseModel, ValidationError

from app.api.problem import AccessError
from app.api.schema import (
    AnswerModel,
    AskRequest,
    ConversationsModel,
    ConversationTextModel,
    SearchModel,
    SearchRequest,
    StartedModel,
)
from app.api.views import (
    BackupRequest,
    CorrectionRequest,
    DocumentModel,
    DocumentsModel,
    DocumentTextModel,
    FindingsModel,
    GoneModel,
    HealthModel,
    IngestRequest,
    JobModel,
    LibraryModel,
    ProblemsModel,
    PurgedModel,
    RebuildRequest,
)
from ingest.catalogue import Listing
from ingest.errors import (
    MESSAGES,
    BusyError,
    ConflictError,
    EngineError,
    InputError,
    NotFoundError,
    YoujuError,
)

Model = TypeVar("Model", bound=BaseModel)

ANSWER_SECONDS = 600.0  # an answer written by a slow model; the connection itself is answered at once


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event of a stream."""

    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it came into the library."""

    name: str
    data: bytes


class Client:
    """A connection to one server. ``token`` is an API key, or the token of a library's lock file."""

    def __init__(self, url: str, token: str | None = None, *, connect_seconds: float = 5.0) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=connect_seconds),
            trust_env=False,  # a proxy set for the internet must not see, or lose, what stays on this machine
        )
        self._probe = httpx.Timeout(connect_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    # ------------------------------------------------------------ asking

    def ask(self, request: AskRequest, show: Callable[[str], None] | None = None) -> AnswerModel:
        """The answer; ``show`` is given its text as it comes."""
        if show is None:
            return self._post(AnswerModel, "/api/ask", request)
        for event in self._events("POST", "/api/ask", request):
            if event.name == "text":
                show(str(event.data["delta"]))
            elif event.name == "done":
                return self._model(AnswerModel, event.data)
        raise BusyError("server_broken", url=self.url, reason="回答中途断开")

    def search(self, request: SearchRequest) -> SearchModel:
        """Ranked passages."""
        return self._post(SearchModel, "/api/search", request)

    def findings(
        self,
        *,
        rounds: Sequence[str] = (),
        units: Sequence[str] = (),
        categories: Sequence[str] = (),
        states: Sequence[str] = (),
        limit: int = 500,
    ) -> FindingsModel:
        """The ledger rows that meet all conditions, and how many there are."""
        query = {"round": rounds, "unit": units, "category": categories, "state": states, "limit": limit}
        return self._get(FindingsModel, "/api/findings", query)

    def answer(self, answer_id: str) -> AnswerModel:
        """An answer given before."""
        return self._get(AnswerModel, f"/api/answers/{_part(answer_id)}")

    # ------------------------------------------------------------ conversations

    def start(self) -> str:
        """Begin a conversation; its id goes into ``AskRequest.conversation``."""
        return self._model(StartedModel, self._send("POST", "/api/conversations").json()).id

    def conversations(self) -> ConversationsModel:
        """The caller's own conversations, the last changed first."""
        return self._get(ConversationsModel, "/api/conversations")

    def conversation(self, conversation_id: str) -> ConversationTextModel:
        """All answers of a conversation."""
        return self._get(ConversationTextModel, f"/api/conversations/{_part(conversation_id)}")

    def export(self, conversation_id: str) -> str:
        """A conversation as Markdown."""
        return self._send("GET", f"/api/conversations/{_part(conversation_id)}/export").text

    def forget(self, conversation_id: str) -> None:
        """Delete a conversation with its answers."""
        self._send("DELETE", f"/api/conversations/{_part(conversation_id)}")

    # ------------------------------------------------------------ documents

    def documents(self, listing: Listing | None = None, *, limit: int = 100, offset: int = 0) -> DocumentsModel:
        """A page of the list of documents."""
        wanted = listing or Listing()
        query = {
            "kind": list(wanted.kinds),
            "q": wanted.words,
            "state": list(wanted.states),
            "problems": wanted.problems,
            "removed": wanted.removed,
            "limit": limit,
            "offset": offset,
        }
        return self._get(DocumentsModel, "/api/documents", query)

    def document(self, document_id: str, version: str | None = None) -> DocumentTextModel:
        """A document's text."""
        query = {"version": version} if version else {}
        return self._get(DocumentTextModel, f"/api/documents/{_part(document_id)}", query)

    def original(self, document_id: str, version: str | None = None) -> Original:
        """The file as it came, with its name."""
        query = {"version": version} if version else {}
        response = self._send("GET", f"/api/documents/{_part(document_id)}/original", params=query)
        _, _, name = response.headers.get("content-disposition", "").rpartition("filename*=UTF-8''")
        return Original(unquote(name) or document_id, response.content)

    def correct(self, document_id: str, request: CorrectionRequest) -> DocumentModel:
        """Correct what is known about a document: the fields the request names."""
        body = request.model_dump(mode="json", exclude_unset=True)
        return self._model(DocumentModel, self._send("PATCH", f"/api/documents/{_part(document_id)}", json=body).json())

    def purge(self, document_id: str) -> PurgedModel:
        """Delete a document's replaced and removed versions for good."""
        return self._model(PurgedModel, self._send("POST", f"/api/documents/{_part(document_id)}/purge").json())

    def upload(self, path: Path, metadata: Path | None = None, replaces: str | None = None) -> JobModel:
        """Send a file, and its metadata sidecar, to be added, or to be the next version of a document."""
        files = {"file": (path.name, path.read_bytes())}
        if metadata is not None:
            files["metadata"] = (metadata.name, metadata.read_bytes())
        query = {"replaces": replaces} if replaces else {}
        return self._model(JobModel, self._send("POST", "/api/documents", files=files, params=query).json())

    def remove(self, document_id: str) -> None:
        """Remove a document from retrieval."""
        self._send("DELETE", f"/api/documents/{_part(document_id)}")

    # ------------------------------------------------------------ jobs and the library

    def job(self, job_id: str) -> JobModel:
        """The state of a job."""
        return self._get(JobModel, f"/api/jobs/{_part(job_id)}")

    def cancel(self, job_id: str) -> JobModel:
        """Ask a job to stop."""
        return self._model(JobModel, self._send("POST", f"/api/jobs/{_part(job_id)}/cancel").json())

    def watch(self, job_id: str) -> Iterator[JobModel]:
        """The states of a job as they change; the last one is final."""
        for event in self._events("GET", f"/api/jobs/{_part(job_id)}"):
            yield self._model(JobModel, event.data)

    def ingest(self, request: IngestRequest) -> JobModel:
        """Let the server read paths of its own machine (needs the lock file's token)."""
        return self._post(JobModel, "/api/ingest", request)

    def gone(self, request: IngestRequest) -> GoneModel:
        """What pruning these paths would remove (needs the lock file's token)."""
        return self._post(GoneModel, "/api/ingest/gone", request)

    def rebuild(self, request: RebuildRequest) -> JobModel:
        """Let the server build its index anew (needs the lock file's token)."""
        return self._post(JobModel, "/api/rebuild", request)

    def backup(self, request: BackupRequest) -> JobModel:
        """Let the server write its library into a file of its own machine (needs the lock file's token)."""
        return self._post(JobModel, "/api/backup", request)

    def library(self) -> LibraryModel:
        """Revision, counts, and what made the index."""
        return self._get(LibraryModel, "/api/library")

    def problems(self) -> ProblemsModel:
        """What the server finds wrong with its library."""
        return self._get(ProblemsModel, "/api/library/problems")

    def health(self) -> HealthModel:
        """Whether the server answers; waits only as long as connecting may take."""
        return self._model(HealthModel, self._send("GET", "/api/health", timeout=self._probe).json())

    # ------------------------------------------------------------ the wire

    def _get(self, model: type[Model], path: str, query: Mapping[str, Any] | None = None) -> Model:
        return self._model(model, self._send("GET", path, params=query or {}).json())

    def _post(self, model: type[Model], path: str, body: BaseModel) -> Model:
        return self._model(model, self._send("POST", path, json=body.model_dump(mode="json")).json())

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise BusyError("server_unreachable", url=self.url, reason=_reason(error)) from error
        if response.is_error:
            raise self._problem(response)
        return response

    def _events(self, method: str, path: str, body: BaseModel | None = None) -> Iterator[ServerEvent]:
        content = None if body is None else body.model_dump(mode="json")
        try:
            with self._http.stream(method, path, json=content, headers={"Accept": "text/event-stream"}) as response:
                if response.is_error:
                    response.read()
                    raise self._problem(response)
                for event in _read_events(response.iter_lines()):
                    if event.name == "error":
                        raise error_of(event.data)
                    yield event
        except httpx.HTTPError as error:
            raise BusyError("server_unreachable", url=self.url, reason=_reason(error)) from error

    def _model(self, model: type[Model], data: object) -> Model:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            raise BusyError("server_broken", url=self.url, reason=f"{error.error_count()} 处与接口不符") from error

    def _problem(self, response: httpx.Response) -> YoujuError:
        try:
            return error_of(response.json())
        except (ValueError, KeyError, TypeError):
            return BusyError("server_broken", url=self.url, reason=f"HTTP {response.status_code}")


def error_of(problem: Mapping[str, Any]) -> YoujuError:
    """The error a problem JSON tells of: its class from the status, its words from the server."""
    status = int(problem["status"])
    kinds: dict[int, type[YoujuError]] = {
        401: AccessError,
        403: AccessError,
        404: NotFoundError,
        409: ConflictError,
        421: AccessError,
        500: EngineError,
        503: BusyError,
    }
    kind = kinds.get(status, InputError if status < 500 else EngineError)
    code, params = str(problem["code"]), dict(problem.get("params") or {})
    try:
        MESSAGES[code].format_map(params)
    except (KeyError, ValueError, IndexError):  # another version's code: its sentence still tells
        return kind("server_said", detail=str(problem["detail"]))
    return kind(code, **params)


def _read_events(lines: Iterator[str]) -> Iterator[ServerEvent]:
    name, data = "message", list[str]()
    for line in lines:
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and data:
            yield ServerEvent(name, json.loads("\n".join(data)))
            name, data = "message", []


def _part(name: str) -> str:
    """An id as one part of a path, whatever characters a person typed."""
    return quote(name, safe="") or "-"


def _reason(error: httpx.HTTPError) -> str:
    return "超时" if isinstance(error, httpx.TimeoutException) else str(error) or type(error).__name__
