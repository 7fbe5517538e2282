"""`dualad.monitor`: statistics and verdicts, clipping, skipping, accumulation, drift, probes, records."""

import csv
import json
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import dualad
from dualad import monitor

ROOT = Path(__file__).resolve().parents[1]


def tree(rng):
    return {"w": rng.normal(size=(5, 3)), "layers": [rng.normal(size=4), 2.0]}


def flat(g):
    return np.concatenate([np.ravel(g["w"]), g["layers"][0], np.ravel(g["layers"][1])])


def test_norms_are_those_of_all_entries(rng):
    g = tree(rng)
    assert monitor.global_norm(g) == pytest.approx(np.linalg.norm(flat(g)), rel=1e-14)
    assert monitor.norms(g)["['w']"] == pytest.approx(np.linalg.norm(g["w"]), rel=1e-14)
    assert list(monitor.norms(g)) == ["['w']", "['layers'][0]", "['layers'][1]"]


def test_norms_neither_overflow_nor_underflow():
    assert monitor.global_norm([np.full(4, 1e300), 0.0]) == 2e300
    assert monitor.global_norm([np.full(4, 1e-300)]) == pytest.approx(2e-300)
    assert np.isnan(monitor.global_norm([1.0, np.nan]))
    assert monitor.global_norm([1.0, np.inf]) == np.inf
    assert monitor.global_norm([np.zeros(0), 0.0]) == 0.0


def test_describe_ignores_what_is_not_finite(rng):
    x = rng.normal(size=100)
    x[:10], x[10:15], x[15] = 0.0, np.nan, np.inf
    s, some = monitor.describe(x), x[np.isfinite(x)]
    assert (s.mean, s.std, s.min, s.max) == (some.mean(), some.std(), some.min(), some.max())
    assert (s.zeros, s.nonfinite, s.size) == (0.1, pytest.approx(0.06), 100)
    assert monitor.describe(np.zeros(0)).size == 0
    assert np.isnan(monitor.describe(np.full(2, np.nan)).mean)


def test_verdicts():
    def verdicts(x, **limits):
        return monitor.health({"g": x}, **limits).verdicts

    assert verdicts(np.ones(3)) == []
    assert monitor.health(np.ones(3)).ok
    assert verdicts(np.full(3, 1e-9)) == ["['g']: vanishing: norm 1.73e-09 < 1e-07"]
    assert verdicts(np.full(4, 1e3))[0].startswith("['g']: exploding: norm 2e+03 > 1000")
    assert verdicts(np.ones(4), exploding=1.0)[0].startswith("['g']: exploding")
    assert verdicts(np.zeros(4))[0].startswith("['g']: no gradient")
    assert verdicts(np.array([1.0, np.nan]))[0].startswith("['g']: not finite in 50.0% of 2 entries")
    assert verdicts(np.array([[0.0, 1.0, 0.0]] * 4)) == ["['g']: dead units: the gradients of 2 of 3 units are exactly zero: [0, 2]"]
    text = str(monitor.health({"g": np.full(3, 1e-9)}))
    assert "norm 1.73205e-09, 1 findings" in text
    assert "0% zero, 0% not finite" in text


def test_clipping_keeps_the_direction_and_the_dtypes(rng):
    g = tree(rng)
    g["w"] = g["w"].astype(np.float32)
    clipped, norm = monitor.clip_by_global_norm(g, 0.5)
    assert norm == monitor.global_norm(g)
    assert monitor.global_norm(clipped) == pytest.approx(0.5, rel=1e-6)
    assert np.allclose(flat(clipped) / flat(g), 0.5 / norm)
    assert clipped["w"].dtype == np.float32
    assert type(clipped["layers"]) is list
    assert monitor.clip_by_global_norm(g, 1e6)[0] is g
    bad = {"a": np.array([1.0, np.nan])}
    assert monitor.clip_by_global_norm(bad, 1.0)[0] is bad
    huge, norm = monitor.clip_by_global_norm([np.full(4, 1e300)], 1.0)
    assert monitor.global_norm(huge) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="the limit must be positive, found 0"):
        monitor.clip_by_global_norm(g, 0)


