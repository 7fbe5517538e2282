"""`scipy.linalg`: functions of matrices, norms, and matrices built from vectors.

Decision: for every analytic function of a matrix, f([[A, E], [0, A]]) holds f(A) and, above the diagonal, its derivative along E.
So SciPy's own function gives the derivative, of any order, with the accuracy of its value; the transpose is the derivative at A'.
May import: numpy, scipy.linalg, .factors, .solvers, ..kinds, ..linalg, ..systems, ..reduction, ..structural (helpers),
dualad.errors.
"""

import warnings

import numpy as np
import scipy.linalg as sl

from ...errors import DegenerateError, NoRuleError
from ..kinds import Solved, composite, implicit
from ..linalg import square, transposed
from ..reduction import as_array, zeros
from ..structural import operands, plain, positions
from ..systems import Own, asking
from .factors import real
from .solvers import sylvester

__all__ = []

# ---------------------------------------------------------------- functions of a matrix


def _each(fn, name):
    """fn for stacks of matrices; what it warns about blocks says nothing new."""
    def call(a, *args):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            out = [fn(m, *args) for m in a.reshape((-1, *a.shape[-2:]))]
        if not out:
            return np.zeros_like(a)
        out = np.stack(out)
        # pairs of equal eigenvalues, which every block has, come apart into conjugate ones by rounding
        small = np.iscomplexobj(out) and np.max(np.abs(out.imag)) <= 1e-9 * np.max(np.abs(out))
        return real(name, out.real if small else out).reshape(a.shape)

    return call


def block(a, e):
    """[[a, e], [0, a]]; either may have more axes in front."""
    batch = np.broadcast_shapes(a.shape[:-2], e.shape[:-2])
    a, e = (np.broadcast_to(v, batch + tuple(v.shape[-2:])) for v in (a, e))
    return np.concatenate([np.concatenate([a, e], axis=-1), np.concatenate([np.zeros_like(a), a], axis=-1)], axis=-2)


def _regular(a, name):
    """Refuse singular matrices where zero is a branch point."""
    s = np.linalg.svd(plain(a), compute_uv=False)
    if s.size and (s[..., -1] <= s.shape[-1] * np.finfo(s.dtype).eps * s[..., 0]).any():
        raise DegenerateError(f"the derivative of {name}: the matrix is singular (singular values {s}), and the function has no "
                              "derivative there: move the point")


def analytic(fn, branch=lambda *args: False):
    """Declare a function of a matrix (and constants); `branch(*constants)`: it has none at singular matrices."""
    name = f"scipy.linalg.{fn.__name__}"
    stacks = Own(name, _each(fn, name) if fn is not sl.expm else lambda a: sl.expm(a) if a.size else a.copy())

    def differentials(a, args, value):
        def derivative(a, e):
            n = a.shape[-1]
            if branch(*args):
                _regular(a, name)
            return stacks(block(a, e), *args)[..., :n, n:]

        return Solved((a,), value, lambda xs, ys, ts: (derivative(xs[0], ts[0]),),
                      lambda xs, ys, gs: (derivative(transposed(xs[0]), gs[0]),))

    @implicit(stacks)
    def bind_stacks(a, *args):
        return differentials(a, args, lambda a: stacks(a, *args))

    ask = asking(fn)
    return lambda a, *args: differentials(square(fn, a, *args), args, lambda a: real(name, ask(a, *args)))


for _fn in (sl.expm, sl.sinm, sl.cosm, sl.tanm, sl.sinhm, sl.coshm, sl.tanhm):
    implicit(_fn)(lambda A, bound=analytic(_fn): bound(A))  # noqa: B008

_power = analytic(sl.fractional_matrix_power, lambda t: not (float(t).is_integer() and t >= 0))
_log = analytic(sl.logm, lambda: True)


@implicit(sl.fractional_matrix_power)
@operands("A")
def _fractional_matrix_power(A, t):
    return _power(A, t)


def _usual(name, **options):
    for option, given in options.items():
        if given is not None:
            raise NoRuleError(f"{name} with {option}= has no derivative rule: leave it away")


@implicit(sl.logm)
@operands("A")
def _logm(A, disp=None):
    _usual("scipy.linalg.logm", disp=disp)
    return _log(A)


