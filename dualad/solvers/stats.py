"""`scipy.stats` in the capturing scope: the methods of distributions (decision note 17).

SciPy's public method gives the value; derivatives come from a formula of the standard distribution, at the entries inside the
support: one of `densities`, or SciPy's own private method (`_logpdf`, `_cdf`, ...) run as a twin. Quantiles are solutions.
May import: core, rules, scope, densities, multivariate, nest, optimize, errors, numpy, scipy.stats.
"""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import scipy.stats as st
from scipy.stats import _distn_infrastructure as infra

from ..core.interpret import call
from ..core.jets import Jet
from ..core.operands import no_rule, plain, primal, stacked
from ..core.storage import room
from ..errors import ConversionError, DualadError
from ..rules import kinds
from ..scope.aware import AWARE, carries
from ..scope.hooks import running
from . import multivariate, statistics  # noqa: F401  (they enter their handlers)
from .densities import BRANCHES, FORMULAS, REFUSED, UNKNOWN, WHOLE
from .nest import nest, order

__all__ = ["CONTINUOUS", "DISCRETE", "MOMENTS", "WITHOUT"]

CONTINUOUS = ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf")
DISCRETE = ("pmf", "logpmf", "cdf", "logcdf", "sf", "logsf")
MOMENTS = ("mean", "var", "std", "entropy", "median", "interval")
SAMPLES = ("random numbers are differentiated in loc and scale alone; for shapes write ppf(u, shapes), with u drawn outside")
WITHOUT = {
    "fit": "use dualad.optimize.minimize with the sum of -logpdf, or scipy.optimize.minimize, whose solution is "
    "differentiated", "fit_loc_scale": "use mean and std of the data",
    "expect": "use scipy.integrate.quad of the function times pdf", "moment": "use mean and var, or scipy.integrate.quad",
    "stats": "use mean and var", "support": "its ends are constants of the standard distribution times scale plus loc",
    "nnlf": "use -np.sum(dist.logpdf(x, ...))",
}


# ---- formulas ----


def refused(dist, name):
    """Why a method has no derivative, or None."""
    return REFUSED.get((dist.name, name)) or REFUSED.get((dist.name, "*"))


def shape_info(dist):
    """SciPy's description of the shapes; a distribution of the user's may have none."""
    try:
        return dist._shape_info()
    except (AttributeError, TypeError, NotImplementedError):
        return ()


def standard(dist, name):
    """The formula of a method of the standard distribution, on one-dimensional arrays."""
    known = FORMULAS.get(dist.name, {})
    if name in known:
        return known[name]
    density, mass = known.get("logpdf"), known.get("logpmf")
    if name in ("pdf", "pmf") and (density or mass):
        return lambda *xs: np.exp((density or mass)(*xs))
    if name in ("logcdf", "logsf") and name[3:] in known:
        return lambda *xs: np.log(known[name[3:]](*xs))
    if name in ("cdf", "sf") and (other := known.get({"cdf": "sf", "sf": "cdf"}[name])):
        return lambda *xs: 1.0 - other(*xs)
    if name in ("logcdf", "logsf") and (other := known.get({"logcdf": "sf", "logsf": "cdf"}[name])):
        return lambda *xs: np.log1p(-other(*xs))
    private = getattr(dist, "_" + name)
    return lambda *xs: twin(private, *xs)


def twin(private, *xs):
    """A method of SciPy's run in the scope, at the levels of its arguments.

    Arrays that it makes are traced at the level of the running transform, which may lie above: they hold no tangents there.
    """
    top = max((level.id for level in nest(xs)), default=-1)
    return lowered(running.scope.call(-1, private, xs, {}), top)


def lowered(found, top):
    if isinstance(found, tuple):
        return tuple(lowered(v, top) for v in found)
    while isinstance(found, Jet) and found.level.id > top:
        found = found.value
    return found


