"""Calls of scipy.signal: {"function operand [variant]": (f, x)}, f a function of x through that operand."""

import numpy as np
import scipy.signal as sg

from .namespaces import flat, parts

RNG = np.random.default_rng(20261124)
x, X = RNG.normal(size=40), RNG.normal(size=(3, 40))
s, P = RNG.normal(size=9), RNG.normal(size=(5, 6))
h, H, H2 = RNG.normal(size=4), RNG.normal(size=(2, 3)), RNG.normal(size=(4, 2))
b, a = np.array([0.3, 0.2, -0.1]), np.array([1.5, -0.7, 0.3])
sos = np.array([[0.3, 0.2, 0.1, 1, -0.4, 0.2], [0.5, -0.1, 0.2, 1, 0.3, 0.1]])
PEAKS = np.sin(np.arange(40) * 0.7) * np.arange(40) + 0.1 * x
SYSTEM, TIMES = ([1.0, 2], [1, 2, 3.0]), np.arange(9.0) / 3
W = sg.windows


def sections(t):
    """Sections whose first denominators stay one."""
    return np.concatenate([t[:, :3], np.ones((2, 1)), t[:, 4:]], 1)


def space(t):
    """A, B, C, D of two states, with real eigenvalues."""
    return np.diag([-1.0, -2.0]) + t[:4].reshape(2, 2) / 99, t[4:6, None], t[6:8][None], t[8:9, None]


def found_peaks(t):
    found = sg.find_peaks(t, height=1, prominence=2, width=0.1, threshold=0)[1]
    return np.concatenate([found[k] for k in ("peak_heights", "prominences", "widths", "width_heights", "left_ips", "right_ips", "left_thresholds",
                                              "right_thresholds")])


CONVOLUTIONS = {}
for _m in ("full", "same", "valid"):
    for _n in ("convolve", "correlate", "fftconvolve", "oaconvolve"):
        CONVOLUTIONS |= {
            f"{_n} in1 {_m}": (lambda t, f=getattr(sg, _n), m=_m: f(t, h, m) ** 2, s),
            f"{_n} in2 {_m}": (lambda t, f=getattr(sg, _n), m=_m: f(s, t, m) ** 2, h),
            f"{_n} in1 short {_m}": (lambda t, f=getattr(sg, _n), m=_m: f(t, s, m) ** 2, h),
            f"{_n} in1 both {_m}": (lambda t, f=getattr(sg, _n), m=_m: f(t[:5], t[3:], m), s),
            f"{_n} in1 plane {_m}": (lambda t, f=getattr(sg, _n), m=_m: f(t, H, m) ** 2, P),
            f"{_n} in2 plane {_m}": (lambda t, f=getattr(sg, _n), m=_m: f(P, t, m) ** 2, H2)}
        if _m != "valid":
            CONVOLUTIONS[f"{_n} in1 mixed {_m}"] = (lambda t, f=getattr(sg, _n), m=_m: f(t, np.ones((7, 2)), m) ** 2, P)
    for _n in ("fftconvolve", "oaconvolve"):
        CONVOLUTIONS |= {
            f"{_n} in1 axes {_m}": (lambda t, f=getattr(sg, _n), m=_m: f(t, t[:1, :3], m, axes=1) ** 2, P),
            f"{_n} in2 axes {_m}": (lambda t, f=getattr(sg, _n), m=_m: f(P, t[:2], m, axes=0) ** 2, P),
            f"{_n} in1 stack {_m}": (lambda t, f=getattr(sg, _n), m=_m: f(np.stack([t, t * 2]), H[None], m, axes=(1, 2)) ** 2, P)}
    for _n in ("convolve2d", "correlate2d"):
        for _k in ("fill", "wrap", "symm"):
            CONVOLUTIONS |= {
                f"{_n} in1 {_m} {_k}": (lambda t, f=getattr(sg, _n), m=_m, k=_k: f(t, H, m, k, 0.5) ** 2, P),
                f"{_n} in2 {_m} {_k}": (lambda t, f=getattr(sg, _n), m=_m, k=_k: f(P, t, m, k) ** 2, H2),
                f"{_n} in1 small {_m} {_k}": (lambda t, f=getattr(sg, _n), m=_m, k=_k: f(t, P, m, k) ** 2, H2)}
