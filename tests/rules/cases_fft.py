"""Test calls of numpy.fft and of its four real linear maps: ``CASES[key] = [(args, kwargs), ...]``.

Results of the public functions are complex: `dualad.rules.fft` is tested as a whole in tests/test_complex.py.
"""

import numpy as np

from dualad.rules.fft import FFT, IFFT, IRFFT, RFFT

from .cases_contraction import call

RNG = np.random.default_rng(20261124)


def real(*shape):
    return RNG.normal(size=shape)


CASES = {
    FFT: [call(real(4, 2), 4, -1, "backward"), call(real(3, 5, 2), 5, -1, "ortho"), call(real(3, 5, 2), 4, -2, "forward"),
          call(real(3, 2), 5, -1, "backward"), call(real(5, 2), 3, -1, "forward"), call(real(1, 2), 1, -1, "backward")],
    IFFT: [call(real(4, 2), 4, -1, "backward"), call(real(2, 3, 2), 4, -2, "ortho"), call(real(6, 2), 4, -1, "forward")],
    RFFT: [call(real(n), m, -1, norm) for n, m, norm in ((4, 4, "backward"), (5, 5, "ortho"), (5, 8, "forward"), (7, 4, "backward"),
                                                         (1, 1, "backward"))] + [call(real(3, 4), 3, -2, "backward")],
    IRFFT: [call(real(n, 2), m, -1, norm) for n, m, norm in ((3, 4, "backward"), (3, 5, "ortho"), (5, 4, "forward"), (2, 7, "backward"),
                                                             (1, 1, "backward"))] + [call(real(3, 4, 2), 4, -2, "backward")],
}
CASES.update({getattr(np.fft, name): [call(real(6)), call(real(3, 4), 5, 0)] for name in
              ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")})
CASES.update({getattr(np.fft, name): [call(real(3, 4)), call(real(2, 3, 4), axes=(0, 2))] for name in
              ("fft2", "ifft2", "fftn", "ifftn", "rfft2", "rfftn", "irfft2", "irfftn")})
