"""Words reach a widget by one module, which makes them safe; Textual would obey the markup and the bytes of whoever
wrote them, and so would a terminal that a verb prints to."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, modules, nodes, place, walked

SHOWING = {"Static", "Label", "Button", "notify", "add_row", "add_leaf", "set_label", "update_cell", "Option"}
"""Calls whose words are read as markup when they are plain strings."""

SHOWN_ATTRIBUTES = {"border_title", "border_subtitle", "tooltip"}

POSITIONS = {"update_cell": slice(2, 3), "notify": slice(0, 1), "Option": slice(0, 1), "add_leaf": slice(0, 1)}
"""Which positional arguments are words; without an entry, the first for widgets and all for `add_row`."""

WORDS_BY_NAME = {"label", "content", "renderable", "message", "prompt", "value"}


@dataclass(frozen=True)
class Literal:
    """What is known in one module to hold `Content` or `Text`."""

    makers: frozenset[str]
    names: frozenset[str]

    def vouches_for(self, word: ast.expr) -> bool:
        match word:
            case ast.Constant():
                return True
            case ast.Call(func=ast.Name(id=name)):
                return name in self.makers
            case ast.Call(func=ast.Attribute(value=owner, attr=name)):
                return name in self.makers or self._is_maker(owner) or self.vouches_for(owner)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name in self.names
            case ast.Starred(value=value) | ast.Await(value=value) | ast.Subscript(value=value):
                return self.vouches_for(value)
            case ast.NamedExpr(value=value):
                return self.vouches_for(value)
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return all(map(self.vouches_for, parts))
            case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part):
                return self.vouches_for(part)
            case ast.IfExp(body=one, orelse=other):
                return self.vouches_for(one) and self.vouches_for(other)
            case ast.BoolOp(values=parts):
                return all(map(self.vouches_for, parts))
            case ast.BinOp(left=left, op=ast.Add()):
                return self.vouches_for(left) and not isinstance(left, ast.Constant)
        return False

    def _is_maker(self, owner: ast.expr) -> bool:
        return isinstance(owner, ast.Name) and owner.id in {"Content", "Text"}


def test_no_widget_is_given_a_string_that_could_be_markup() -> None:
    makers = _makers()
    found = [
        place(path, node)
        for path in modules("tui")
        for literal in (_literal(path, makers),)
        for node in walked(path)
        if not all(map(literal.vouches_for, _words(node)))
    ]

    assert found == [], "wrap the words in `Content(...)`, or pass `markup=False`"


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        ("Static('Queue')", True),
        ("Static(Content(plan.description))", True),
        ("Static(plan.description)", False),
        ("Static(f'{plan.description}')", False),
        ("Static('Plan ' + plan.description)", False),
        ("Static(plan.description, markup=False)", True),
        ("self.notify(error.text)", False),
        ("self.notify(error.text, markup=False)", True),
        ("table.add_row(Text(a), Text(b), key=plan.id)", True),
        ("table.add_row(Text(a), b)", False),
        ("table.add_row(*[Text(cell) for cell in row])", True),
        ("table.add_row(*row)", False),
        ("self.border_title = plan.description", False),
        ("self.border_title = Content(plan.description)", True),
    ],
)
def test_the_rule_tells_words_from_markup(line: str, safe: bool) -> None:
    literal = Literal(makers=frozenset({"Content", "Text"}), names=frozenset())

    words = [word for node in ast.walk(ast.parse(line)) for word in _words(node)]

    assert all(map(literal.vouches_for, words)) is safe


EDGE = "theme.py"
"""The one module of the interface that turns text into what widgets take."""

MADE_AT_THE_EDGE = {"Content", "Text", "Segment"}

OBEDIENT = {
    "Collapsible", "DataTable", "Digits", "DirectoryTree", "Log", "Markdown", "MarkdownViewer", "OptionList", "Pretty",
    "RadioButton", "RichLog", "SelectionList", "TabPane", "TabbedContent", "TextArea", "Toast", "Tree", "notify",
}  # fmt: skip
"""Textual's widgets that take strings of their own, as markup or as bytes: none is used here."""

SPOKEN_BY = {"cli/speaking.py"}
"""The one module that writes to the standard streams what came from elsewhere."""

OWN_WORDS = {
    "cli/main.py": "the program's name and version",
    "bootstrap.py": "that this is no terminal",
    "tui/app.py": "that this is no terminal, and where a crash was written",
    "engine/bus.py": "that a listener was dropped, made safe on the spot",
    "executors/cli_table_build.py": "how large the table became that it built",
    "executors/risk_table_build.py": "how large the table became that it built",
    "executors/embedded_aws/server.py": "JSON in ASCII, to the parent",
}
"""Who else writes to them, and what: nothing of it comes from a plan, from AWS or from a file."""


def test_text_becomes_what_widgets_take_in_one_module_alone() -> None:
    found = [
        place(path, node)
        for path, node in nodes("tui")
        if path.name != EDGE and isinstance(node, ast.Call) and _called(node) in MADE_AT_THE_EDGE
    ]

    assert found == [], "make it with `theme.words`, `theme.text`, `theme.block`, `theme.cells` or `theme.strip`"