CONVOLUTIONS |= {
    "convolve in1 complex": (parts(lambda t: sg.convolve(t[:4] + 1j * t[1:5], t * (1 - 2j))), s),
    "correlate in1 complex": (parts(lambda t: sg.correlate(t[:4] + 1j * t[1:5], t * (1 - 2j), "same")), s),
    "convolve in1 methods": (lambda t: sg.convolve(t, h, method="fft") - sg.convolve(t, h, method="direct") + t[0] ** 2, s),
}

FILTERS = {
    "lfilter x": (lambda t: sg.lfilter(b, a, t) ** 2, s), "lfilter b": (lambda t: sg.lfilter(t, a, s) ** 2, b),
    "lfilter a": (lambda t: sg.lfilter(b, t, s) ** 2, a), "lfilter b alone": (lambda t: sg.lfilter(t, 2.0, s * t[0]) ** 2, b),
    "lfilter x columns": (lambda t: sg.lfilter(t[0, :3], t[1, :2] + 3, t, axis=0) ** 2, P),
    "lfilter x rows": (lambda t: sg.lfilter(t[0, :3], t[1, :2] + 3, t, axis=1) ** 2, P),
    "lfilter zi": (lambda t: sg.lfilter(t[:3], np.array([3, 1.0, 2]) * (t[2] + 2), t[5:], zi=t[2:4])[0] ** 2, s),
    "lfilter zi final": (lambda t: sg.lfilter(t[:3], np.array([3, 1.0, 2]) * (t[2] + 2), t[4:], zi=t[2:4])[1] ** 2, s),
    "lfilter zi long b": (lambda t: sg.lfilter(t[:4], np.array([3, 1.0]) * (t[2] + 2), t[4:], zi=t[2:5])[1] ** 2, s),
    "lfilter zi short x": (lambda t: sg.lfilter(t[:4], np.array([3, 1.0]) * (t[2] + 2), t[4:5], zi=t[2:5])[1] ** 2, s),
    "lfilter zi columns": (lambda t: sg.lfilter(t[0, :3], np.array([3, 1.0]) * (t[0, 2] + 2), t, zi=t[:2], axis=0)[1] ** 2, P),
    "lfilter zi alone": (lambda t: sg.lfilter(t[:4], [3.0], t[4:], zi=t[2:5])[1] ** 2, s),
    "lfilter x complex": (parts(lambda t: sg.lfilter(t[:3], t[2:4] + 3, t + 1j * t**2)), s),
    "sosfilt x": (lambda t: sg.sosfilt(sos, t) ** 2, s), "sosfilt sos": (lambda t: sg.sosfilt(sections(t), s) ** 2, sos),
    "sosfilt zi": (lambda t: sg.sosfilt(sos, t[:, 2:], zi=np.stack([t[:, :2], t[:, 1:3]]))[1] ** 2, P),
    "sosfilt zi columns": (lambda t: sg.sosfilt(sos, t, axis=0, zi=np.stack([t[:2], t[1:3]]))[1] ** 2, P),
    "lfilter_zi b": (lambda t: sg.lfilter_zi(t[:3], t[3:6] + 3) ** 2, s), "lfilter_zi a": (lambda t: sg.lfilter_zi(b, t[3:5] + 3) ** 2, s),
    "sosfilt_zi sos": (lambda t: sg.sosfilt_zi(sections(t)) ** 2, sos), "filtfilt b": (lambda t: sg.filtfilt(t, a, x[:15]) ** 2, b),
    "filtfilt a": (lambda t: sg.filtfilt(b, t, x[:15]) ** 2, a), "filtfilt x columns": (lambda t: sg.filtfilt(b, a, t, axis=0) ** 2, X.T),
    "filtfilt x gust": (lambda t: sg.filtfilt(b, a, t, method="gust") ** 2, x[:15]),
    "filtfilt b gust": (lambda t: sg.filtfilt(t, a, x[:15], method="gust") ** 2, b),
    "sosfiltfilt sos": (lambda t: sg.sosfiltfilt(sections(t), x[:22]) ** 2, sos),
    **{f"filtfilt x {p}": (lambda t, p=p: sg.filtfilt(b, a, t, padtype=p) ** 2, x[:15]) for p in ("odd", "even", "constant", None)},
    **{f"sosfiltfilt x {p}": (lambda t, p=p: sg.sosfiltfilt(sos, t, padtype=p) ** 2, x[:22]) for p in ("odd", "even", "constant", None)},
    "lfiltic b": (lambda t: sg.lfiltic(t, a, s[:2], s[2:4]) ** 2, b), "lfiltic a": (lambda t: sg.lfiltic(b, t, s[:2], s[2:4]) ** 2, a),
    "lfiltic y": (lambda t: sg.lfiltic(b, a, t[:2], s[2:4]) ** 2, s), "lfiltic x": (lambda t: sg.lfiltic(b, a, s[:2], t[:2]) ** 2, s),
    **{f"savgol_filter x {m}": (lambda t, m=m: sg.savgol_filter(t, 7, 2, mode=m, cval=0.3) ** 2, x)
       for m in ("interp", "mirror", "constant", "nearest", "wrap")},
    "savgol_filter x slope": (lambda t: sg.savgol_filter(t, 7, 3, deriv=1, delta=0.5, axis=0) ** 2, X.T),
    "savgol_filter delta": (lambda t: sg.savgol_filter(x, 7, 3, deriv=1, delta=1 + t[0] ** 2) ** 2, s),
    "savgol_coeffs delta": (lambda t: sg.savgol_coeffs(7, 3, deriv=1, delta=1 + t[0] ** 2), s),
    "deconvolve signal": (lambda t: flat(*sg.deconvolve(t[:12], [3.0, 1, 2])) ** 2, x),
    "deconvolve divisor": (lambda t: flat(*sg.deconvolve(x[:12], t[:3] + 3)), x),
    "detrend data": (lambda t: sg.detrend(t, bp=[0, 10, 40]) ** 2, x), "detrend data constant": (lambda t: sg.detrend(t, 0, "constant") ** 2, X.T),
    "hilbert x": (parts(sg.hilbert), x), "hilbert x N": (parts(lambda t: sg.hilbert(t, 50)), X), "hilbert2 x": (parts(sg.hilbert2), X),
    "hilbert x envelope": (lambda t: np.abs(sg.hilbert(t)), x), "envelope z": (lambda t: sg.envelope(t) ** 2, x),
    "wiener im": (lambda t: sg.wiener(t, 5) ** 2, x), "medfilt volume": (lambda t: sg.medfilt(t, 5) ** 2, x),
    "medfilt2d input": (lambda t: sg.medfilt2d(t, (3, 5)) ** 2, X), "order_filter a": (lambda t: sg.order_filter(t, np.ones((3, 3)), 2) ** 2, X),
    "minimum_phase h": (lambda t: sg.minimum_phase(t[:9] + 9 * np.eye(9)[4]), x),
}