def test_clip_by_value(rng):
    g = monitor.clip_by_value({"a": np.array([-2.0, 0.5, np.nan]), "b": 7.0}, -1, 1)
    np.testing.assert_array_equal(g["a"], [-1.0, 0.5, np.nan])
    assert g["b"] == 1.0
    with pytest.raises(ValueError, match="low=1 is above high=0"):
        monitor.clip_by_value(g, 1, 0)


def test_skip_steps():
    skip = monitor.SkipSteps(above=10.0, times=4.0, patience=2)
    assert [skip(n) for n in (1.0, 1.1, 0.9, 1.0, 1.0)] == [""] * 5
    assert skip(5.0) == "norm 5 is more than 4 times the usual 1"
    assert skip(11.0) == "norm 11 > 10"
    with pytest.raises(RuntimeError, match="3 steps in a row were skipped .norm inf is not finite.: lower the learning rate"):
        skip(float("inf"))
    assert skip(1.0) == ""
    assert skip.skipped == 3


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_accumulated_gradients_are_those_of_the_whole_batch(reduction, kind, rng):
    x, y = rng.normal(size=(23, 4)), rng.normal(size=23)
    params = {"w": rng.normal(size=4).astype(kind), "b": 0.3}
    reduce = getattr(np, reduction)

    def loss(p, x, y):
        return reduce((np.tanh(x @ p["w"]) + p["b"] - y) ** 2)

    cuts = [slice(0, 10), slice(10, 20), slice(20, 23)]         # the last one is smaller
    value, g = monitor.accumulate(loss, params, ((x[c], y[c]) for c in cuts), reduction=reduction)
    whole, wanted = dualad.value_and_grad(loss)(params, x, y)
    tol = 1e-13 if kind is np.float64 else 1e-5
    assert value == pytest.approx(whole, rel=tol)
    np.testing.assert_allclose(g["w"], wanted["w"], rtol=tol)
    assert g["w"].dtype == kind
    assert g["b"] == pytest.approx(wanted["b"], rel=tol)


def test_accumulate_checks_its_batches():
    f = lambda p, x: p * np.sum(x)
    with pytest.raises(ValueError, match="no batch"):
        monitor.accumulate(f, 1.0, [])
    with pytest.raises(ValueError, match=r"found rows \[2, 3\]"):
        monitor.accumulate(lambda p, x, y: p, 1.0, [(np.ones(2), np.ones(3))])
    with pytest.raises(ValueError, match="reduction='max' is not known"):
        monitor.accumulate(f, 1.0, [], reduction="max")


def test_drift_raises_no_false_alarms(rng):
    """2 x 400 features that have not drifted: at most a few of them moderate, in small batches as in large ones."""
    drift = monitor.Drift(rng.normal(size=(2000, 400)))
    for n in (50, 1000):
        report = drift.check(rng.normal(size=(n, 400)))
        assert len(report.drifted) <= 2


def test_drift_finds_shifts_spreads_shapes_and_missing_values(rng):
    names = ["same", "shifted", "wider", "two peaks", "missing", "stuck"]
    reference = rng.normal(size=(3000, 6))
    drift = monitor.Drift(reference, names)
    batch = rng.normal(size=(1000, 6))
    batch[:, 1] += 1.0
    batch[:, 2] *= 3.0
    batch[:, 3] = np.sign(batch[:, 3]) + 0.1 * rng.normal(size=1000)
    batch[::3, 4] = np.nan
    batch[:, 5] = 0.1
    report = drift.check(batch)
    assert report.drifted == names[1:]
    shifted = report.features[1]
    assert shifted.shift == pytest.approx((batch[:, 1].mean() - reference[:, 1].mean()) / reference[:, 1].std())
    assert report.features[2].spread == pytest.approx(3.0, rel=0.1)
    assert not report.ok
    assert "shifted: drift, mean shifted by +" in str(report)
    # an independent opinion: the two-sample KS test
    for f, old, new in zip(report.features, reference.T, batch.T, strict=True):
        p = stats.ks_2samp(old, new[np.isfinite(new)]).pvalue
        assert (p < 1e-6) == (f.verdict == "drift" and f.name != "missing")


