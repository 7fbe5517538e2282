/* Sine and cosine for partials, about 1 ulp, several times faster than NumPy's loops.
 *
 * Values stay NumPy's bit for bit; only derivative formulas use these (measured: NumPy's float64
 * sin costs 4-10 ns/element, so sin with its derivative would otherwise cost twice plain sin).
 * Reduction and kernels: K. C. Ng, fdlibm e_rem_pio2.c, k_sin.c, k_cos.c (two-part pi/2, 118 bits).
 * Arguments beyond 1e5 or closer than 1e-7 to a multiple of pi/2 go to libm.
 */
#ifndef DUALAD_SINCOS_H
#define DUALAD_SINCOS_H
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "combine.h"

static inline double dl_sincos_one(double x, int64_t quarter, int *hard)
{
    const double shift = 6755399441055744.0; /* 1.5 * 2^52: the low bits of x + shift are round(x) */
    double biased = x * 6.36619772367581382433e-01 + shift, k = biased - shift;
    int64_t bits;
    memcpy(&bits, &biased, 8);
    bits += quarter;
    double r0 = x - k * 1.57079632673412561417e+00;
    double w = k * 6.07710050630396597660e-11, r1 = r0 - w;
    w = k * 2.02226624879595063154e-21 - ((r0 - r1) - w);
    double y = r1 - w, e = (r1 - y) - w, z = y * y;
    double v = z * y;
    double s = 8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 + z * (2.75573137070700676789e-06
               + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
    s = y - ((z * (0.5 * e - v * s) - e) + v * 1.66666666666666324348e-01);
    double w4 = z * z;
    double c = z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * 2.48015872894767294178e-05))
               + w4 * w4 * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11));
    double hz = 0.5 * z, one = 1.0 - hz;
    c = one + (((1.0 - one) - hz) + (z * c - y * e));
    double out = (bits & 1) ? c : s;
    *hard |= (!(fabs(x) < 1e5)) | ((k != 0.0) & (fabs(y) < 1e-7)) | (x == 0.0);
    return (bits & 2) ? -out : out;
}

DUALAD_CLONES static int dl_sincos_run(ptrdiff_t n, const double *restrict x, double *restrict o, int64_t quarter)
{
    int hard = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        o[i] = dl_sincos_one(x[i], quarter, &hard);
    return hard;
}

static inline void dl_sincos(char **args, const ptrdiff_t *dims, const ptrdiff_t *steps, int64_t quarter)
{
    ptrdiff_t n = dims[0];
    int hard = 0;
    if (steps[0] == 8 && steps[1] == 8 && n > 2) {
        hard = dl_sincos_run(n, (double *)args[0], (double *)args[1], quarter);
        if (!hard)
            return;
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        double x = *(double *)(args[0] + i * steps[0]), y;
        hard = 0;
        y = dl_sincos_one(x, quarter, &hard);
        if (hard)
            y = quarter ? cos(x) : sin(x);
        *(double *)(args[1] + i * steps[1]) = y;
    }
}
static void dl_sin(char **args, const ptrdiff_t *dims, const ptrdiff_t *steps, void *data)
{
    (void)data;
    dl_sincos(args, dims, steps, 0);
}
static void dl_cos(char **args, const ptrdiff_t *dims, const ptrdiff_t *steps, void *data)
{
    (void)data;
    dl_sincos(args, dims, steps, 1);
}
#endif