class Method:
    """A method of a distribution as a function of (x, *shapes, loc, scale), with a rule: values SciPy's, derivatives by formula."""

    def __init__(self, dist, name):
        self.dist, self.name = dist, name
        self.__name__ = f"{dist.name}.{name}"
        self.__module__ = "scipy.stats"

    def __call__(self, *xs):
        if not carries(*xs):
            return self.plainly(*xs)
        return call(kinds.Composite(self, self.body), xs, {})

    def plainly(self, x, *rest):
        *shapes, loc, scale = rest
        where = {"loc": loc} if isinstance(self.dist, st.rv_discrete) else {"loc": loc, "scale": scale}
        return getattr(self.dist, self.name)(x, *shapes, **where)

    def refuse(self, why):
        return no_rule(f"scipy.stats.{self.__name__}", why)

    def check(self, *shapes):
        """Refuse what is refused by name, and derivatives in shapes that count."""
        why = refused(self.dist, self.name)
        if why is not None:
            raise self.refuse(why)
        for info, value in zip(shape_info(self.dist), shapes, strict=False):
            if carries(value) and WHOLE.get((self.dist.name, info.name), info.integrality):
                raise self.refuse(f"its shape {info.name} is a whole number, in which there is no derivative; pass it without "
                                  "derivatives (x.value)")
            if carries(value) and info.name in UNKNOWN.get(self.dist.name, ()):
                raise self.refuse(f"a special function that it is made of has no derivative in {info.name}")

    def branches(self, *shapes):
        """Refuse derivatives in a shape at the value for which SciPy has a formula of its own that does not hold the shape."""
        for number, value in BRANCHES.get(self.dist.name, {}).items():
            if carries(shapes[number]) and np.any(np.asarray(plain(shapes[number])) == value):
                raise self.refuse(f"SciPy has a formula of its own at {value:g} for shape {number}, which does not hold it")

    def body(self, *xs):
        """The same in arithmetic that knows derivatives; entries outside the support have none."""
        self.check(*xs[1:-2])
        self.branches(*xs[1:-2])
        if isinstance(self.dist, st.rv_discrete) and carries(xs[0], xs[-2]):
            raise self.refuse("k and loc are whole numbers, in which there is no derivative; pass them as constants (x.value)")
        formula = standard(self.dist, self.name)
        shape = np.broadcast_shapes(*(np.shape(x) for x in xs))
        inside = self.inside(*map(np.asarray, plain(xs)), shape).reshape(-1)
        index = np.flatnonzero(inside)
        if not index.size:
            return np.zeros(shape)
        flat = [np.reshape(np.broadcast_to(stacked(x), shape), -1) for x in xs]
        with np.errstate(all="ignore"), self.ours():
            found = self.shifted(formula, *(x if index.size == inside.size else x[index] for x in flat))
        if isinstance(found, Jet) and not found.ndim:
            found = np.broadcast_to(found, index.shape)
        if index.size < inside.size and isinstance(found, Jet):
            whole = room(np.zeros(inside.size), found)
            whole[index] = found
            found = whole
        return np.reshape(found, shape) if isinstance(found, Jet) else np.zeros(shape)

    @contextmanager
    def ours(self):
        """What SciPy's code makes of values with derivatives, as an error that says what was asked."""
        try:
            yield
        except ConversionError as error:
            raise self.refuse("SciPy's own code for it makes plain numbers of its arguments") from error
        except DualadError:
            raise
        except (TypeError, ValueError, AttributeError) as error:
            raise self.refuse(f"SciPy's own code for it does not run on values with derivatives ({error})") from error

    def inside(self, x, *rest):
        """Where the parameters are allowed and x is in the support."""
        *shapes, loc, scale, shape = rest
        with np.errstate(all="ignore"):
            good = self.dist._argcheck(*shapes) & (scale > 0) & np.isfinite(x)
            if self.name in ("ppf", "isf"):
                good = good & (x >= 0) & (x <= 1) & np.isfinite(self.plainly(x, *shapes, loc, scale))
            else:
                low, high = self.dist._get_support(*shapes)
                y = (x - loc) / scale
                good = good & (y >= low) & (y <= high)
                if self.name in ("pmf", "logpmf"):
                    good = good & (y == np.floor(y))
                elif self.name not in ("pdf", "logpdf"):  # constant from the ends on, and counts step at the lower one
                    good = good & ((y > low) | isinstance(self.dist, st.rv_discrete)) & (y < high)
        return np.broadcast_to(good, shape)

    def shifted(self, formula, x, *rest):
        *shapes, loc, scale = rest
        if isinstance(self.dist, st.rv_discrete):
            return formula(np.floor(x - loc), *shapes)
        if self.name in ("ppf", "isf"):
            return loc + scale * self.quantile(formula, x, *shapes)
        found = formula((x - loc) / scale, *shapes)
        return found / scale if self.name == "pdf" else found - np.log(scale) if self.name == "logpdf" else found

    def quantile(self, formula, q, *shapes):
        """The solution z of cdf(z) = q (sf for isf): one Newton step with the plain density for each order of derivatives."""
        where = plain(shapes)
        z = getattr(self.dist, self.name)(plain(q), *where)
        ends = (plain(q) <= 0) | (plain(q) >= 1)
        if ends.any() and carries(*shapes) and type(self.dist)._get_support is not st.rv_continuous._get_support:
            raise self.refuse("q is 0 or 1 and the ends of the support depend on the shapes")
        slope = self.dist.pdf(z, *where) * (1.0 if self.name == "ppf" else -1.0)
        slope = np.where(ends & (slope == 0), np.nextafter(0, 1), slope)  # infinite in q, zero in all else
        tail = Method(self.dist, "cdf" if self.name == "ppf" else "sf")
        for _ in range(order(nest(q, *shapes))):
            r = tail(z, *shapes, 0.0, 1.0) - q
            z = z - (r - primal(r)) / slope
        return z


