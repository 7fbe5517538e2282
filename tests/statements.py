"""Steps of random programs that write: in place, through views, by index, mask and `out=`; branches and loops.

Each step is a few statements that are tried on plain arrays and taken back if a value becomes too large.
"""

import numpy as np

LARGEST = 100.0
MARGIN = 0.05


def owner(a):
    while isinstance(a, np.ndarray) and isinstance(a.base, np.ndarray):
        a = a.base
    return a


def moderate(v):
    return np.isfinite(v).all() and np.abs(v).max(initial=0.0) <= LARGEST


def attempt(p, lines, changed=None, name=None, real_only=False):
    """Run statements; keep them if every variable is still finite and of moderate size."""
    arrays = [a for a in {id(a): a for a in map(owner, map(p.env.get, p.names))}.values() if isinstance(a, np.ndarray)]
    before = [a.copy() for a in arrays]
    env = dict(p.env)
    try:
        with np.errstate(all="ignore"):
            for line in lines:
                exec(line, env)
        good = all(moderate(env[v]) for v in [*p.names, *([name] if name else [])])
    except (ValueError, IndexError):
        good = False
    if good and name:
        v = env[name]
        good = isinstance(v, np.ndarray) and v.dtype.kind == "f" and 0 < v.size <= 40 and v.ndim <= 3
    if not good:
        for a, old in zip(arrays, before, strict=True):
            if a.flags.writeable:
                a[...] = old
        return False
    p.env = env
    p.lines += lines
    p.analytic &= not real_only
    if name:
        p.made += 1
        p.names.append(name)
    if changed in p.names[1:]:
        # what was written is looked at later
        p.names.remove(changed)
        p.names.append(changed)
    return True


def target(p):
    """An array that may be written; views more often than owners."""
    names = [v for v in p.names if p.ndim(v) and p.value(v).flags.writeable]
    views = [v for v in names if p.value(v).base is not None]
    return p.choose(views if views and p.pick(3) else names) if names else None


def key(p, t):
    """An index into a target, and whether it follows the values."""
    v = p.value(t)
    n, k = v.shape[0], p.pick(v.shape[0])
    keys = ["0", "-1", f"{k}", "1:", ":-1", "::2", "::-1", f"{k}:", "...", "[0, -1]", f"[{k}, {k}, 0]", f"np.arange({n}) % 2 == 0",
            f"np.array([{k}])", f"-1:{k}:-1"]
    if v.ndim > 1:
        m = v.shape[1]
        j = p.pick(m)
        keys += [f"{k}, {j}", f":, {j}", f"{k}, 1:", "..., 0", "..., ::-1", f"[0, -1], [{j}, 0]", f":, [{j}, 0]", f"[{k}], 1:",
                 f"np.ix_([{k}, 0], [{j}])", "1:, :-1", f"None, {k}", f"np.arange({v.size}).reshape({v.shape}) % 3 == 0"]
    if p.pick(6) == 0:
        order = np.sort(v, axis=None)
        gaps = np.diff(order)
        if len(gaps) and gaps.max() > 4 * MARGIN:
            j = int(np.argmax(gaps))
            return f"{t} > {round(float(order[j] + order[j + 1]) / 2, 3)!r}", True
    return p.choose(keys), False


def source(p, shape, *own):
    """Something that broadcasts to a shape: numbers, variables of every kind, parts of the target itself."""
    def fits(v):
        try:
            return np.broadcast_shapes(p.shape(v), shape) == shape
        except ValueError:
            return False

    names = [v for v in p.names if fits(v)]
    kind = p.pick(4)
    if kind == 0 or not (names or own):
        return p.number()
    if own and (kind == 1 or not names):
        return p.choose(own)
    v = p.choose(names)
    return p.choose([v, v, f"0.5 * {v}", f"np.sin({v})"])


OPERATIONS = ["{} = {}", "{} = {}", "{} += {}", "{} -= {}", "{} *= {}", "{} /= 2.0 + np.tanh({})"]


def whole(p):
    """x += ... and the like, also with parts of x itself."""
    t = target(p)
    return t and attempt(p, [p.choose(OPERATIONS[2:]).format(t, source(p, p.shape(t), f"{t}[::-1]", f"{t}[:1]"))], t)


def part(p):
    """x[key] = ..., x[key] += ..."""
    t = target(p)
    if not t:
        return False
    k, by_value = key(p, t)
    shape = np.shape(eval(f"{t}[{k}]", p.env))
    own = [f"{t}[{k}]", f"0.5 * {t}[{k}]"] + ([f"{t}[{k}][::-1]", f"{t}[::-1][{k}]"] if shape else [])
    given = source(p, shape, *own)
    if by_value or "%" in k:
        given = f"1.0 * ({given})"  # NumPy's assignment through masks does not see that operands overlap
    return attempt(p, [p.choose(OPERATIONS).format(f"{t}[{k}]", given)], t, real_only=by_value)


