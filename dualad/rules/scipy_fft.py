"""Rules of `scipy.fft`, entered when one of its functions is first met.

Decision: Fourier transforms are the bodies of `numpy.fft` with SciPy's functions inside. A cosine or sine transform is a table that
is symmetric but for weights at one end (`_ends`), so its transpose is the transform of the type that belongs to it; the fast Hankel
transform is symmetric as it stands. What is public and in no table is refused.
May import: numpy, scipy.fft, .fft, .kinds, .maps, .paired, .reduction (helpers), .tables.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import scipy.fft as sf

from .fft import SWAPPED, bodies, fitted, four
from .kinds import composite
from .maps import Map, axes_last, calling, declared_map
from .paired import BODIES
from .reduction import as_array, cast
from .tables import Namespace

__all__ = ["NAMESPACE"]

# ---------------------------------------------------------------- Fourier

FAST = SimpleNamespace(**{name: calling(getattr(sf, name)) for name in ("fft", "ifft", "rfft", "irfft")})


def _transform(name, body):
    """Declare a body with NumPy's arguments as the rule of SciPy's function."""
    fn = getattr(sf, name)

    def entry(x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, *, plan=None):
        return body(x, n, axis, norm)

    last = (-2, -1) if name.endswith("2") else None

    def several(x, s=None, axes=last, norm=None, overwrite_x=False, workers=None, *, plan=None):
        return body(x, s, axes, norm)

    BODIES[fn] = several if name[-1] in "n2" else entry
    composite(fn, primal=False)(BODIES[fn])


def _conjugated(before, after, body):
    """hfftn and ihfftn: transforms of the other direction between conjugates."""
    def entry(x, s, axes, norm):
        norm = SWAPPED.get(norm or "backward", norm)
        x = as_array(x)
        return after(body(before(x), s, axes, norm))

    return entry


_bodies = bodies(FAST, four(sf))
for _end in ("n", "2"):
    _bodies["hfft" + _end] = _conjugated(np.conjugate, lambda y: y, _bodies["irfft" + _end])
    _bodies["ihfft" + _end] = _conjugated(lambda x: x, np.conjugate, _bodies["rfft" + _end])
for _name, _body in _bodies.items():
    _transform(_name, _body)


def _frequencies(fn):
    def body(n, d=1.0, **options):
        return fn(n, **options) / d

    return body


composite(sf.fftfreq)(_frequencies(sf.fftfreq))
composite(sf.rfftfreq)(_frequencies(sf.rfftfreq))
def _shift(fn):
    def body(x, axes=None):
        return fn(x, axes)

    return body


for _fn, _twin in ((sf.fftshift, np.fft.fftshift), (sf.ifftshift, np.fft.ifftshift)):
    BODIES[_fn] = _shift(_twin)
    composite(_fn)(BODIES[_fn])

# ---------------------------------------------------------------- cosines and sines

TRANSPOSED = {1: 1, 2: 3, 3: 2, 4: 4}
INVERSE = {"idct", "idst", "idctn", "idstn"}


def _ends(kind, sine, n, orthogonal):
    """(before, after): T' = after * T_other * before, as weights, for SciPy's transform T of length n.

    The plain tables are 2 cos(...) or 2 sin(...) with one (type 1 of cosines: both) end counted once in the input of types 1 and 3.
    """
    before, after = np.ones(n), np.ones(n)
    if orthogonal or kind == 4 or (sine and kind == 1):
        return before, after
    ends = slice(None, None, n - 1) if kind == 1 else -1 if sine else 0
    if kind in (1, 2):
        before[ends] = 2.0
    if kind in (1, 3):
        after[ends] = 0.5
    return before, after


def _transposed(g, sine, kind, norm, orthogonal):
    """The transpose along the last axis; `kind` and `norm` are those of the forward direction."""
    before, after = _ends(kind, sine, g.shape[-1], orthogonal)
    y = (sf.dst if sine else sf.dct)(g * cast(before, g.dtype), TRANSPOSED[kind], norm=norm, orthogonalize=orthogonal)
    return y * cast(after, g.dtype)


def _map(fn, x, pairs, call, **given):
    """The map along axes of lengths, (axis, n), both counted from the end; `call(x, axes, lengths)` applies it."""
    name, kind, norm = fn.__name__, given["type"], given["norm"] or "backward"
    orthogonal = norm == "ortho" if given["orthogonalize"] is None else bool(given["orthogonalize"])
    if kind not in TRANSPOSED or norm not in SWAPPED:
        fn(np.ones((2,) * x.ndim), kind, norm=norm)  # SciPy's own error
    if name in INVERSE:  # forward transforms of the type that belongs to them
        kind, norm = TRANSPOSED[kind], SWAPPED[norm]
    axes, lengths = [axis for axis, _ in pairs], [n for _, n in pairs]
    shape = x.shape

    def back(g):
        for axis in axes:
            y = _transposed(np.swapaxes(g, axis, -1), "dst" in name, kind, norm, orthogonal)
            g = fitted(np.swapaxes(y, axis, -1), axis, shape[axis])
        return g

    return Map(name, lambda x: call(x, axes, lengths, given), back)


def _along(fn):
    def call(x, axes, lengths, given):
        return fn(x, n=lengths[0], axis=axes[0], **given)

    def made(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None):
        (axis,) = axes_last(x, axis)
        n = x.shape[axis] if n is None else int(n)
        return _map(fn, x, [(axis, n)], call, type=type, norm=norm, orthogonalize=orthogonalize)

    return made


def _along_several(fn):
    def call(x, axes, lengths, given):
        return fn(x, s=lengths, axes=axes, **given)

    def made(x, type=2, s=None, axes=None, norm=None, overwrite_x=False, workers=None, *, orthogonalize=None):
        s = None if s is None else (s,) if np.ndim(s) == 0 else tuple(s)
        axes = axes_last(x, range(x.ndim - len(s), x.ndim) if axes is None and s is not None else axes)
        if s is not None and len(s) != len(axes):
            fn(np.ones(x.shape), type, s, axes)  # SciPy's own error
        s = [x.shape[a] if s is None or s[k] == -1 else int(s[k]) for k, a in enumerate(axes)]
        return _map(fn, x, list(zip(axes, s, strict=True)), call, type=type, norm=norm, orthogonalize=orthogonalize)

    return made


for _name in ("dct", "idct", "dst", "idst"):
    declared_map(getattr(sf, _name), _along(getattr(sf, _name)))
    declared_map(getattr(sf, _name + "n"), _along_several(getattr(sf, _name + "n")))

# ---------------------------------------------------------------- Hankel


def _hankel(fn):
    """Weights, a circular convolution read backwards, weights: a symmetric table, whatever the constants are."""
    def made(x, *args, **options):
        def call(x):
            return fn(x, *args, **options)

        return Map(fn.__name__, call, call)

    return made


for _fn in (sf.fht, sf.ifht):
    declared_map(_fn, _hankel(_fn))

# ---------------------------------------------------------------- the namespace

COVERED = {name: "x" for name in [*_bodies, *"fftshift ifftshift dct idct dst idst dctn idctn dstn idstn".split()]}
COVERED |= {"fftfreq": "d", "rfftfreq": "d", "fht": "a", "ifht": "A"}
NAMESPACE = Namespace(sf, COVERED, "next_fast_len prev_fast_len fhtoffset get_workers set_workers set_backend skip_backend "
                                   "set_global_backend register_backend", {})
NAMESPACE.settle()
