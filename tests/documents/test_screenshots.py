"""The pictures of the README, drawn again."""

from __future__ import annotations

import pytest

from screenshots.draw import FOLDER, pictures
from screenshots.settling import be_steady, be_unseen


async def test_every_picture_shows_what_the_program_draws_today(monkeypatch: pytest.MonkeyPatch) -> None:
    be_steady(monkeypatch.setattr)
    be_unseen(monkeypatch.setattr)

    drawn = await pictures()

    kept = {file.stem: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.svg")}
    assert sorted(drawn) == sorted(kept)
    assert [name for name in drawn if drawn[name] != kept[name]] == [], "draw them: python -m screenshots.draw"