def test_the_edge_makes_everything_safe_that_it_makes() -> None:
    [edge] = [path for path in modules("tui") if path.name == EDGE]
    made = [
        node for node in walked(edge) if isinstance(node, ast.Call) and _called(node) in MADE_AT_THE_EDGE
    ]
    appended = [node for node in walked(edge) if isinstance(node, ast.Call) and _called(node) == "append"]

    raw = [place(edge, node) for node in (*made, *appended) if node.args and not _is_safe(node.args[0])]
    assert len(made) >= 4
    assert raw == []


def test_no_widget_is_used_that_obeys_its_text() -> None:
    found = [
        f"{place(path, node)} {name}"
        for path, node in nodes("tui")
        if (name := _called(node)) in OBEDIENT or (isinstance(node, ast.alias) and (name := node.name) in OBEDIENT)
    ]

    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "Static(words, markup=True)",
        "Text.from_markup(words)",
        "Content.from_markup(words)",
        "Text.from_ansi(words)",
        "escape(words)",
        "Style(link=words)",
        "Style(meta={'@click': words})",
        "self.copy_to_clipboard(words)",
        "self.title = plan.description",
        "self.sub_title = plan.description",
        "Button('[@click=app.quit]x[/]')",
    ],
)
def test_the_rule_knows_every_way_to_markup_links_and_the_clipboard(line: str) -> None:
    assert any(_opens_a_door(node) for node in ast.walk(ast.parse(line)))


def test_nothing_of_the_interface_opens_a_way_to_markup_links_or_the_clipboard() -> None:
    assert [place(path, node) for path, node in nodes("tui") if _opens_a_door(node)] == []


def test_only_one_module_prints_what_came_from_elsewhere() -> None:
    printing = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        for node in walked(path)
        if isinstance(node, ast.Call) and _prints(node)
    }

    assert printing == SPOKEN_BY | set(OWN_WORDS)


@pytest.mark.parametrize(
    "line",
    ["print(x)", "click.echo(x)", "click.secho(x)", "sys.stdout.write(x)", "sys.__stderr__.write(x)"],
)
def test_the_rule_knows_every_way_to_print(line: str) -> None:
    assert any(isinstance(node, ast.Call) and _prints(node) for node in ast.walk(ast.parse(line)))


def _called(node: ast.AST) -> str | None:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name
    return None


def _is_safe(word: ast.expr) -> bool:
    """Made safe on the spot, or made of what was."""
    match word:
        case ast.Call():
            return _called(word) == "safe_line"
        case ast.Constant(value=str(text)):
            return text in ("", "\n")
    return False


def _opens_a_door(node: ast.AST) -> bool:
    match node:
        case ast.keyword(arg="markup", value=value):
            return not (isinstance(value, ast.Constant) and value.value is False)
        case ast.keyword(arg="link" | "meta"):
            return True
        case ast.Call() if _called(node) in ("from_markup", "from_ansi", "escape", "copy_to_clipboard", "open_url"):
            return True
        case ast.Assign(targets=[ast.Attribute(attr="title" | "sub_title")], value=value):
            return not isinstance(value, ast.Constant)
        case ast.Constant(value=str(text)):
            return "[@click" in text or "@click=" in text
    return False


def _prints(call: ast.Call) -> bool:
    match call.func:
        case ast.Name(id="print"):
            return True
        case ast.Attribute(value=ast.Name(id="click"), attr="echo" | "secho"):
            return True
        case ast.Attribute(value=ast.Name(id="last_words"), attr="say"):
            return True
        case ast.Attribute(
            value=ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr" | "__stdout__" | "__stderr__"),
            attr="write" | "writelines",
        ):
            return True
    return False


def _words(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in SHOWING:
            return _words_of_call(name, node)
        case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if name in SHOWN_ATTRIBUTES:
            return [value]
    return []


def _words_of_call(name: str, call: ast.Call) -> list[ast.expr]:
    options = {keyword.arg: keyword.value for keyword in call.keywords}
    match options.get("markup"):
        case ast.Constant(value=False):
            return []
    everything = slice(None) if name == "add_row" else slice(0, 1)
    named = [value for option, value in options.items() if option in WORDS_BY_NAME]
    return [*call.args[POSITIONS.get(name, everything)], *named]


def _makers() -> frozenset[str]:
    """Names of the tui's functions that give `Content` or `Text`, and the two classes themselves."""
    own = {
        node.name
        for _, node in nodes("tui")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_words(node.returns)
    }
    return frozenset(own | {"Content", "Text"})


def _literal(path: Path, makers: frozenset[str]) -> Literal:
    """What one module says holds words: by annotation, or by assignment from what makes them."""
    names: set[str] = set()
    for node in walked(path):
        match node:
            case ast.arg(arg=name, annotation=annotation) if _is_words(annotation):
                names.add(name)
            case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), annotation=annotation) if _is_words(
                annotation
            ):
                names.add(name)
            case ast.FunctionDef(name=name, returns=returns) if _is_words(returns):
                names.add(name)  # a property reads like a name
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value):
                if not isinstance(value, ast.Constant) and Literal(makers, frozenset(names)).vouches_for(value):
                    names.add(name)
    return Literal(makers, frozenset(names))


def _is_words(annotation: ast.expr | None) -> bool:
    """Whether an annotation speaks of nothing but `Content` or `Text`, alone or in a collection."""
    if annotation is None:
        return False
    named = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
    return bool(named & {"Content", "Text"}) and "str" not in named
