"""The code of a function compiled again from its source, with hooks at calls, stores and attribute reads.

The hooks are methods of one object, which stands among the constants of the new code: no name is added anywhere.
Imports nothing of dualad.
"""

from __future__ import annotations
import __future__

import ast
import copy
import inspect
import itertools
import linecache
from types import CodeType

__all__ = ["hooked", "place_of"]

# What stands for the hooks while the code is compiled; calling an attribute of a string is no syntax warning.
MARK = "hooks of dualad.scope"
FUTURE = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
# These look at the frame that calls them.
PARTS = ("co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_argcount", "co_kwonlyargcount")
NESTED = inspect.CO_NESTED
NATIVE = frozenset(["super", "locals", "globals", "vars", "dir", "eval", "exec", "breakpoint", "__import__"])
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
SCOPES = (*FUNCTIONS, ast.ClassDef)
LISTS = (ast.List, ast.ListComp)
JOINERS = ("r_", "c_")

# Operators whose operands may be matrices of other packages.
SIGNS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult)

_files = {}     # file name -> (lines, index of its functions)
_numbers = {}   # place in a source -> number
_places = []    # number -> place
_count = itertools.count()


def hooked(code: CodeType, namespace: dict, hooks: object, reads: bool, signs: bool = False) -> CodeType | None:
    """`code` with hooks (`reads`: also where names and entries are read, `signs`: at operators); None: there is no source."""
    lines = linecache.getlines(code.co_filename, namespace)
    if not lines:
        return None
    index, imports = _index(code.co_filename, lines)
    for node, parents in index.get((code.co_name, code.co_firstlineno), ()):
        plain = _compiled(copy.deepcopy(node), parents, imports, code)
        if plain is not None and _same(plain, code):
            owner = next((p.name for p in parents if isinstance(p, ast.ClassDef)), None)
            new = _Hooking(code.co_filename, reads, signs, owner).function(copy.deepcopy(node))
            twin = _compiled(new, parents, imports, code)
            return twin if twin is None else _filled(twin, hooks, code)
    return None


def place_of(number: int) -> str:
    """Words for a numbered place."""
    file, line, column, *_ = _places[number]
    return f"{file}:{line}:{column}"


# ---- finding and compiling ----

def _index(file, lines):
    """{(name, first line): [(node, scopes around it, inner first)]} of a file, and the names that it imports."""
    known = _files.get(file)
    if known is not None and known[0] == lines:
        return known[1]
    found, imports = {}, set()
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        tree = ast.Module([], [])
    todo = [(tree, ())]
    while todo:
        node, around = todo.pop()
        if isinstance(node, FUNCTIONS):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(d.lineno for d in decorators)])
            found.setdefault((getattr(node, "name", "<lambda>"), first), []).append((node, around))
        elif isinstance(node, (ast.Import, ast.ImportFrom)) and not around:
            imports.update((a.asname or a.name).split(".")[0] for a in node.names)
        inner = (node, *around) if isinstance(node, SCOPES) else around
        todo += [(child, inner) for child in ast.iter_child_nodes(node)]
    _files[file] = list(lines), (found, sorted(imports - {"*"}))
    return _files[file][1]