# ---- handlers ----


def operands(dist, args, kwargs, leading=1):
    """(x, *shapes, loc, scale) of a call."""
    args, kwargs = list(args), dict(kwargs)
    while len(args) < leading:
        args.append(kwargs.pop(next(k for k in ("x", "k", "q", "confidence") if k in kwargs)))
    shapes, loc, scale = dist._parse_args(*args[leading:], **kwargs)
    return [stacked(v) if isinstance(v, (list, tuple)) else v for v in (*args[:leading], *shapes, loc, scale)]


def method(name):
    def handler(scope, fn, args, kwargs):
        dist, *rest = args
        if not carries(rest, kwargs):
            return fn(*args, **kwargs)
        xs = operands(dist, rest, kwargs)
        return Method(dist, name)(*xs)

    return handler


def moment(name):
    def handler(scope, fn, args, kwargs):
        dist, *rest = args
        if not carries(rest, kwargs):
            return fn(*args, **kwargs)
        if name == "interval":
            level, *rest = operands(dist, rest, kwargs)
            return tuple(Method(dist, "ppf")(q, *rest) for q in ((1.0 - level) / 2, (1.0 + level) / 2))
        xs = operands(dist, rest, kwargs, 0)
        if name == "median":
            return Method(dist, "ppf")(0.5, *xs)
        return Moment(dist, name)(*xs)

    return handler


class Moment(Method):
    """Mean, variance, standard deviation, entropy as functions of (*shapes, loc, scale)."""

    def plainly(self, *xs):
        *shapes, loc, scale = xs
        where = {"loc": loc} if isinstance(self.dist, st.rv_discrete) else {"loc": loc, "scale": scale}
        return getattr(self.dist, self.name)(*shapes, **where)

    def body(self, *xs):
        self.check(*xs[:-2])
        self.branches(*xs[:-2])
        shape = np.broadcast_shapes(*(np.shape(x) for x in xs))
        *shapes, loc, scale = (np.reshape(np.broadcast_to(stacked(x), shape), -1) for x in xs)
        if not np.all(np.isfinite(self.plainly(*plain(shapes), plain(loc), plain(scale)))):
            raise self.refuse("it is infinite, or not defined, at these parameters")
        with np.errstate(all="ignore"), self.ours():
            found = self.entropy(scale, *shapes) if self.name == "entropy" else self.moments(loc, scale, *shapes)
        return np.reshape(np.broadcast_to(found, np.shape(loc)), shape)

    def private(self, name, *xs):
        """A method of SciPy's that the class of this distribution defines; one that all have integrates number by number."""
        base = getattr(st.rv_discrete if isinstance(self.dist, st.rv_discrete) else st.rv_continuous, name)
        if getattr(type(self.dist), name) is base:
            raise self.refuse("SciPy integrates it; use scipy.integrate.quad with pdf, which is differentiated")
        return twin(getattr(self.dist, name), *xs)

    def entropy(self, scale, *shapes):
        found = self.private("_entropy", *shapes)
        return found if isinstance(self.dist, st.rv_discrete) else found + np.log(scale)

    def moments(self, loc, scale, *shapes):
        known = FORMULAS.get(self.dist.name, {}).get("stats")
        stats = known or (lambda *a: twin(self.dist._stats, *a))
        mean, var, *_ = stats(*shapes)
        mean = self.private("_munp", 1, *shapes) if mean is None else mean
        if self.name == "mean":
            return loc + scale * mean
        var = self.private("_munp", 2, *shapes) - mean * mean if var is None else var
        return scale**2 * var if self.name == "var" else scale * np.sqrt(var)


