"""Rules of `scipy.signal`, entered when one of its functions is first met.

Decision: compiled kernels (convolutions, recurrences, sampling rates) have rules; the Python code around them (spectra, designs,
systems, waveforms, ...) runs as it stands in the capturing scope. The tables say which operands both cover; tests take each of
them. May import: scipy.signal, ..tables, and the modules that declare.
"""

import scipy.signal as sg

from ..tables import Namespace
from . import convolution, filters, rates  # noqa: F401

__all__ = ["NAMESPACE", "WINDOWS"]

COVERED = {
    **{name: "in1 in2" for name in ("convolve", "correlate", "fftconvolve", "oaconvolve", "convolve2d", "correlate2d")},
    # filters
    "lfilter": "b a x zi", "sosfilt": "sos x zi", "lfilter_zi": "b a", "sosfilt_zi": "sos", "filtfilt": "b a x",
    "sosfiltfilt": "sos x", "lfiltic": "b a y x", "savgol_filter": "x delta", "savgol_coeffs": "delta",
    "deconvolve": "signal divisor", "detrend": "data", "hilbert": "x", "hilbert2": "x", "envelope": "z", "wiener": "im",
    "medfilt": "volume", "medfilt2d": "input",
    "order_filter": "a", "minimum_phase": "h",
    # sampling
    "decimate": "x", "resample": "x", "resample_poly": "x", "upfirdn": "h x", "cspline1d": "signal", "qspline1d": "signal",
    "cspline1d_eval": "cj newx", "qspline1d_eval": "cj newx", "gauss_spline": "x",
    # spectra
    **{name: "x" for name in ("periodogram", "welch", "stft", "spectrogram", "czt", "zoom_fft")},
    "csd": "x y", "coherence": "x y", "istft": "Zxx", "lombscargle": "x y freqs", "vectorstrength": "events period",
    "closest_STFT_dual_window": "win desired_dual", "czt_points": "w",
    # responses
    "freqz": "b a worN", "freqz_sos": "sos", "sosfreqz": "sos", "freqz_zpk": "z p k", "freqs": "b a", "freqs_zpk": "z p k",
    "group_delay": "system", "bode": "system w", "freqresp": "system w", "dbode": "system", "dfreqresp": "system w",
    # systems
    "lsim": "system U X0", "impulse": "system", "step": "system X0 T", "dlsim": "system u", "dimpulse": "system", "dstep": "system",
    "cont2discrete": "system dt", "abcd_normalize": "A B C D", "tf2ss": "num den", "ss2tf": "A B C D", "tf2zpk": "b a",
    "zpk2tf": "z p k", "zpk2ss": "z p k", "tf2sos": "b a", "sos2tf": "sos", "zpk2sos": "z p k", "ss2zpk": "A B C D",
    "normalize": "b a",
    "bilinear": "b a fs", "bilinear_zpk": "z p k fs", "lp2lp": "b a wo", "lp2hp": "b a wo", "lp2bp": "b a wo bw",
    "lp2bs": "b a wo bw", "lp2lp_zpk": "z p k wo", "lp2hp_zpk": "z p k wo", "lp2bp_zpk": "z p k wo bw",
    "invres": "r p k", "invresz": "r p k",
    # designs
    "butter": "Wn", "bessel": "Wn", "cheby1": "rp Wn", "cheby2": "rs Wn", "ellip": "rp rs Wn", "iirfilter": "Wn", "iirdesign": "wp",
    "buttord": "wp", "cheb1ord": "wp", "cheb2ord": "wp", "ellipord": "wp", "cheb1ap": "rp", "cheb2ap": "rs", "ellipap": "rp",
    "firwin": "cutoff", "firwin2": "gain", "firls": "desired", "iirnotch": "w0 Q", "iirpeak": "w0 Q", "iircomb": "Q",
    "gammatone": "freq", "kaiser_atten": "width", "kaiser_beta": "a", "kaiserord": "ripple", "get_window": "window",
    # waveforms, peaks
    "chirp": "t f0 t1 f1 phi", "sawtooth": "t width", "gausspulse": "t fc bw", "sweep_poly": "t poly", "find_peaks": "x",
    "peak_prominences": "x", "peak_widths": "x",
}
CONSTANT = """
    argrelextrema argrelmax argrelmin find_peaks_cwt choose_conv_method correlation_lags check_COLA check_NOLA max_len_seq
    unit_impulse square buttap besselap
"""
REFUSED = {
    "it sorts and counts roots, which has no derivative where they meet: use np.roots, np.polydiv and np.linalg.solve, or freqz "
    "for values of a rational function":
        "residue residuez unique_roots",
    "poles and zeros of its sections are in general complex: use np.roots of the coefficients of each section, or sos2tf":
        "sos2zpk",
    "it pairs complex poles: use lp2bs of the coefficients":
        "lp2bs_zpk",
    "its iteration has no derivative rule: use firls, firwin or scipy.optimize, which are covered":
        "remez",
    "it is designed in plain arrays: use the outer product of two one-dimensional filters from firwin":
        "firwin_2d",
    "its gains are not unique: use scipy.linalg.solve_continuous_are, which is covered":
        "place_poles",
    "frequencies for plots are constants: pass them (worN=, w=)":
        "findfreqs",
    "it is the objective of buttord and its kin: call those":
        "band_stop_obj",
    "its compiled recursion has no rule: use scipy.ndimage.spline_filter, or scipy.signal.filtfilt":
        "symiirorder1 symiirorder2 cspline2d qspline2d spline_filter",
    "its compiled loop has no rule: use scipy.ndimage.correlate1d(mode='mirror') along both axes":
        "sepfir2d",
}
WINDOW_PARAMETERS = {"kaiser": "beta", "gaussian": "std", "general_hamming": "alpha", "general_gaussian": "p sig", "tukey": "alpha",
                     "general_cosine": "a", "exponential": "tau", "chebwin": "at", "taylor": "sll", "kaiser_bessel_derived": "beta",
                     "get_window": "window"}
WINDOW_SIZES = """
    barthann bartlett blackman blackmanharris bohman boxcar cosine flattop hamming hann lanczos nuttall parzen triang
"""
WINDOW_REFUSED = {"its windows are eigenvectors of a tridiagonal matrix, which have no rule: pass NW without derivatives": "dpss"}
NAMESPACE = Namespace(sg, COVERED, CONSTANT, REFUSED)
WINDOWS = Namespace(sg.windows, WINDOW_PARAMETERS, WINDOW_SIZES, WINDOW_REFUSED)
NAMESPACE.settle()
WINDOWS.settle()
