"""The pictures of the README, drawn again."""

from __future__ import annotations

from screenshots.draw import FOLDER, pictures


async def test_every_picture_shows_what_the_program_draws_today() -> None:
    drawn = await pictures()

    kept = {file.stem: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.svg")}
    assert sorted(drawn) == sorted(kept)
    assert [name for name in drawn if drawn[name] != kept[name]] == [], "draw them: python -m screenshots.draw"
