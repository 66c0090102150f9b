"""What the words after `yuanluo serve` mean, with and without the command line's libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deployments import Deployment
from pace import PATIENCE

from yuanluo_graphql.starting import served_words


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("serve", {}),
        ("serve --port 8080", {"port": 8080}),
        ("serve --path=/srv/yard --host 0.0.0.0", {"home": Path("/srv/yard"), "host": "0.0.0.0"}),
    ],
)
def test_plain_words_of_serve_are_read_without_the_command_line(words: str, given: dict[str, Any]) -> None:
    assert served_words(words.split()) == given


@pytest.mark.parametrize(
    "words",
    ["", "--help", "migrate", "serve --help", "serve --port", "serve --port http", "serve --port -1", "serve x y"],
)
def test_all_other_words_are_the_command_lines(words: str) -> None:
    assert served_words(words.split()) is None


@pytest.mark.parametrize("words", [["serve"], ["serve", "--path"]])
def test_serving_where_nothing_is_says_so_or_what_is_missing(tmp_path: Path, words: list[str]) -> None:
    process = Deployment(tmp_path / "nowhere").start(*words, YUANLUO_ENVIRONMENT="demo")
    out, err = process.communicate(timeout=PATIENCE)
    status, said = (1, "yuanluo migrate") if words == ["serve"] else (2, "--path")
    assert (process.returncode, out) == (status, "")
    assert said in err
    assert "Traceback" not in err