def test_the_stability_index_is_the_usual_one(rng):
    old, new = rng.normal(size=4000), rng.normal(0.3, 1.2, size=3000)
    feature = monitor.Drift(old).check(new).features[0]
    edges = np.quantile(old, np.linspace(0, 1, 11)[1:-1])
    p = np.bincount(np.digitize(old, edges), minlength=10) / 4000
    q = np.bincount(np.digitize(new, edges), minlength=10) / 3000
    assert feature.psi == pytest.approx(np.sum((q - p) * np.log(q / p)), rel=0.01)
    assert feature.critical == pytest.approx(stats.chi2.isf(1e-3, 9) * (1 / 4000 + 1 / 3000))


def test_drift_of_constants_and_categories(rng):
    drift = monitor.Drift(np.stack([np.ones(500), rng.integers(0, 3, 500).astype(float)], axis=1))
    assert drift.check(np.stack([np.ones(200), rng.integers(0, 3, 200).astype(float)], axis=1)).ok
    report = drift.check(np.stack([np.full(200, 2.0), np.zeros(200)], axis=1))
    assert len(report.drifted) == 2
    assert report.features[0].shift == np.inf
    with pytest.raises(ValueError, match="the batch has 3 features, the reference has 2"):
        drift.check(np.ones((4, 3)))
    with pytest.raises(ValueError, match="the batch is empty"):
        drift.check(np.ones((0, 2)))
    with pytest.raises(ValueError, match="a reference of 1 samples"):
        monitor.Drift(np.ones((1, 2)))
    with pytest.raises(ValueError, match="1 names for 2 features"):
        monitor.Drift(np.ones((3, 2)), ["a"])


@pytest.mark.parametrize("transform", [dualad.grad, dualad.jacobian, lambda f: dualad.jacobian(f, mode="forward"), dualad.hessian])
def test_probes_change_nothing(transform, rng):
    probe, x, w = monitor.Probe(), rng.normal(size=(6, 3)), rng.normal(size=3)
    f = lambda w: np.sum(np.tanh(x @ w) ** 2)
    g = lambda w: np.sum(probe(np.tanh(probe(x @ w, "before")), "after") ** 2)
    np.testing.assert_array_equal(transform(g)(w), transform(f)(w))
    assert probe.values["after"].max == pytest.approx(np.tanh(x @ w).max())


def test_probes_see_values_and_cotangents(rng):
    probe, x, w = monitor.Probe(), rng.normal(size=(6, 3)), rng.normal(size=3)
    dualad.grad(lambda w: np.sum(probe(x @ w, "z") ** 2))(w)
    assert probe.cotangents["z"].norm == pytest.approx(np.linalg.norm(2 * x @ w))
    assert probe.verdicts() == []
    assert np.isnan(probe.growth())
    with np.errstate(all="ignore"):
        dualad.grad(lambda w: np.sum(np.log(probe(x @ w * 0, "z"))))(w)
    assert probe.verdicts() == ["z: 100.0% of its cotangent is not finite"]
    dualad.grad(lambda w: 1e-9 * np.sum(probe(x @ w, "z")))(w)
    assert probe.verdicts()[0].startswith("z: vanishing: its cotangent has norm")
    assert float(probe(2.0, "plain")) == 2.0
    probe.clear()
    assert probe.values == {}


def run(steps, watch, w):
    for _ in range(steps):
        value, g = dualad.value_and_grad(lambda w: np.sum(w["a"] ** 2) + w["b"] ** 4)(w)
        step = watch.step(g, value=value, rate=0.1)
        if not step.skip:
            w = {k: w[k] - 0.1 * step.gradients[k] for k in w}
    return w


