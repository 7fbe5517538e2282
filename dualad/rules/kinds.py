"""The kinds of rule, and the registry that holds them.

A primitive is declared once, keyed by NumPy's own callable; a mode (forward,
hyper-dual, later reverse, replay, sparsity) is an interpreter of the kinds below
and never knows a particular primitive.  May import: numpy, dualad.errors.

Contract shared by all kinds
----------------------------
* The primal value is NumPy's, bit for bit.
* Rules never mention modes, tangents or levels.  They use NumPy functions only, so
  the very same body runs on plain arrays and on arrays that carry derivatives.
* ``lead`` is a number of extra leading axes (components, directions, batches) that
  every operand of the call carries in front of its own shape.  Axes are therefore
  normalised to trailing-relative (negative) form.
* A missing rule is an error that names the function, never a zero.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from ..errors import NoRuleError, RuleError

__all__ = [
    "Bilinear", "Choice", "Composite", "Constant", "Contraction", "Domain", "Elementwise", "Implicit",
    "Linear",
    "Mixing", "NONNEGATIVE", "NONZERO", "NoPartial",
    "POSITIVE", "REAL", "Refused", "Rule", "Selection", "Solved", "UNIT", "bilinear",
    "choice", "composite", "constant", "declare", "declared", "followers", "implicit", "load_all", "lookup", "mixing",
    "no_partial", "refused", "registry", "selection",
]


class Domain(NamedTuple):
    """Open interval in which test inputs are drawn; its finite ends are edge points. `whole`: only whole numbers."""

    lo: float
    hi: float
    nonzero: bool = False
    whole: bool = False


REAL = Domain(-np.inf, np.inf)
POSITIVE = Domain(0.0, np.inf)
NONNEGATIVE = Domain(0.0, np.inf)
NONZERO = Domain(-np.inf, np.inf, True)
UNIT = Domain(-1.0, 1.0)


def name_of(fn: Any) -> str:
    """Dotted name of a callable, or of ``(ufunc, method)``, as a user would write it."""
    fn, method = fn if isinstance(fn, tuple) else (fn, "")
    name = getattr(fn, "__name__", repr(fn))
    module = "" if isinstance(fn, np.ufunc) else getattr(fn, "__module__", "") or ""
    module = module.partition("._")[0]  # SciPy's functions live in private modules
    if isinstance(fn, np.ufunc) or module.startswith("scipy.special."):
        # ufuncs do not say where they come from; a package that was never imported has not made this one
        homes = (m for m in ("numpy", "scipy.special") if getattr(sys.modules.get(m), name, None) is fn)
        module = next(homes, module)
    stem = f"{module}.{name}" if module else name
    return f"{stem}.{method}" if method else stem


@dataclass(frozen=True)
class NoPartial:
    """In the place of a partial: the function has none in this operand, and says why when derivatives ask for it."""

    why: str
    name: str = ""
    operand: int = 0

    def of(self, name, operand):
        """The same, knowing whose partial it would be."""
        return NoPartial(self.why, name, operand)

    def __call__(self, *args):
        raise NoRuleError(f"{self.name} has no derivative in its operand {self.operand}: {self.why}. Pass that operand without "
                          "derivatives (x.value, or dualad.stop_gradient(x)), if it is meant to be a constant")


def no_partial(why):
    """Stands for a partial in `Elementwise(d1=(...))`: derivatives in that operand raise NoRuleError, which says `why`.

    None in that place means something else: the partial is known to be zero.
    """
    return NoPartial(why)


class Rule:
    """Base of every kind; ``fn`` is the NumPy callable (or ``(ufunc, method)``) it is keyed by."""

    fn: Any

    @property
    def kind(self) -> str:
        return type(self).__name__

    @property
    def name(self) -> str:
        return name_of(self.fn)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"


@dataclass(frozen=True, eq=False, repr=False)
class Elementwise(Rule):
    """Elementwise function given by its first and second partial derivatives.

    Parameters
    ----------
    fn : callable
        The NumPy-style elementwise function (usually a ufunc) with one output.
    d1 : callable or tuple
        One operand: ``d1(y, x)``.  Several operands: a tuple with one
        ``d1_i(y, x1, x2, ...)`` for each (or None: identically zero; or ``no_partial(why)``: an error, in every mode).
    d2 : callable or dict, optional
        One operand: ``d2(y, x, d)`` with ``d`` the first partial.  Several: a dict
        ``{(i, j): f(y, x1, x2, ..., d)}`` for i <= j, ``d[i]`` the first partials.
        An absent second partial is identically zero.
    domain : Domain or tuple of Domain
        Where the function is differentiable.
    edges : tuple
        Special points every test must visit (numbers, or tuples for several operands).
    ulp : (float, float)
        Bounds on the error of d1 and d2 in units in the last place.
    ulp_reason : str
        Why a bound differs from (4, 16).

    Notes
    -----
    d1 may use any accurate formula (`abs`, `where` and series included): a nested
    derivative never differentiates d1, it uses d2.  d2 must therefore be smooth in
    ``(y, x, d)`` as written, because derivatives of order three and up come from
    differentiating d2 with y' = d and d' = d2.
    """

    fn: Callable
    d1: Any
    d2: Any = None
    domain: Any = REAL
    edges: tuple = ()
    ulp: tuple[float, float] = (4.0, 16.0)
    ulp_reason: str = ""
    nin: int = field(init=False, default=1)
    active: list = field(init=False, default=())

    def __post_init__(self):
        d1 = self.d1 if isinstance(self.d1, tuple) else (self.d1,)
        if not all(f is None or callable(f) for f in d1):
            raise RuleError(f"d1 of {self.fn!r} must be a function or a tuple of functions and None, found {self.d1!r}")
        nin = getattr(self.fn, "nin", len(d1))
        if nin != len(d1):
            raise RuleError(f"{self.name} takes {nin} operands but {len(d1)} first partials were declared: give one for each")
        if isinstance(self.d2, dict):
            d2 = dict(self.d2)
        elif self.d2 is None:
            d2 = {}
        elif nin == 1:
            user = self.d2
            d2 = {(0, 0): lambda y, x, d: user(y, x, d[0])}
        else:
            raise RuleError(f"d2 of {self.name} must be a dict {{(i, j): function}}, found {self.d2!r}")
        bad = [k for k in d2 if not 0 <= k[0] <= k[1] < nin]
        if bad:
            raise RuleError(f"d2 of {self.name} has keys {bad}: use (i, j) with 0 <= i <= j < {nin}")
        domain = self.domain if isinstance(self.domain, tuple) and not isinstance(self.domain, Domain) else (self.domain,) * nin
        if bool(self.ulp_reason) != (tuple(self.ulp) != (4.0, 16.0)):
            raise RuleError(f"{self.name}: a bound other than 4 and 16 ulp needs ulp_reason, and only then")
        d1 = tuple(f.of(self.name, i) if isinstance(f, NoPartial) else f for i, f in enumerate(d1))
        set_ = object.__setattr__
        set_(self, "d1", d1)
        set_(self, "d2", d2)
        set_(self, "domain", domain)
        set_(self, "nin", nin)
        # operands that have a partial
        set_(self, "active", [i for i, f in enumerate(d1) if f is not None and not isinstance(f, NoPartial)])


@dataclass(frozen=True)
class Linear:
    """One bound call of a linear function: what Selection and Mixing binders return.

    ``apply(lead, *xs)`` maps operands that all carry `lead` leading axes; at lead 0 it is
    NumPy's function.  ``transpose(lead, g)`` returns one cotangent for each operand.
    ``value(*xs)`` is given only where the primal is affine (constant fill, ``initial=``).
    ``scatter() -> (target, weight)`` states a sparse structure where there is one: entry e of
    the only operand adds weight * x[e] to the flat output entry target[e] and to no other.
    ``share``: (divisor, shape) where the result is one number and every entry of the only operand, float64 of that shape,
    receives its cotangent divided by the divisor.
    """

    operands: tuple
    apply: Callable
    transpose: Callable
    value: Callable | None = None
    scatter: Callable | None = None
    share: tuple | None = None


@dataclass(frozen=True)
class Contraction:
    """One bound call of a bilinear function: what Bilinear binders return.

    ``apply(la, lb, a, b)``: la and lb in {0, 1} say which operand carries a leading axis
    (both: zipped).  ``transposes[0](lg, lb, g, b)`` and ``transposes[1](lg, la, g, a)``
    return the cotangent of the first and second operand.  ``value(a, b)`` is NumPy's call.
    ``matrices[i](other)``: the Jacobian in operand i as (entries of the result, entries of operand i), stated where it
    is the other factor itself, as in A @ x.  ``form``: "matrix vector" where it is that product, for compiled pullbacks.
    """

    operands: tuple
    apply: Callable
    transposes: tuple
    value: Callable
    matrices: tuple = (None, None)
    form: str = ""


@dataclass(frozen=True)
class Solved:
    """One bound call of a function given by its differentials: what Implicit binders return.

    ``value(*xs)`` is NumPy's own call: an array or a tuple of them.  ``jvp(xs, ys, ts)`` returns a tangent for each result,
    ``vjp(xs, ys, gs)`` a cotangent for each operand (xs, ys, ts, gs: tuples; None among the last two and in what is returned:
    zero).  Tangents and cotangents may have one more leading axis.  Both are plain NumPy code, also run on jets.
    """

    operands: tuple
    value: Callable
    jvp: Callable
    vjp: Callable


@dataclass(frozen=True, eq=False, repr=False)
class Selection(Rule):
    """Linear; each output entry copies at most one input entry. ``bind`` has NumPy's signature, returns Linear."""

    fn: Any
    bind: Callable


