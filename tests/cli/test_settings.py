"""A slip in the configuration is named, with what was probably meant; it never counts as unset."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudops_tui.bootstrap import SettingsError, load_setup


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[aproval]\nheadless = 'all'\n", "`aproval` is not a setting; did you mean `approval`?"),
        ("[execution]\nmax_paralel = 3\n", "`execution.max_paralel` is not a setting; did you mean `max_parallel`?"),
        ("[safety]\nread_only = 'yes'\n", "`safety.read_only`"),
        ("[approval\n", "config.toml:1: It cannot be read as TOML"),
        ("[safety]\nallow = ['--endpoint-ulr']\n", "`--endpoint-ulr` is nothing that is refused by default; did you"),
        ("[columns]\nqueue = ['agee']\n", "`agee` is no column of the queue; did you mean `age`?"),
        ("[safety]\nallow = ['--region']\n", "`--region` cannot be opened: where a command acts is what the plan says"),
    ],
)
def test_a_slip_is_named(text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    monkeypatch.setenv("CLOUDOPS_CONFIG", str(file))

    with pytest.raises(SettingsError) as caught:
        load_setup()

    assert told in str(caught.value)
    assert str(file) in str(caught.value)


def test_what_may_be_opened_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[safety]\nallow = ['--ca-bundle', 'aws eks update-kubeconfig', 'unknown-commands']\n")
    monkeypatch.setenv("CLOUDOPS_CONFIG", str(file))

    assert load_setup().settings.safety.allow == ("--ca-bundle", "aws eks update-kubeconfig", "unknown-commands")
