"""`scipy.spatial.transform.Rotation` and `Slerp` of values that carry derivatives: unit quaternions as arrays of ours.

Decision: the formulas are SciPy's, written as smooth functions of squared angles, so that derivatives of every order are right at
the identity, where the norm of a rotation vector has none.  Values are SciPy's to rounding.
May import: core, errors, numpy, scipy.spatial, interpolants.
"""

from __future__ import annotations

from math import factorial

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from ...core.operands import primal
from ...errors import DegenerateError
from .interpolants import Interpolant, given, involved, refuse

__all__ = ["MADE", "Path", "Turn", "turn"]

NAME = "scipy.spatial.transform."


def turn(r):
    """A rotation as one of ours."""
    return r if isinstance(r, Turn) else Turn(r.as_quat())


def _smooth(a, terms, beyond, limit=0.1):
    """A series in a where it is small, else `beyond(a)`."""
    small = np.abs(primal(a)) < limit
    near, far = np.where(small, a, 0.0), np.where(small, 1.0, a)
    out = 0.0 * a
    for c in reversed(terms):
        out = out * near + c
    return np.where(small, out, beyond(far))


SINE = [(-1) ** k / (2.0 ** (2 * k + 1) * factorial(2 * k + 1)) for k in range(9)]
COSINE = [(-1) ** k / (4.0 ** k * factorial(2 * k)) for k in range(9)]
ARCTAN = [(-1) ** k / (2.0 * k + 1) for k in range(16)]


def _unit(q):
    return q / np.linalg.norm(q, axis=-1, keepdims=True)


def quat_of_rotvec(v, degrees=False):
    """sin(angle / 2) / angle and cos(angle / 2) are smooth in the square of the angle."""
    v = given(v)
    Rotation.from_rotvec(primal(v), degrees)  # SciPy's own errors
    v = v * (np.pi / 180) if degrees else v
    a = np.sum(v * v, axis=-1, keepdims=True)
    share = _smooth(a, SINE, lambda a: np.sin(np.sqrt(a) / 2) / np.sqrt(a))
    return np.concatenate([v * share, _smooth(a, COSINE, lambda a: np.cos(np.sqrt(a) / 2))], axis=-1)


def quat_of_quat(q, *, scalar_first=False):
    q = given(q)
    Rotation.from_quat(primal(q), scalar_first=scalar_first)
    return _unit(np.roll(q, -1, axis=-1) if scalar_first else q)


def quat_of_mrp(m):
    m = given(m)
    Rotation.from_mrp(primal(m))
    s = np.sum(m * m, axis=-1, keepdims=True) + 1
    return np.concatenate([2 * m, 2 - s], axis=-1) / s


def quat_of_euler(seq, angles, degrees=False):
    angles = given(angles)
    whole = Rotation.from_euler(seq, primal(angles), degrees).as_quat()
    angles = np.reshape(angles, (*whole.shape[:-1], len(seq))) / 2
    angles = angles * (np.pi / 180) if degrees else angles
    q = None
    for k, axis in enumerate(seq.lower()):
        half, none = angles[..., k], np.zeros_like(angles[..., k])
        one = np.stack([np.sin(half) if axis == name else none for name in "xyz"] + [np.cos(half)], axis=-1)
        q = one if q is None else composed(q, one) if seq[0].isupper() else composed(one, q)
    return q


def quat_of_matrix(m, assume_valid=False):
    """Case by case of the largest of the diagonal and the trace, as SciPy does; off the group, of the nearest rotation."""
    m = given(m)
    now = primal(m)
    Rotation.from_matrix(now)
    if not assume_valid and not np.allclose(now @ np.swapaxes(now, -1, -2), np.eye(3), rtol=1e-5, atol=1e-12):
        u, _, vt = np.linalg.svd(m)
        m = np.matmul(u, vt)
        now = primal(m)
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    cases = []
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        parts = [None] * 4
        parts[i] = 1 - trace + 2 * m[..., i, i]
        parts[j], parts[k] = m[..., j, i] + m[..., i, j], m[..., k, i] + m[..., i, k]
        parts[3] = m[..., k, j] - m[..., j, k]
        cases.append(np.stack(parts, axis=-1))
    cases.append(np.stack([m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1], 1 + trace],
                          axis=-1))
    pick = np.argmax(np.stack([now[..., 0, 0], now[..., 1, 1], now[..., 2, 2], primal(trace)], axis=-1), axis=-1)[..., None]
    q = cases[3]
    for i in range(3):
        q = np.where(pick == i, cases[i], q)
    return _unit(q)


