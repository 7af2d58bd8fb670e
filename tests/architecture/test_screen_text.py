"""Words reach a widget as `Content` or `Text`: in a plain string Textual would obey the markup of whoever wrote it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source import modules, nodes, place, tree

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
        for node in ast.walk(tree(path))
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
    for node in ast.walk(tree(path)):
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