SAMPLING = {
    "decimate x": (lambda t: sg.decimate(t, 3) ** 2, x), "decimate x fir": (lambda t: sg.decimate(t, 3, ftype="fir") ** 2, x),
    "decimate x causal": (lambda t: sg.decimate(t, 3, zero_phase=False) ** 2, x), "resample x": (lambda t: sg.resample(t, 27) ** 2, x),
    "resample x rows": (lambda t: sg.resample(t, 57, axis=1) ** 2, X), "resample x window": (lambda t: sg.resample(t, 27, window="hann") ** 2, x),
    "resample x times": (lambda t: sg.resample(t, 27, t=np.arange(40.0))[0] ** 2, x),
    "resample_poly x": (lambda t: sg.resample_poly(t, 3, 2) ** 2, x), "resample_poly x line": (lambda t: sg.resample_poly(t, 3, 2, padtype="line") ** 2, x),
    "resample_poly x window": (lambda t: sg.resample_poly(t, 3, 2, window=t[:9]) ** 2, x),
    "upfirdn h": (lambda t: sg.upfirdn(t[:7], X * t[8], 2, 3) ** 2, x), "upfirdn x columns": (lambda t: sg.upfirdn(np.arange(1.0, 12), t, 3, 2, axis=0) ** 2, X[:, :4]),
    **{f"upfirdn x {m} {u} {d}": (lambda t, m=m, u=u, d=d: sg.upfirdn(np.arange(1.0, 12), t, u, d, mode=m) ** 2, x)
       for m in ("constant", "symmetric", "reflect", "edge", "wrap", "line", "smooth") for u, d in ((3, 2), (1, 5), (5, 3))},
    "cspline1d signal": (lambda t: sg.cspline1d(t) ** 2, x), "qspline1d signal": (lambda t: sg.qspline1d(t) ** 2, x),
    "gauss_spline x": (lambda t: sg.gauss_spline(t[:4], 2), x),
}
for _n in ("cspline1d_eval", "qspline1d_eval"):
    SAMPLING[f"{_n} cj"] = (lambda t, f=getattr(sg, _n): f(t, np.array([2.3, 4.1, -1.2, 0.1])) ** 2, s)
    SAMPLING[f"{_n} newx"] = (lambda t, f=getattr(sg, _n): f(s, np.array([2.3, 4.1, -1.2, 9.7]) + t, dx=1.1, x0=0.2) ** 2, h / 9)