def test_monitor_records_logs_and_clips(tmp_path, caplog):
    path = tmp_path / "run.jsonl"
    w = {"a": np.array([3.0, 4.0]), "b": 20.0}
    with caplog.at_level(logging.INFO, "dualad.monitor"), monitor.JsonLinesWriter(path) as writer:
        watch = monitor.Monitor(clip_norm=5.0, skip=monitor.SkipSteps(above=1e5), writer=writer)
        run(4, watch, w)
        watch.step({"a": np.array([np.nan, 1.0]), "b": 0.0})
    first = watch.history[0]
    assert (first["step"], first["clipped"], first["skipped"], first["rate"]) == (0, True, "", 0.1)
    assert first["norm"] == pytest.approx(np.hypot(10.0, 32000.0))
    assert first["norm['b']"] == pytest.approx(32000.0)
    assert watch.history[4]["skipped"] == "norm nan is not finite"
    messages = [r.getMessage() for r in caplog.records]
    assert "step 0: ['b']: exploding: norm 3.2e+04 > 1000: clip it (clip_by_global_norm), or look at what is multiplied again and again" in messages
    assert "step 4 skipped: norm nan is not finite" in messages
    assert any(m.startswith("step 0: value 160025") and m.endswith("clipped") for m in messages)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == 5
    assert rows[0]["norm"] == first["norm"]
    assert rows[4]["norm"] == "nan"


def test_csv_goes_on_where_it_stopped(tmp_path):
    path = tmp_path / "run.csv"
    for _ in range(2):
        with monitor.CsvWriter(path) as writer:
            run(2, monitor.Monitor(writer=writer), {"a": np.ones(2), "b": 1.0})
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["step"] for r in rows] == ["0", "1", "0", "1"]
    assert float(rows[0]["norm['b']"]) == 4.0
    with monitor.CsvWriter(path) as writer, pytest.raises(ValueError, match=r"run.csv has no columns \['more'\]"):
        writer.write({"more": 1})


def test_clip_value_comes_first():
    step = monitor.Monitor(clip_value=1.0, clip_norm=1.0).step({"a": np.array([30.0, 1.0])})
    np.testing.assert_allclose(step.gradients["a"], np.sqrt([0.5, 0.5]))


def test_the_picture(tmp_path):
    watch = monitor.Monitor(clip_norm=5.0)
    run(5, watch, {"a": np.array([3.0, 4.0]), "b": 2.0})
    watch.step({"a": np.zeros(2), "b": np.nan})
    figure = monitor.plot_norms(watch.history, tmp_path / "norms.png")
    assert (tmp_path / "norms.png").stat().st_size > 5000
    axes = figure.axes[0]
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["all", "['a']", "['b']", "clipped"]
    np.testing.assert_allclose(axes.lines[0].get_ydata()[:5], [r["norm"] for r in watch.history[:5]])
    monitor.plot_norms([])


def test_progress_without_and_with_tqdm(monkeypatch):
    import importlib.util
    import types

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "tqdm" else find(name))
    steps = range(3)
    assert monitor.progress(steps, desc="epochs") is steps
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if name == "tqdm" else find(name))
    monkeypatch.setitem(sys.modules, "tqdm", types.SimpleNamespace(tqdm=lambda it, **options: (list(it), options)))
    assert monitor.progress(steps, desc="epochs") == ([0, 1, 2], {"desc": "epochs"})


def test_the_import_of_dualad_does_not_load_it():
    code = ("import sys, dualad\n"
            "assert not [m for m in sys.modules if m.startswith(('dualad.monitor', 'dualad.testing'))]\n"
            "assert 'monitor' in dir(dualad) and 'check_gradients' in dir(dualad)\n"
            "dualad.monitor.Drift; dualad.check_gradients; dualad.detect_anomaly\n"
            "assert not [m for m in sys.modules if m.startswith(('matplotlib', 'scipy.stats', 'tqdm', 'pytest'))]\n"
            "try:\n    dualad.nothing\nexcept AttributeError as e:\n    print(e)\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.stdout == "module 'dualad' has no attribute 'nothing'\n", done.stderr