@dataclass(frozen=True, eq=False, repr=False)
class Mixing(Rule):
    """Linear; output entries are sums of input entries. ``bind`` has NumPy's signature, returns Linear."""

    fn: Any
    bind: Callable


@dataclass(frozen=True, eq=False, repr=False)
class Bilinear(Rule):
    """Linear in each of two operands. ``bind`` has NumPy's signature, returns Contraction."""

    fn: Any
    bind: Callable


@dataclass(frozen=True, eq=False, repr=False)
class Implicit(Rule):
    """Given by its differentials, as solutions and factorisations are.

    ``bind`` has NumPy's signature and returns Solved, or, for options that are composed of others, the result itself (its
    value is replaced by NumPy's own, as with Composite).
    """

    fn: Any
    bind: Callable


@dataclass(frozen=True, eq=False, repr=False)
class Composite(Rule):
    """A Python body of other primitives, in NumPy's signature; the primal is still NumPy's own."""

    fn: Any
    body: Callable
    primal: bool = True


class Choice(Composite):
    """A body that finds indices or weights from the value (ties share equally) and is linear given them."""


@dataclass(frozen=True, eq=False, repr=False)
class Constant(Rule):
    """Integer, boolean or piecewise-constant result: runs on values, returns plain NumPy."""

    fn: Any


