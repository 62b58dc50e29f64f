"""Faults put into a module on purpose, one at a time: each a small slip that a programmer could make."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_COMPARE = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_BINARY = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.MatMult: ast.Mult,
}  # fmt: skip
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum",
           "argmin": "argmax", "argmax": "argmin", "floor": "ceil", "ceil": "floor"}  # fmt: skip
# Words and declarations: a fault there is not one of computing.
_LEFT_OUT = (ast.Import, ast.ImportFrom, ast.arguments, ast.JoinedStr)


@dataclass(frozen=True)
class Mutant:
    """One fault: its line, what it does, the line as it was and as it is, and the whole module with it."""

    line: int
    kind: str
    before: str
    after: str
    source: str


def one(source: str, number: int) -> Mutant:
    """The fault of that number."""
    tree = ast.parse(source)
    spot, kind, change = list(_places(tree))[number]
    before = ast.unparse(spot)
    change(spot)
    ast.fix_missing_locations(tree)
    return Mutant(spot.lineno, kind, _short(before), _short(ast.unparse(spot)), ast.unparse(tree))


def lines(source: str) -> list[int]:
    """The line of each fault, by its number."""
    return [node.lineno for node, _, _ in _places(ast.parse(source))]


def _short(text: str) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= 110 else whole[:107] + "…"


Change = Callable[[ast.AST], None]


def _places(tree: ast.AST) -> Iterator[tuple[ast.stmt | ast.expr, str, Change]]:
    for node in _walk(tree):
        yield from _of(node)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that faults go into: not annotations, decorators, words of errors, nor what is for the type checker."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases") or (
            name == "exc" and isinstance(node, ast.Raise)
        ):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, _LEFT_OUT):
                continue
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            yield from _walk(child)


def _of(node: ast.AST) -> Iterator[tuple[ast.stmt | ast.expr, str, Change]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARE:
        yield node, "comparison", _compared
    elif isinstance(node, ast.BinOp) and type(node.op) in _BINARY and not _of_types(node):
        yield node, "arithmetic", _reckoned
    elif isinstance(node, ast.BoolOp):
        yield node, "boolean", _joined
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        yield node, "sign", _unsigned
    elif isinstance(node, ast.Constant) and type(node.value) in (bool, int, float):
        yield node, "constant", _other
    elif isinstance(node, ast.Call) and _name(node.func) in _CALLED:
        yield node, "call", _called
    elif isinstance(node, ast.Return) and node.value is not None and not _nothing(node.value):
        yield node, "return", _returned
    elif isinstance(node, ast.If):
        yield node.test, "condition", _negated
    elif isinstance(node, ast.AugAssign | ast.Raise | ast.Continue | ast.Break) or _effect(node):
        assert isinstance(node, ast.stmt)
        yield node, "removed statement", _removed


def _of_types(node: ast.BinOp) -> bool:
    """``int | None`` as a value, in a cast or an alias; the place of a file, ``folder / "name"``."""
    sides = (node.left, node.right)
    if isinstance(node.op, ast.Div):
        return any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides)
    return isinstance(node.op, ast.BitOr) and any(_nothing(side) for side in sides)


def _nothing(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _effect(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _compared(node: ast.AST) -> None:
    assert isinstance(node, ast.Compare)
    node.ops[0] = _COMPARE[type(node.ops[0])]()


def _reckoned(node: ast.AST) -> None:
    assert isinstance(node, ast.BinOp)
    node.op = _BINARY[type(node.op)]()


def _joined(node: ast.AST) -> None:
    assert isinstance(node, ast.BoolOp)
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _unsigned(node: ast.AST) -> None:
    """``not x`` becomes ``bool(x)``, ``-x`` and ``~x`` become ``+x`` and ``-x``."""
    assert isinstance(node, ast.UnaryOp)
    node.op = {ast.Not: ast.Not, ast.USub: ast.UAdd, ast.Invert: ast.USub}[type(node.op)]()
    if isinstance(node.op, ast.Not):
        node.operand = ast.UnaryOp(ast.Not(), node.operand)


def _other(node: ast.AST) -> None:
    assert isinstance(node, ast.Constant)
    value = node.value
    if isinstance(value, bool):
        node.value = not value
    elif isinstance(value, int):
        node.value = value + 1
    else:
        assert isinstance(value, float)
        node.value = value + 1.0 if abs(value) < 1e6 and value != 0 else 1.0


def _called(node: ast.AST) -> None:
    assert isinstance(node, ast.Call)
    if isinstance(node.func, ast.Name):
        node.func.id = _CALLED[node.func.id]
    elif isinstance(node.func, ast.Attribute):
        node.func.attr = _CALLED[node.func.attr]


def _returned(node: ast.AST) -> None:
    assert isinstance(node, ast.Return)
    node.value = ast.Constant(None)


def _negated(node: ast.AST) -> None:
    """The condition, the other way round: the node keeps its place and takes another's shape."""
    whole = copy.deepcopy(node)
    assert isinstance(whole, ast.expr)
    fields = {"op": ast.Not(), "operand": whole}
    node.__class__ = ast.UnaryOp  # type: ignore[assignment]
    node.__dict__.update(fields)
    node._fields = ast.UnaryOp._fields  # type: ignore[attr-defined]


def _removed(node: ast.AST) -> None:
    node.__class__ = ast.Pass  # type: ignore[assignment]
    node._fields = ()  # type: ignore[attr-defined]