SPECTRA = {
    **{f"{n} x": (lambda t, f=getattr(sg, n), k=k: f(t, 2.0, **k)[1], x) for n, k in (("periodogram", {"scaling": "spectrum"}), ("welch", {"nperseg": 16}))},
    "welch x median": (lambda t: sg.welch(t, nperseg=16, average="median")[1], x),
    "welch x two sides": (lambda t: sg.welch(t, nperseg=16, return_onesided=False, detrend="linear")[1], X),
    "csd x": (parts(lambda t: sg.csd(t, x**2, nperseg=16)[1]), x), "csd y": (parts(lambda t: sg.csd(x, t, nperseg=16)[1]), x),
    "coherence x": (lambda t: sg.coherence(t, x**2, nperseg=16)[1], x), "coherence y": (lambda t: sg.coherence(x**2, t, nperseg=16)[1], x),
    "stft x": (parts(lambda t: sg.stft(t, nperseg=16)[2]), x), "istft Zxx": (lambda t: sg.istft(sg.stft(t, nperseg=16)[2] ** 2, nperseg=16)[1], x),
    **{f"spectrogram x {m}": (parts(lambda t, m=m: sg.spectrogram(t, nperseg=16, mode=m)[2]), x) for m in ("psd", "complex", "magnitude", "angle")},
    "lombscargle x": (lambda t: sg.lombscargle(np.arange(9.0) + t / 9, s, np.linspace(1, 2, 4)), s),
    "lombscargle y": (lambda t: sg.lombscargle(np.arange(9.0), t, np.linspace(1, 2, 4)), s),
    "lombscargle freqs": (lambda t: sg.lombscargle(np.arange(9.0), s, np.linspace(1, 2, 4) + t / 9), h),
    "czt x": (parts(sg.czt), x), "zoom_fft x": (parts(lambda t: sg.zoom_fft(t, [0.2, 0.4], 12)), x),
    "vectorstrength events": (lambda t: flat(*sg.vectorstrength(t, 2.0)), s), "vectorstrength period": (lambda t: sg.vectorstrength(s, 2 + t[0] ** 2)[0], s),
    "closest_STFT_dual_window win": (lambda t: sg.closest_STFT_dual_window(t[:8] + 4, 4)[0], s),
    "closest_STFT_dual_window desired_dual": (lambda t: sg.closest_STFT_dual_window(np.hanning(8) + 1, 4, t[:8])[0], s),
    "czt_points w": (parts(lambda t: sg.czt_points(5, t[0] + 2 + 0j)), s),
}