@dataclass(frozen=True, eq=False, repr=False)
class Refused(Rule):
    """Known and deliberately without derivative: raises, saying `why` and what to do instead."""

    fn: Any
    why: str


registry: dict[Any, Rule] = {}
# Called with every rule declared from now on: interpreters that keep compiled tables stay in step.
followers: list[Callable[[Rule], None]] = []
# Packages whose rules are declared when one of their functions is first met, and the module beside this one that does it:
# importing dualad imports none of them.
LATER: dict[str, str] = {"scipy.linalg": "scipy_linalg", "scipy.special": "special", "scipy.fft": "scipy_fft",
                         "scipy.signal": "scipy_signal", "scipy.ndimage": "scipy_ndimage",
                         "scipy.interpolate": "scipy_interpolate", "scipy.spatial": "scipy_spatial"}
_loaded: set[str] = set()
# Python functions of the user's that have rules: they do not ask their arguments, so transforms look for calls of them.
python_functions: list[Callable] = []


def declare(rule: Rule, *, replace: bool = False) -> Rule:
    """Enter a rule in the registry.

    Parameters
    ----------
    rule : Rule
        An instance of a kind, for instance ``Elementwise(scipy.special.erf, d1=...)``.
    replace : bool
        Allow a rule for the same callable to be replaced.

    Returns
    -------
    Rule
        The rule itself.

    Raises
    ------
    RuleError
        (a ValueError) if the callable already has a rule and `replace` is False.

    Examples
    --------
    >>> import numpy as np, scipy.special as sp, dualad
    >>> from dualad.rules import Elementwise, declare
    >>> _ = declare(Elementwise(sp.erf, d1=lambda y, x: 2 / np.sqrt(np.pi) * np.exp(-x * x),
    ...                         d2=lambda y, x, d: -2 * x * d), replace=True)
    >>> float(dualad.derivative(sp.erf)(0.0))
    1.1283791670955126
    """
    if not isinstance(rule, Rule):
        raise RuleError(f"declare() takes an instance of a kind (Elementwise, Selection, ...), found {type(rule).__name__}")
    if not replace and lookup(rule.fn) is not None:
        raise RuleError(f"{rule.name} is already declared as {registry[rule.fn].kind}: pass replace=True to change its rule")
    registry[rule.fn] = rule
    if type(rule.fn) is FunctionType and not rule.fn.__module__.startswith(("numpy.", "scipy.", "dualad.")):
        python_functions.append(rule.fn)
    for follow in followers:
        follow(rule)
    return rule