def _compiled(node, parents, imports, code):
    """The code of one function, compiled among just what its names need: cells, and the class that mangles them."""
    inner = node.args
    inner.defaults, inner.kw_defaults = [], [None] * len(inner.kwonlyargs)
    if not isinstance(node, ast.Lambda):
        node.decorator_list, node.returns = [], None
    if getattr(node, "type_params", None):
        node.type_params = []
    for argument in ast.walk(inner):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    child = ast.Expr(node) if isinstance(node, ast.Lambda) else node
    owner = next((p.name for p in parents if isinstance(p, ast.ClassDef)), None)
    if owner is not None:
        child = ast.ClassDef(name=owner, bases=[], keywords=[], body=[child], decorator_list=[], type_params=[])
    # a function that calls itself, a method that names its class: they look the name up where they did
    own = [] if isinstance(child, ast.Expr) or child.name in code.co_freevars else [ast.Global([child.name])]
    free = [ast.arg(arg=name) for name in code.co_freevars if name != "__class__"]
    given = ast.arguments(posonlyargs=[], args=free, kwonlyargs=[], kw_defaults=[], defaults=[])
    outer = ast.FunctionDef(name="_", args=given, body=[*own, child], decorator_list=[], type_params=[])
    # calls of what the file imports are compiled in another way
    known = [ast.Import([ast.alias(name)]) for name in imports]
    module = ast.fix_missing_locations(ast.Module([*known, outer], []))
    try:
        whole = compile(module, code.co_filename, "exec", flags=code.co_flags & FUTURE, dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    for name in ("_", *([owner] if owner else []), code.co_name):
        whole = next((c for c in whole.co_consts if isinstance(c, CodeType) and c.co_name == name), None)
        if whole is None:
            return None
    return whole if whole.co_freevars == code.co_freevars else None


def _same(a, b):
    """Whether two codes do the same: instructions, names, cells and constants (of the same types)."""
    return (all(getattr(a, name) == getattr(b, name) for name in PARTS) and a.co_flags | NESTED == b.co_flags | NESTED
            and len(a.co_consts) == len(b.co_consts)
            and all(_same(x, y) if isinstance(x, CodeType) and isinstance(y, CodeType)
                    else _constant(x) == _constant(y) for x, y in zip(a.co_consts, b.co_consts, strict=True)))


def _constant(x):
    """A constant by type and text: 1, 1.0 and True are not the same. Sets have no order of their own."""
    return (type(x), sorted(map(_constant, x), key=repr) if type(x) is frozenset else
            list(map(_constant, x)) if type(x) is tuple else repr(x))


def _filled(code, hooks, like=None):
    """The code with the hooks in place of the marker, inner functions included."""
    constants = tuple(hooks if type(c) is str and c == MARK else _filled(c, hooks) if isinstance(c, CodeType) else c
                      for c in code.co_consts)
    out = code.replace(co_consts=constants) if like is None else code.replace(co_consts=constants, co_qualname=like.co_qualname)
    hooks.codes[id(out)] = out
    return out


# ---- the hooks ----

def _number(file, node):
    """The same number for the same place, however often it is compiled."""
    place = (file, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    if place not in _numbers:
        _numbers[place] = len(_places)
        _places.append(place)
    return _numbers[place]


def _bound(node):
    """(names that a function binds itself, names whose entries it writes)."""
    names, written, outer = {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}, set(), set()
    todo = list(node.body) if isinstance(node.body, list) else [node.body]
    while todo:
        child = todo.pop()
        if isinstance(child, SCOPES):
            if not isinstance(child, ast.Lambda):
                names.add(child.name)
            continue
        if isinstance(child, ast.Name) and not isinstance(child.ctx, ast.Load):
            names.add(child.id)
        elif isinstance(child, (ast.Import, ast.ImportFrom)):
            names.update((a.asname or a.name).split(".")[0] for a in child.names)
        elif isinstance(child, ast.ExceptHandler) and child.name:
            names.add(child.name)
        elif isinstance(child, (ast.MatchAs, ast.MatchStar)) and child.name:
            names.add(child.name)
        elif isinstance(child, (ast.Global, ast.Nonlocal)):
            outer.update(child.names)
        elif isinstance(child, ast.AugAssign) and isinstance(child.target, ast.Name):
            written.add(child.target.id)
        if isinstance(child, ast.Subscript) and isinstance(child.ctx, ast.Store) and isinstance(child.value, ast.Name):
            written.add(child.value.id)
        todo += list(ast.iter_child_nodes(child))
    return names - outer, written


class _Hooking(ast.NodeTransformer):
    """Puts hooks into the body of one function and of those inside it."""

    def __init__(self, file, reads, signs, owner):
        self.signs = signs
        self.file, self.reads, self.owner, self.local, self.written = file, reads, owner, frozenset(), frozenset()

    def hook(self, name, node, *args, keywords=()):
        call = ast.Call(ast.Attribute(ast.Constant(MARK), name, ast.Load()), list(args), list(keywords))
        for new in (call, call.func, call.func.value, *(a for a in args if isinstance(a, ast.Constant))):
            ast.copy_location(new, node)
        return call

    def number(self, node):
        return ast.copy_location(ast.Constant(_number(self.file, node)), node)

    def function(self, node):
        """The body of a function; its defaults and decorators belong to the function around it."""
        before = self.local, self.written
        self.local, self.written = _bound(node)
        if isinstance(node.body, list):
            node.body = [self.visit(child) for child in node.body]
        else:
            node.body = self.visit(node.body)
        self.local, self.written = before
        return node

    def visit_FunctionDef(self, node):
        node.args.defaults = [self.visit(d) for d in node.args.defaults]
        node.args.kw_defaults = [d and self.visit(d) for d in node.args.kw_defaults]
        node.decorator_list = [self.visit(d) for d in getattr(node, "decorator_list", [])]
        return self.function(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node):
        node.args.defaults = [self.visit(d) for d in node.args.defaults]
        node.args.kw_defaults = [d and self.visit(d) for d in node.args.kw_defaults]
        return self.function(node)

    def visit_Call(self, node):
        if isinstance(node.func, ast.Name) and node.func.id in NATIVE:
            return self.generic_visit(node)
        number = self.number(node)
        if isinstance(node.func, ast.Attribute):
            node.func.value = self.visit(node.func.value)
        elif not isinstance(node.func, ast.Name):
            node.func = self.visit(node.func)
        args = [self.visit(a) for a in node.args]
        for k in node.keywords:
            k.value = self.visit(k.value)
        return self.hook("call", node, number, node.func, *args, keywords=node.keywords)

    def visit_Attribute(self, node):
        node.value = self.visit(node.value)
        if not isinstance(node.ctx, ast.Load):
            return node
        name, private = node.attr, node.attr.startswith("__") and not node.attr.endswith("__")
        if private and self.owner is not None:
            name = f"_{self.owner.lstrip('_')}{name}" if self.owner.strip("_") else name
        return self.hook("attribute", node, node.value, ast.Constant(name))

    def visit_ClassDef(self, node):
        before, self.owner = self.owner, node.name
        self.generic_visit(node)
        self.owner = before
        return node

    def visit_Subscript(self, node):
        number = self.number(node)
        joiner = getattr(node.value, "attr", getattr(node.value, "id", None)) in JOINERS
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Store):
            node.value = self.hook("into", node.value, number, node.value)
        elif isinstance(node.ctx, ast.Load):
            if joiner:
                node.value = self.hook("joiner", node.value, node.value)
            if self.reads:
                return self.hook("read", node, node)
        return node

    def visit_Name(self, node):
        if self.reads and isinstance(node.ctx, ast.Load) and node.id not in self.local:
            return self.hook("read", node, node)
        return node

    def visit_BinOp(self, node):
        text = isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
        lists = isinstance(node.left, LISTS) or isinstance(node.right, LISTS)
        self.generic_visit(node)
        if lists or not text and self.signs and isinstance(node.op, SIGNS):
            name = "operator" if lists else "operate"
            return self.hook(name, node, ast.Constant(type(node.op).__name__), node.left, node.right)
        return self.hook("text", node, node.left, node.right) if text else node

    def visit_Assign(self, node):
        made = isinstance(node.value, (ast.BinOp, ast.UnaryOp)) and any(
            isinstance(t, ast.Name) and t.id in self.written for t in node.targets)
        number = self.number(node.value) if made else None
        self.generic_visit(node)
        if made:
            node.value = self.hook("fresh", node.value, number, node.value)
        return node

    def visit_AugAssign(self, node):
        """What `x.a += v` and `x += v` write into is found by the error they raise."""
        whole = node.target
        lists = isinstance(node.value, LISTS) and isinstance(whole, ast.Name)
        self.generic_visit(node)
        if lists:
            node.value = self.hook("beside", node.value, ast.copy_location(ast.Name(whole.id, ast.Load()), whole), node.value)
        if self.reads and isinstance(whole, ast.Attribute):
            node.target.value = self.hook("fields", node, node.target.value)
        return node

    def visit_AnnAssign(self, node):
        node.target = self.visit(node.target)
        node.value = node.value and self.visit(node.value)
        return node

    def visit_For(self, node):
        self.generic_visit(node)
        if self.reads:
            node.iter = self.hook("each", node.iter, node.iter)
        return node

    def visit_comprehension(self, node):
        return self.generic_visit(node) if node.is_async else self.visit_For(node)

    def visit_MatchValue(self, node):
        return node

    visit_MatchMapping = visit_MatchClass = visit_MatchValue