RESPONSES = {
    "freqz b": (parts(lambda t: sg.freqz(t, a, 16)[1]), b), "freqz a": (parts(lambda t: sg.freqz(b, t, 16)[1]), a),
    "freqz b alone": (parts(lambda t: sg.freqz(t, 1, 16)[1]), b), "freqz worN": (parts(lambda t: sg.freqz(b, a, np.arange(1, 5.0) + t)[1]), h),
    "freqz_sos sos": (parts(lambda t: sg.freqz_sos(sections(t), 16)[1]), sos), "sosfreqz sos": (parts(lambda t: sg.sosfreqz(sections(t), 16)[1]), sos),
    "freqs b": (parts(lambda t: sg.freqs(t, a, np.linspace(1, 2, 5))[1]), b), "freqs a": (parts(lambda t: sg.freqs(b, t, np.linspace(1, 2, 5))[1]), a),
    "group_delay system": (lambda t: sg.group_delay((t[:3], t[3:5] + 3), 8)[1], s),
    "bode system": (lambda t: flat(*sg.bode(sg.TransferFunction(t[:2], t[2:5] + 3), np.linspace(1, 2, 4))[1:]), s),
    "bode w": (lambda t: sg.bode(SYSTEM, np.arange(1, 5) + t)[1], h), "freqresp w": (parts(lambda t: sg.freqresp(SYSTEM, np.arange(1, 5) + t)[1]), h),
    "freqresp system": (parts(lambda t: sg.freqresp(sg.TransferFunction(t[:2], t[2:5] + 3), np.linspace(1, 2, 4))[1]), s),
    "dbode system": (lambda t: sg.dbode((t[:2], t[2:5] + 3, 0.5), np.linspace(1, 2, 4))[1], s),
    "dfreqresp system": (parts(lambda t: sg.dfreqresp((t[:2], t[2:5] + 3, 0.5), np.linspace(1, 2, 4))[1]), s),
    "dfreqresp w": (parts(lambda t: sg.dfreqresp((*SYSTEM, 0.1), np.arange(1, 5) + t)[1]), h),
}
for _n in ("freqz_zpk", "freqs_zpk"):
    for _k, _o in enumerate("zpk"):
        RESPONSES[f"{_n} {_o}"] = (parts(lambda t, f=getattr(sg, _n), k=_k: f(*[
            v if j != k else (t[:2] / 3 if k < 2 else t[0]) for j, v in enumerate((s[:2], s[3:5] / 3, 1.3))], np.linspace(1, 2, 5))[1]), h)


def systems():
    """Conversions of systems: each operand by a mixture of all results."""
    found = {}

    def enter(name, operands, *, k=(), extra=(), x=s):
        fn = getattr(sg, name)
        for place, operand in enumerate(operands.split()):
            def call(t, fn=fn, place=place):
                given = [v if j != place else v * (1 + t[0] / 9) + (0 if np.ndim(v) == 0 else t[1:1 + np.size(v)].reshape(np.shape(v)) / 9)
                         for j, v in enumerate(k)]
                out = fn(*given, *extra)
                return flat(*out) if isinstance(out, tuple) else flat(out)

            found[f"{name} {operand}"] = (call, x)

    num, den, zeros, poles = np.array([1.0, 2.3, 0.4]), np.array([1.0, 3.5, 2.2]), np.array([0.3, -0.2]), np.array([-0.5, 0.4])
    A, B, C, D = np.diag([-1.0, -2.0]), np.ones((2, 1)), np.array([[1.0, 3.0]]), np.array([[0.5]])
    for name in ("abcd_normalize", "ss2tf", "ss2zpk"):
        enter(name, "A B C D", k=(A, B, C, D))
    for name in ("tf2zpk", "tf2sos", "normalize"):
        enter(name, "b a", k=(num, den))
    enter("tf2ss", "num den", k=(num, den))
    for name in ("zpk2tf", "zpk2ss", "zpk2sos"):
        enter(name, "z p k", k=(zeros, poles, 1.2))
    enter("sos2tf", "sos", k=(sos,), x=np.tile(s, 2))
    enter("bilinear", "b a fs", k=(num, den, 2.0))
    enter("bilinear_zpk", "z p k fs", k=(zeros[:1], poles, 1.2, 2.0))
    for name, more in (("lp2lp", 1), ("lp2hp", 1), ("lp2bp", 2), ("lp2bs", 2)):
        enter(name, " ".join("b a wo bw".split()[:2 + more]), k=(num, den, 1.5, 0.7)[:2 + more])
    for name, more in (("lp2lp_zpk", 1), ("lp2hp_zpk", 1), ("lp2bp_zpk", 2)):
        enter(name, " ".join("z p k wo bw".split()[:3 + more]), k=(zeros[:1], poles, 1.2, 1.5, 0.7)[:3 + more])
    for name in ("invres", "invresz"):
        enter(name, "r p k", k=(zeros, poles, np.array([0.7])))
    enter("cont2discrete", "system dt", k=(num[:0], 0.5))
    found["cont2discrete system"] = (lambda t: flat(*sg.cont2discrete(space(t), 0.5)[:4]), s)
    found["cont2discrete dt"] = (lambda t: flat(*sg.cont2discrete((A, B, C, D), 0.5 + t[0] ** 2)[:4]), s)
    return found


