"""What no file of the project may say."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.source import PURE, ROOT, files, modules, nodes, place, tree

# Put together here, so that this file does not contain what it looks for.
PRIVATE = re.compile(
    "|".join(
        [
            r"/work" + r"/(main|shared|brief|\.library)\b",
            r"(?<![\w.])/root" + r"/[\w.]",
            r"/opt" + r"/(pypi|wheels)",
            r"bash" + r"_jobs",
        ]
    )
)
REGISTRIES = re.compile(r"\b(test\.)?pypi" + r"\.org|python" + r"hosted\.org|/simple" + r"/|index" + r"-url", re.I)

CHANCE_AND_TIME = {"uuid1", "uuid4", "urandom", "utcnow", "getrandbits", "token_bytes", "token_hex"}
WORLD_CALLS = {"open", "print", "input", "breakpoint"}
WORLD_METHODS = {"read_text", "read_bytes", "write_text", "write_bytes", "getenv", "unlink", "mkdir"}

FORBIDDEN_IN_TUI = {
    "from_markup": "markup in untrusted text deletes data; pass `Content(text)`",
    "call_from_thread": "it blocks the engine while the screen is stalled; use `post_message`",
    "push_screen_wait": "outside a worker it leaves an orphan modal; use `push_screen(modal, callback)`",
    "suspend_process": "SIGSTOP stops the engine's thread as well",
}


def test_no_file_names_a_private_path() -> None:
    assert _lines_with(PRIVATE) == []


def test_no_file_but_the_lock_names_a_package_registry() -> None:
    assert _lines_with(REGISTRIES, but={"uv.lock"}) == []


def test_every_module_opens_with_a_sentence() -> None:
    silent = [str(path.relative_to(ROOT)) for path in modules() if not ast.get_docstring(tree(path))]

    assert silent == []


@pytest.mark.parametrize("package", PURE)
def test_a_pure_package_asks_for_neither_time_nor_chance_nor_the_world(package: str) -> None:
    found = [place(path, node) for path, node in nodes(package) if _reaches_out(node)]

    assert found == []


@pytest.mark.parametrize(("name", "reason"), FORBIDDEN_IN_TUI.items(), ids=FORBIDDEN_IN_TUI.keys())
def test_the_tui_avoids_what_is_known_to_harm(name: str, reason: str) -> None:
    found = [place(path, node) for path, node in nodes("tui") if _name_of(node) == name]

    assert found == [], reason


def test_the_tui_never_escapes_markup() -> None:
    found = [
        place(path, node)
        for path, node in nodes("tui")
        if (isinstance(node, ast.ImportFrom) and (node.module or "").endswith("markup"))
        or (isinstance(node, ast.Attribute) and node.attr == "escape" and _name_of(node.value) == "markup")
    ]

    assert found == [], "`escape` is not a safe round trip; pass `Content(text)`"


def _lines_with(pattern: re.Pattern[str], but: frozenset[str] | set[str] = frozenset()) -> list[str]:
    found = []
    for path in files():
        if str(path) in but:
            continue
        text = (ROOT / path).read_bytes().decode("utf-8", errors="replace")
        found += [
            f"{path}:{number} {match[0]}"
            for number, line in enumerate(text.splitlines(), 1)
            if (match := pattern.search(line))
        ]
    return found


def _reaches_out(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="os"), attr="environ"):
            return True
        case ast.Attribute(value=ast.Name(id="datetime" | "date"), attr="now" | "today"):
            return True
        case ast.Attribute(attr=name) | ast.Name(id=name) if name in CHANCE_AND_TIME:
            return True
        case ast.Call(func=ast.Name(id=name)) if name in WORLD_CALLS:
            return True
        case ast.Call(func=ast.Attribute(attr=name)) if name in WORLD_METHODS:
            return True
    return False


def _name_of(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
            return name
    return None