def composed(p, q):
    """The product of two quaternions, the scalar last."""
    px, py, pz, pw = (p[..., k] for k in range(4))
    qx, qy, qz, qw = (q[..., k] for k in range(4))
    return np.stack([pw * qx + qw * px + py * qz - pz * qy, pw * qy + qw * py + pz * qx - px * qz,
                     pw * qz + qw * pz + px * qy - py * qx, pw * qw - px * qx - py * qy - pz * qz], axis=-1)


def upper(q):
    """Of q and -q the one that SciPy takes for vectors: w > 0, then x, y, z."""
    now, sign = primal(q), np.zeros(np.shape(q)[:-1])
    for k in (3, 0, 1, 2):
        sign = np.where(sign == 0, np.sign(now[..., k]), sign)
    return q * np.where(sign < 0, -1.0, 1.0)[..., None]


class Turn(Interpolant):
    """A rotation or a stack of rotations."""

    name = NAME + "Rotation"
    __array_ufunc__ = None

    def __init__(self, quat):
        self.quat = quat
        self.single, self.shape = np.ndim(quat) == 1, np.shape(quat)[:-1]

    def __len__(self):
        if self.single:
            raise TypeError("Single rotation has no len().")
        return self.shape[0]

    def __getitem__(self, key):
        if self.single:
            raise TypeError("Single rotation is not subscriptable.")
        return Turn(self.quat[key])

    def __mul__(self, other):
        return Turn(composed(self.quat, turn(other).quat)) if isinstance(other, (Turn, Rotation)) else NotImplemented

    def __rmul__(self, other):
        return Turn(composed(turn(other).quat, self.quat)) if isinstance(other, Rotation) else NotImplemented

    def __pow__(self, n):
        if not involved(n) and n in (1, -1):
            return self if n == 1 else self.inv()
        return Turn(quat_of_rotvec(n * self.as_rotvec()))

    def inv(self):
        return Turn(self.quat * np.array([-1.0, -1.0, -1.0, 1.0]))

    def as_quat(self, canonical=False, *, scalar_first=False):
        q = upper(self.quat) if canonical else self.quat
        return np.roll(q, 1, axis=-1) if scalar_first else q

    def as_matrix(self):
        x, y, z, w = (self.quat[..., k] for k in range(4))
        rows = [[x * x - y * y - z * z + w * w, 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), -x * x + y * y - z * z + w * w, 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), -x * x - y * y + z * z + w * w]]
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

    def as_rotvec(self, degrees=False):
        q = upper(self.quat)
        v, w = q[..., :3], q[..., 3:]
        s = np.sum(v * v, axis=-1, keepdims=True)
        near = primal(s) < 0.1
        safe = np.where(near, w, 1.0)
        inner = 2 * _smooth(np.where(near, s / safe ** 2, 0.0), ARCTAN, np.sqrt, 0.2) / safe
        far = np.sqrt(np.where(near, 1.0, s))
        share = np.where(near, inner, 2 * np.arctan2(far, np.where(near, 1.0, w)) / far)
        return v * (share * (180 / np.pi) if degrees else share)

    def as_mrp(self):
        q = self.quat * np.where(primal(self.quat)[..., 3:] < 0, -1.0, 1.0)
        return q[..., :3] / (1 + q[..., 3:])

    def as_euler(self, seq, degrees=False, *, suppress_warnings=False):
        value = Rotation.from_quat(primal(self.quat)).as_euler(seq, suppress_warnings=suppress_warnings)
        extrinsic = seq[0].islower()
        axes = ["xyz".index(a) for a in seq.lower()]
        i, j, k = axes if extrinsic else axes[::-1]
        symmetric = i == k
        k = 3 - i - j if symmetric else k
        sign = (i - j) * (j - k) * (k - i) // 2
        q = [self.quat[..., n] for n in range(4)]
        a, b, c, d = (q[3], q[i], q[j], q[k] * sign) if symmetric else (
            q[3] - q[j], q[i] + q[k] * sign, q[j] + q[3], q[k] * sign - q[i])
        size = np.hypot(primal(c), primal(d)) * np.hypot(primal(a), primal(b))
        if np.any(size < 1e-7):
            raise DegenerateError(f"{self.name}.as_euler: at gimbal lock the first and third angle have no derivative")
        plus, minus = np.arctan2(b, a), np.arctan2(d, c)
        third = (plus + minus) * (1 if symmetric else sign)
        second = 2 * np.arctan2(np.hypot(c, d), np.hypot(a, b))
        angles = [plus - minus, second, third]
        out = np.stack(angles if extrinsic else angles[::-1], axis=-1)
        out = out + (value - primal(out))  # the turns that SciPy adds
        return out * (180 / np.pi) if degrees else out

    def apply(self, vectors, inverse=False):
        m = self.as_matrix()
        m = np.swapaxes(m, -1, -2) if inverse else m
        return np.matmul(m, given(vectors)[..., None])[..., 0]

    def magnitude(self):
        return 2 * np.arctan2(np.linalg.norm(self.quat[..., :3], axis=-1), np.abs(self.quat[..., 3]))

    def approx_equal(self, other, atol=None, degrees=False):
        return _plain(self).approx_equal(_plain(other), atol, degrees)