SYSTEMS = systems() | {
    "lsim system": (lambda t: sg.lsim(space(t), np.sin(TIMES), TIMES)[1], s), "lsim system tf": (lambda t: sg.lsim((t[:2], t[2:5] + 3), np.sin(TIMES), TIMES)[1], s),
    "lsim U": (lambda t: sg.lsim(SYSTEM, t, TIMES)[1] ** 2, s), "lsim U steps": (lambda t: sg.lsim(SYSTEM, t, TIMES, interp=False)[1] ** 2, s),
    "lsim X0": (lambda t: sg.lsim(SYSTEM, np.ones(9), TIMES, X0=t[:2])[1] ** 2, s), "impulse system": (lambda t: sg.impulse((t[:2], t[2:5] + 3), T=TIMES)[1], s),
    "impulse system object": (lambda t: sg.lti(t[:2], t[2:5] + 3).impulse(T=TIMES)[1], s), "step system": (lambda t: sg.step((t[:2], t[2:5] + 3), T=TIMES)[1], s),
    "step X0": (lambda t: sg.step(SYSTEM, X0=t[:2], T=TIMES)[1] ** 2, s), "step T": (lambda t: sg.step(SYSTEM, T=TIMES * (1 + t[0] ** 2))[1], s),
    "dlsim system": (lambda t: sg.dlsim((*space(t), 0.5), np.sin(TIMES)[:, None])[1], s), "dlsim u": (lambda t: sg.dlsim((*SYSTEM, 0.5), t[:, None])[1] ** 2, s),
    "dimpulse system": (lambda t: sg.dimpulse((t[:2], t[2:5] + 3, 0.5), n=8)[1][0], s), "dstep system": (lambda t: sg.dstep((t[:2], t[2:5] + 3, 0.5), n=8)[1][0], s),
}

DESIGNS = {
    **{f"{n} {o} {out}": (lambda t, n=n, o=o, out=out, v=v: flat(*np.atleast_1d(getattr(sg, n)(
        3, **{**v, o: v[o] * (1 + t[0] / 9)}, output=out))) if out == "sos" else flat(*getattr(sg, n)(3, **{**v, o: v[o] * (1 + t[0] / 9)}, output=out)), s)
       for n, v in (("butter", {"Wn": 0.3}), ("bessel", {"Wn": 0.3}), ("cheby1", {"rp": 1.0, "Wn": 0.3}), ("cheby2", {"rs": 20.0, "Wn": 0.3}),
                    ("ellip", {"rp": 1.0, "rs": 20.0, "Wn": 0.3}), ("iirfilter", {"Wn": np.array([0.2, 0.4])}))
       for o in v for out in ("ba", "zpk", "sos") if out == "ba" or n in ("butter", "cheby1")},
    "iirdesign wp": (lambda t: flat(*sg.iirdesign(0.2 + t[0] / 90, 0.4, 1.0, 30.0)), s),
    **{f"{n} wp": (lambda t, f=getattr(sg, n): f(0.2 + t[0] / 90, 0.4, 1.0, 30.0)[1], s) for n in ("buttord", "cheb1ord", "cheb2ord", "ellipord")},
    "cheb1ap rp": (lambda t: flat(*sg.cheb1ap(3, 1 + t[0] / 9)), s), "cheb2ap rs": (lambda t: flat(*sg.cheb2ap(3, 20 + t[0])), s),
    "ellipap rp": (lambda t: flat(*sg.ellipap(3, 1 + t[0] / 9, 20)), s), "firwin cutoff": (lambda t: sg.firwin(9, 0.3 + t[0] / 10), s),
    "firwin2 gain": (lambda t: sg.firwin2(9, [0, 0.5, 1], [1, t[0], 0]), s), "firls desired": (lambda t: sg.firls(9, [0, 0.3, 0.5, 1], [1, 1 + t[1] / 9, 0.5 + t[0] / 9, 0]), s),
    **{f"{n} {o}": (lambda t, f=getattr(sg, n), j=j: flat(*f(0.3 + (t[0] / 10 if not j else 0), 30.0 + (t[0] if j else 0))), s)
       for n in ("iirnotch", "iirpeak") for j, o in enumerate(("w0", "Q"))},
    "iircomb Q": (lambda t: flat(*sg.iircomb(0.2, 30 + t[0])), s), "gammatone freq": (lambda t: sg.gammatone(440.0 + t[0], "fir", fs=16000, numtaps=9)[0], s),
    "gammatone freq iir": (lambda t: flat(*sg.gammatone(440.0 + t[0], "iir", fs=16000)), s), "kaiser_atten width": (lambda t: sg.kaiser_atten(11, 0.2 + t[0] / 90), s),
    "kaiser_beta a": (lambda t: sg.kaiser_beta(30 + t[0]), s), "kaiserord ripple": (lambda t: sg.kaiserord(40 + t[0], 0.1)[1], s),
    "get_window window": (lambda t: sg.get_window(("kaiser", t[0] + 4), 9), s),
}