def _load(package):
    _loaded.add(package)
    import_module(f"{__package__}.{LATER[package]}")


def _packages_of(fn):
    """The packages whose rules may know `fn` and are not loaded yet."""
    fn = fn[0] if isinstance(fn, tuple) else fn
    module = getattr(fn, "__module__", None)
    if isinstance(module, str):
        return [p for p in LATER if p not in _loaded and (module == p or module.startswith(p + "."))]
    # ufuncs do not say where they come from; whoever holds one has imported its package
    return [p for p in LATER if p not in _loaded and p in sys.modules]


def lookup(fn: Any) -> Rule | None:
    """Return the rule of a callable, or None.

    Parameters
    ----------
    fn : callable or (ufunc, str)
        NumPy's or SciPy's own function, or a ufunc with the name of one of its methods.

    Returns
    -------
    Rule or None
        What `declare` has entered. Rules for SciPy are entered when one of its functions is first looked up.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.rules import lookup
    >>> lookup(np.linalg.inv)
    <Implicit numpy.linalg.inv>
    """
    rule = registry.get(fn)
    if rule is None and len(_loaded) < len(LATER):
        for package in _packages_of(fn):
            _load(package)
        rule = registry.get(fn)
    return rule


def load_all() -> None:
    """Enter the rules for SciPy now: for tests and tables that walk the registry."""
    for package in LATER:
        if package not in _loaded:
            _load(package)


def declared(*kinds: type) -> list[Rule]:
    """Every declared rule of the given kinds (all without arguments), in order of declaration."""
    return [r for r in registry.values() if not kinds or isinstance(r, kinds)]


def _decorator(kind, fns, **options):
    def enter(body):
        # NumPy has one function under two names here and there
        for fn in dict.fromkeys(fns):
            # a body that checks its arguments is told what its user calls it
            named = body.named(name_of(fn)) if hasattr(body, "named") else body
            if options.get("primal"):  # the value is NumPy's own call, which warns as NumPy does
                named = np.errstate(all="ignore")(named)
            declare(kind(fn, named, **options))
        return body

    return enter


def selection(*fns):
    """Decorate a binder: declare it as the Selection rule of `fns`."""
    return _decorator(Selection, fns)


def mixing(*fns):
    """Decorate a binder: declare it as the Mixing rule of `fns`."""
    return _decorator(Mixing, fns)


def bilinear(*fns):
    """Decorate a binder: declare it as the Bilinear rule of `fns`."""
    return _decorator(Bilinear, fns)


def implicit(*fns):
    """Decorate a binder: declare it as the Implicit rule of `fns`."""
    return _decorator(Implicit, fns)


def composite(*fns, primal=True):
    """Decorate a body: declare it as the Composite rule of `fns`."""
    return _decorator(Composite, fns, primal=primal)


def choice(*fns, primal=True):
    """Decorate a body: declare it as the Choice rule of `fns`."""
    return _decorator(Choice, fns, primal=primal)


def constant(*fns):
    """Declare `fns` as piecewise constant."""
    for fn in fns:
        declare(Constant(fn))


def refused(why, *fns):
    """Declare `fns` as refused, with the reason and the way out."""
    for fn in fns:
        declare(Refused(fn, why))
