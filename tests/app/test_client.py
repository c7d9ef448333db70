from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from app.api.problem import AccessError
from app.api.schema import SearchRequest
from app.api.views import IngestRequest, RebuildRequest
from app.client import Client, error_of
from ingest.catalogue import Listing
from ingest.document import DocumentKind
from ingest.errors import BusyError, ConflictError, EngineError, InputError, NotFoundError, YoujuError
from ingest.lock import owner

Serve = Callable[..., AbstractContextManager]  # type: ignore[type-arg]


@pytest.fixture
def client(served) -> Iterator[Client]:  # type: ignore[no-untyped-def]
    with Client(served.url, served.parts.token) as it:
        yield it


def test_documents_come_back_as_models(client: Client) -> None:
    page = client.documents(Listing((DocumentKind.REGULATION,)))
    assert page.total == 1
    document = client.document(page.documents[0].id)
    assert "提级巡察" in document.text
    assert client.library().counts.documents == 4
    assert list(client.problems().problems) == []
    assert client.health().status == "ok"


def test_a_problem_comes_back_as_the_same_error_with_the_servers_sentence(client: Client) -> None:
    with pytest.raises(NotFoundError, match="资料库里没有这份文档：d000。"):
        client.document("d000")
    with pytest.raises(NotFoundError):
        client.document("../../library")  # whatever a person typed is one part of the path
    with pytest.raises(NotFoundError):
        client.document("")
    with pytest.raises(InputError) as caught:
        client.search(SearchRequest.model_construct(question="", k=5))
    assert caught.value.code == "invalid_request"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InputError),
        (401, AccessError),
        (403, AccessError),
        (404, NotFoundError),
        (409, ConflictError),
        (413, InputError),
        (422, InputError),
        (500, EngineError),
        (503, BusyError),
    ],
)
def test_the_status_gives_the_class(status: int, kind: type[YoujuError]) -> None:
    error = error_of({"status": status, "code": "将来才有的代码", "params": {}, "detail": "将来的一句话。"})
    assert type(error) is kind
    assert str(error) == "将来的一句话。"


def test_an_upload_is_followed_to_its_report(serve_library: Serve, tmp_path: Path) -> None:
    file = tmp_path / "纪要.txt"
    file.write_text("会议强调，要抓好整改。", encoding="utf-8")
    with serve_library() as served, Client(served.url) as client:
        states = list(client.watch(client.upload(file).id))
        assert states[-1].state == "done"
        assert states[-1].report is not None
        (report,) = states[-1].report.files
        assert report.outcome == "added"
        assert report.document_id is not None
        client.remove(report.document_id)
        assert client.documents().total == 0


def test_the_lock_files_token_lets_the_server_read_paths_prune_and_rebuild(
    serve_library: Serve, tmp_path: Path
) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    for name in "甲乙":
        (folder / f"{name}.txt").write_text(f"会议{name}强调，要抓好整改。", encoding="utf-8")
    with serve_library() as served:
        note = owner(served.parts.library.directory)
        assert note is not None
        with Client(note.url or "", note.token) as client:
            request = IngestRequest(paths=[str(folder)], prune=True)
            (*_, done) = client.watch(client.ingest(request).id)
            assert done.report is not None
            assert [file.outcome for file in done.report.files] == ["added", "added"]
            (folder / "乙.txt").unlink()
            assert client.gone(request).paths == [str((folder / "乙.txt").resolve())]
            (*_, done) = client.watch(client.ingest(request).id)
            assert done.report is not None
            assert len(done.report.removed) == 1
            assert client.documents().total == 1
            (*_, done) = client.watch(client.rebuild(RebuildRequest()).id)
            assert done.rebuilt is not None, done
            assert done.rebuilt.documents == 1
            (folder / "甲.txt").unlink()
            with pytest.raises(ConflictError, match="没有清理"):
                client.gone(request)


def test_a_server_that_is_not_there_is_told_in_chinese() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with Client(url) as client, pytest.raises(BusyError, match="连不上有据服务"):
            client.health()


def test_a_server_that_does_not_answer_is_given_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(url, connect_seconds=0.2) as client, pytest.raises(BusyError, match="超时"):
            client.health()


def test_a_proxy_in_the_environment_is_not_used(client: Client, monkeypatch: pytest.MonkeyPatch, served) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with Client(served.url) as other:
        assert other.health().status == "ok"
