"""What the guides show is run as it stands there."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

from tests.app.conftest import Served

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "integration.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=["client", "openai"])
def test_an_example_of_the_guide_runs(example: str, served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the example leaves its client to the interpreter's end
        exec(compile(example, str(GUIDE), "exec"), {"URL": served.url})
    shown = capsys.readouterr().out
    assert "第三条" in shown or "集团党委批准" in shown