def through_view(p):
    """Write through a chain of views while another view looks on."""
    t = target(p)
    if not t or p.value(t).size < 2:
        return False
    name, n = f"v{p.made}", p.value(t).size
    view = p.choose([f"{t}[::-1]", f"{t}[1:]", f"{t}.T", f"{t}[..., ::2]", f"{t}[None]", f"{t}[1:][::-1]", f"np.moveaxis({t}, 0, -1)",
                     f"{t}[::-1][:-1]", f"np.flip({t})", f"{t}[..., None, :]", f"{t}[:, None]", f"np.expand_dims({t}, 0)"]
                    + [f"{t}.reshape(-1)", f"{t}.reshape({n}, 1)", f"np.reshape({t}, (1, -1))", f"np.ravel({t})",
                       f"np.ravel({t}, order='K')", f"{t}.reshape(-1, order='F')", f"{t}.T.ravel()", f"np.reshape({t}, -1, order='A')"])
    seen = source(p, (), "0.25")
    write = p.choose([f"{name}[0] = {p.number()}", f"{name}[-1] *= {p.number()}", f"{name} += {seen}", f"{t}[0] = {p.number()}",
                      f"{t}[-1] *= {t}[0]", f"{name}[...] = {t}.reshape({name}.shape)[::-1]", f"{name}[:] = {seen}"])
    return attempt(p, [f"{name} = {view}", write], t, name)


def at(p):
    """Unbuffered updates with repeated indices; NumPy wants operands that neither overlap nor are broadcast."""
    t = target(p)
    if not t:
        return False
    k = p.pick(p.shape(t)[0])
    index = p.choose([f"[{k}, {k}, 0]", f"{k}", f"([{k}, {k}],)", "slice(1, None)", f"np.array([[{k}, 0], [0, {k}]])"])
    shape = np.shape(eval(f"{t}[{index}]", p.env))
    given = source(p, shape, f"{t}[{index}]")
    return attempt(p, [f"np.{p.choose(['add', 'subtract'])}.at({t}, {index}, np.ones({shape}) * ({given}))"], t)


def into(p):
    """Functions with out=, also where it is one of the operands."""
    t = target(p)
    if not t:
        return False
    shape = p.shape(t)
    a, b = source(p, shape, t, f"{t}[::-1]"), source(p, shape, t)
    a = f"{a} * np.ones_like({t})"
    text = p.choose([f"np.sin({a}, out={t})", f"np.multiply({a}, {b}, out={t})", f"np.add({t}, {b}, out={t})",
                     f"np.cumsum({t}, axis=0, out={t})", f"np.tanh({t}, {t})", f"np.add({a}, {b}, out={t}, where=np.arange({shape[-1]}) % 2 == 0)",
                     f"np.sum(np.stack([{a}, {t}]), axis=0, out={t})", f"np.concatenate([2.0 * {t}[1:], 0.5 * {t}[:1]], out={t})",
                     f"np.take({a}, [-1] * {shape[0]}, axis=0, out={t})", f"np.mean({a}, axis=0, keepdims=True, out={t}[:1])"])
    return attempt(p, [text], t)


def filling(p):
    """NumPy's functions that write into an argument."""
    t = target(p)
    if not t:
        return False
    n, shape, size = p.shape(t)[0], p.shape(t), p.value(t).size
    b = source(p, shape, f"{t}[::-1]")
    vector = "1.0 * " + p.choose([v for v in p.names if p.ndim(v)] or ["np.array([0.5, -0.25])"])
    return attempt(p, [p.choose([
        f"np.copyto({t}, {b})", f"np.copyto({t}, {b}, where=np.arange({shape[-1]}) % 2 == 0)", f"np.put({t}, [0, {p.pick(size)}], {vector})",
        f"np.putmask({t}, np.arange({size}).reshape({shape}) % 2 == 0, {vector})", f"{t}.fill({p.number()})",
        f"np.place({t}, np.arange({size}).reshape({shape}) % 2 == 1, {vector})",
        f"np.put_along_axis({t}, np.zeros({(1, *shape[1:])}, dtype=int) + {p.pick(n)}, {p.number()}, 0)",
        *([f"np.fill_diagonal({t}, {vector})"] if len(shape) == 2 and min(shape) > 1 else []),
    ])], t)


def looping(p):
    """Recurrences, rows that are views, and swaps."""
    t = target(p)
    if not t:
        return False
    texts = [f"for i in range({p.shape(t)[0]}): {t}[i] = 0.5 * {t}[i] + ({t}[i - 1] if i else 0.25)",
             f"for i in range(1, {p.shape(t)[0]}): {t}[i] *= np.cos({t}[i - 1])",
             f"{t}[0], {t}[-1] = {t}[-1], {t}[0]", f"{t}[1:], {t}[:-1] = 0.5 * {t}[:-1], {t}[1:]"]
    if p.ndim(t) > 1:
        texts += [f"for row in {t}: row *= 0.5 + row[::-1]", f"for row in {t}.T: row[0] = np.sum(row)",
                  f"for i, row in enumerate({t}): row[i % row.shape[0]] += {t}[0, 0]"] * (p.ndim(t) == 2)
    return attempt(p, [p.choose(texts)], t)


def branching(p):
    """Either way, by the values; far enough from where the other way begins."""
    t = target(p)
    a = p.var()
    if not t:
        return False
    level = round(float(np.sum(p.value(a))) + p.choose([-0.5, 0.5]), 3)
    name = f"v{p.made}"
    other = p.mate(t)
    if p.pick(2):
        return attempt(p, [f"if np.sum({a}) > {level!r}: {t}[0] *= 0.5", f"if not np.sum({a}) > {level!r}: {t} += 0.125"], t, real_only=True)
    return attempt(p, [f"{name} = {t} if np.sum({a}) > {level!r} else {t} * {other}", f"{name}[0] = {p.number()}"], t, name, real_only=True)


STEPS = [whole, whole, part, part, part, part, through_view, through_view, through_view, at, into, filling, looping, branching]