WAVES = {
    "chirp t": (lambda t: sg.chirp(t[:4], 1.0, 2.0, 3.0), s),
    **{f"chirp {o} {m}": (lambda t, o=o, m=m: sg.chirp(np.linspace(0, 1, 4), **{"f0": 1.0, "t1": 2.0, "f1": 3.0, "phi": 0.3, "method": m, o: 1.5 + t[0] / 9}), s)
       for o in ("f0", "t1", "f1", "phi") for m in ("linear", "quadratic", "logarithmic", "hyperbolic")},
    "sawtooth t": (lambda t: sg.sawtooth(t + 0.3), s), "sawtooth width": (lambda t: sg.sawtooth(np.linspace(0, 3, 5), 0.5 + t[0] / 20), s),
    "gausspulse t": (lambda t: sg.gausspulse(t[:5], 5), s), "gausspulse fc": (lambda t: sg.gausspulse(s[:5], 5 + t[0]), s),
    "gausspulse bw": (lambda t: sg.gausspulse(s[:5], 5, 0.4 + t[0] / 20), s), "sweep_poly t": (lambda t: sg.sweep_poly(t[:5], s[5:8]), s),
    "sweep_poly poly": (lambda t: sg.sweep_poly(s[:5], t[5:8]), s), "find_peaks x": (found_peaks, PEAKS),
    "peak_prominences x": (lambda t: sg.peak_prominences(t, sg.find_peaks(t)[0])[0] ** 2, PEAKS),
    "peak_widths x": (lambda t: sg.peak_widths(t, sg.find_peaks(t)[0])[0] ** 2, PEAKS),
}

OBJECTS = {
    "ShortTimeFFT": (parts(lambda t: sg.ShortTimeFFT(np.hanning(8), 4, 1.0).stft(t)), x), "CZT": (parts(lambda t: sg.CZT(40)(t)), x),
    "lti": (lambda t: sg.lti(t[:2], t[2:5] + 3).step(T=TIMES)[1], s), "dlti": (lambda t: sg.dlti(t[:2], t[2:5] + 3, dt=0.5).step(n=8)[1][0], s),
}

WINDOWS = {
    "kaiser beta": (lambda t: W.kaiser(9, t[0] + 4), s), "gaussian std": (lambda t: W.gaussian(9, t[0] + 4), s),
    "general_hamming alpha": (lambda t: W.general_hamming(9, t[0]) ** 2, s), "general_gaussian p": (lambda t: W.general_gaussian(9, t[0] + 2, 3.0), s),
    "general_gaussian sig": (lambda t: W.general_gaussian(9, 1.5, t[0] + 3), s), "general_cosine a": (lambda t: W.general_cosine(9, t[:3]) ** 2, s),
    "exponential tau": (lambda t: W.exponential(9, tau=t[0] + 3), s), "tukey alpha": (lambda t: W.tukey(9, 0.5 + t[0] / 10), s),
    "chebwin at": (lambda t: W.chebwin(9, 60 + t[0]), s), "taylor sll": (lambda t: W.taylor(9, sll=30 + t[0]), s),
    "kaiser_bessel_derived beta": (lambda t: W.kaiser_bessel_derived(8, t[0] + 4), s), "get_window window": (lambda t: W.get_window(("kaiser", t[0] + 4), 9), s),
}

CASES = CONVOLUTIONS | FILTERS | SAMPLING | SPECTRA | RESPONSES | SYSTEMS | DESIGNS | WAVES