@implicit(sl.sqrtm)
@operands("A")
def _sqrtm(A, disp=None, blocksize=None):
    """S dS + dS S = dA."""
    _usual("scipy.linalg.sqrtm", disp=disp, blocksize=blocksize)

    def jvp(xs, ys, ts):
        _regular(xs[0], "scipy.linalg.sqrtm")
        return (_by_each(ys[0], ts[0]),)

    def vjp(xs, ys, gs):
        _regular(xs[0], "scipy.linalg.sqrtm")
        return (_by_each(transposed(ys[0]), gs[0]),)

    ask = asking(sl.sqrtm)
    return Solved((square(sl.sqrtm, A),), lambda a: real("scipy.linalg.sqrtm", ask(a)), jvp, vjp)


def _by_each(s, right):
    """Solutions of S X + X S = right, matrix by matrix where S has batch axes."""
    if s.ndim == 2:
        return sylvester(s, s, right)
    n, given = s.shape[-1], tuple(right.shape)
    flat = s.reshape((-1, n, n))
    right = np.reshape(right, (-1, flat.shape[0], n, n))
    return np.stack([sylvester(flat[k], flat[k], right[:, k]) for k in range(flat.shape[0])], axis=1).reshape(given)


@composite(sl.expm_frechet)
@operands("A", "E")
def _expm_frechet(A, E, method=None, compute_expm=True, check_finite=True):
    A, E = as_array(A), as_array(E)
    n = A.shape[-1]
    both = asking(sl.expm)(block(A, E))
    return (both[..., :n, :n], both[..., :n, n:]) if compute_expm else both[..., :n, n:]


@composite(sl.norm)
@operands("a")
def _norm(a, ord=None, axis=None, keepdims=False, check_finite=True):
    return np.linalg.norm(as_array(a), ord, axis, keepdims)


# ---------------------------------------------------------------- matrices built from vectors


def _placed(fn, *arrays):
    """What `fn` builds by copying entries; zeros where it puts none."""
    arrays = [as_array(a) for a in arrays]
    index = np.rint(np.asarray(fn(*positions(*(np.shape(a) for a in arrays))))).astype(int)
    pool = np.concatenate([np.reshape(a, -1) for a in arrays])
    return np.concatenate([pool, zeros(pool, (1,))])[index - 1]


@composite(sl.block_diag)
def _block_diag(*arrs):
    return _placed(sl.block_diag, *arrs) if arrs else sl.block_diag()


@composite(sl.toeplitz)
@operands("c", "r")
def _toeplitz(c, r=None):
    return _placed(sl.toeplitz, c) if r is None else _placed(sl.toeplitz, c, r)


@composite(sl.hankel)
@operands("c", "r")
def _hankel(c, r=None):
    return _placed(sl.hankel, c) if r is None else _placed(sl.hankel, c, r)


@composite(sl.circulant)
@operands("c")
def _circulant(c):
    return _placed(sl.circulant, c)


@composite(sl.convolution_matrix)
@operands("a")
def _convolution_matrix(a, n, mode="full"):
    return _placed(lambda p: sl.convolution_matrix(p, n, mode), a)


@composite(sl.leslie)
@operands("f", "s")
def _leslie(f, s):
    return _placed(sl.leslie, f, s)


@composite(sl.diagsvd)
@operands("s")
def _diagsvd(s, M, N):
    return _placed(lambda p: sl.diagsvd(p, M, N), s)


@composite(sl.khatri_rao)
@operands("a", "b")
def _khatri_rao(a, b):
    a, b = as_array(a), as_array(b)
    product = a[..., :, None, :] * b[..., None, :, :]
    return product.reshape((*product.shape[:-3], -1, product.shape[-1]))


@composite(sl.fiedler)
@operands("a")
def _fiedler(a):
    a = np.atleast_1d(as_array(a))
    return np.abs(a[..., :, None] - a[..., None, :])


@composite(sl.companion)
@operands("a")
def _companion(a):
    a = as_array(a)
    n = a.shape[-1] - 1
    first = -a[..., 1:] / a[..., :1]
    below = np.broadcast_to(np.eye(n - 1, n, dtype=a.dtype), (*a.shape[:-1], n - 1, n))
    return np.concatenate([first[..., None, :], below], axis=-2)