def _plain(r):
    return Rotation.from_quat(primal(r.quat)) if isinstance(r, Turn) else r


def concatenated(rotations):
    rotations = [turn(r) for r in (rotations if isinstance(rotations, (list, tuple)) else [rotations])]
    return np.concatenate([np.reshape(r.quat, (-1, 4)) for r in rotations])


MADE = {"from_quat": quat_of_quat, "from_matrix": quat_of_matrix, "from_rotvec": quat_of_rotvec, "from_mrp": quat_of_mrp,
        "from_euler": quat_of_euler, "concatenate": concatenated}


class Path(Interpolant):
    """Slerp."""

    name = NAME + "Slerp"

    def __init__(self, times, rotations):
        self.times, self.rotations = given(times), turn(rotations)
        Slerp(primal(self.times), _plain(self.rotations))
        steps = Turn(self.rotations.quat[:-1]).inv() * Turn(self.rotations.quat[1:])
        self.rotvecs = steps.as_rotvec()

    @classmethod
    def of(cls, slerp):
        """That of plain rotations."""
        made = cls.__new__(cls)
        last = slerp.rotations[len(slerp.rotations) - 1] * Rotation.from_rotvec(slerp.rotvecs[-1])
        made.times, made.rotvecs = slerp.times, slerp.rotvecs
        made.rotations = Turn(np.concatenate([slerp.rotations.as_quat(), last.as_quat()[None]]))
        return made

    def __call__(self, times):
        t, known = given(times), primal(self.times)
        if t.ndim > 1 or np.any(primal(t) < known[0]) or np.any(primal(t) > known[-1]):
            raise ValueError("Interpolation times must be at most 1-dimensional and within the range "
                             f"[{known[0]}, {known[-1]}], both inclusive.")
        i = np.clip(np.searchsorted(known, primal(t)) - 1, 0, known.size - 2)
        alpha = (t - self.times[i]) / (self.times[i + 1] - self.times[i])
        return Turn(self.rotations.quat[i]) * Turn(quat_of_rotvec(self.rotvecs[i] * np.reshape(alpha, (*t.shape, 1))))


def refusing(name):
    def refused(*args, **kwargs):
        raise refuse(NAME + name, "use from_rotvec, from_quat, from_matrix, from_mrp, from_euler, products and Slerp")

    return refused