def without(name, why):
    def handler(scope, fn, args, kwargs):
        dist, *rest = args
        if carries(rest, kwargs):
            raise no_rule(f"scipy.stats.{getattr(dist, 'name', type(dist).__name__)}.{name}", why)
        return fn(*args, **kwargs)

    return handler


def samples(scope, fn, args, kwargs):
    """Random numbers of the standard distribution, which SciPy multiplies by scale and adds to loc; so they are differentiated."""
    dist, *rest = args
    if not carries(rest, kwargs):
        return fn(*args, **kwargs)
    *shapes, loc, scale, size = dist._parse_args_rvs(*rest, **{k: v for k, v in kwargs.items() if k != "random_state"})
    shapes = tuple(*shapes)
    if carries(shapes) or carries(size) or isinstance(dist, st.rv_discrete):
        raise no_rule(f"scipy.stats.{dist.name}.rvs", SAMPLES)
    places = {"loc": np.zeros(np.shape(loc)), "scale": np.ones(np.shape(scale))}
    return fn(dist, *shapes, size=size, random_state=kwargs.get("random_state"), **places) * scale + loc


def frozen(scope, fn, args, kwargs):
    """dist(*args, **kwargs): what holds the parameters, as SciPy's does; the ends of the support are those of the values."""
    dist, *rest = args
    if not carries(rest, kwargs):
        return fn(*args, **kwargs)
    made = fn(dist, *plain(rest), **plain(kwargs))
    made.args, made.kwds = tuple(rest), kwargs
    return made


def enter():
    for name in CONTINUOUS:
        AWARE[getattr(st.rv_continuous, name)] = method(name)
    for name in DISCRETE:
        AWARE[getattr(st.rv_discrete, name)] = method(name)
    for name in MOMENTS:
        AWARE[getattr(st.rv_continuous, name)] = AWARE[getattr(st.rv_discrete, name)] = moment(name)
    for kind in (st.rv_continuous, st.rv_discrete):
        for name, why in WITHOUT.items():
            if hasattr(kind, name):
                AWARE[getattr(kind, name)] = without(name, why)
    for name in ("ppf", "isf"):
        AWARE[getattr(st.rv_discrete, name)] = without(name, "quantiles of a discrete distribution jump")
    for kind in (st.rv_continuous, st.rv_discrete):
        AWARE[kind.rvs] = samples
    AWARE[infra.rv_generic.freeze] = AWARE[infra.rv_generic.__call__] = frozen
    # subclasses with methods of their own
    for dist in vars(st).values():
        if isinstance(dist, (st.rv_continuous, st.rv_discrete)):
            kind = CONTINUOUS if isinstance(dist, st.rv_continuous) else DISCRETE
            own = {name: getattr(type(dist), name) for name in (*kind, *MOMENTS, *WITHOUT, "rvs") if hasattr(type(dist), name)}
            for name, found in own.items():
                AWARE.setdefault(found, samples if name == "rvs" else without(name, WITHOUT[name]) if name in WITHOUT
                                 else method(name) if name in kind else moment(name))


enter()
