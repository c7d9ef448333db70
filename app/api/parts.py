"""What one server is made of: opened in `app.main`, reached by every route through `PartsDep`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.api.log import Audit
from app.api.work import Jobs
from app.assistant import Assistant
from app.records import Records
from app.settings import Clock, Settings
from ingest.library import Library


@dataclass(frozen=True, slots=True)
class Parts:
    """One library and all that serves it. ``token`` is what the command line reads from the lock file."""

    settings: Settings
    clock: Clock
    library: Library
    records: Records
    assistant: Assistant
    jobs: Jobs
    token: str
    audit: Audit


def parts(request: Request) -> Parts:
    """The parts of the application that serves this request."""
    found: Parts = request.app.state.parts
    return found


PartsDep = Annotated[Parts, Depends(parts)]
