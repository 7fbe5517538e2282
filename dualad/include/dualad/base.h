/* What every header of dualad starts from: products of partials and tangents, and values that math.h does not have.
 * C99 and C++11; nothing here allocates, keeps state, or needs Python.
 */
#ifndef DUALAD_BASE_H
#define DUALAD_BASE_H
#include <math.h>
#include <stddef.h>

#define DUALAD_ABI 1 /* grows when a struct, a name or a signature changes */

/* Such options may remove the tests for NaN and reorder the exact steps of some formulas: wrong numbers, silently. */
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "dualad's headers need NaN and infinity: compile this file without -ffast-math, -Ofast and -ffinite-math-only"
#endif

/* tangents of compile-time width live in registers only if their loops are unrolled */
#if defined(__clang__)
#define DUALAD_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define DUALAD_UNROLL _Pragma("GCC unroll 16")
#else
#define DUALAD_UNROLL
#endif

#if defined(__GNUC__)
#define DUALAD_KNOWN(x) __builtin_constant_p(x)
#else
#define DUALAD_KNOWN(x) 0
#endif

/* partial times tangent; a zero tangent contributes zero even where the partial is inf or NaN (as everywhere in dualad).
 * The tests are for a product that is NaN, which costs less than one for every zero; they vanish for known numbers. */
static inline double dualad_times(double p, double t)
{
    if (DUALAD_KNOWN(t == 0.0) && t == 0.0) return 0.0;
    {
        const double r = p * t;
        if (DUALAD_KNOWN(p - p == 0.0) && p - p == 0.0) return r;
        return r == r ? r : t == 0.0 ? 0.0 : r;
    }
}

/* p t + q u: a term that is known to be zero costs nothing */
static inline double dualad_times2(double p, double t, double q, double u)
{
    if (DUALAD_KNOWN(t == 0.0) && t == 0.0) return dualad_times(q, u);
    if (DUALAD_KNOWN(u == 0.0) && u == 0.0) return dualad_times(p, t);
    return dualad_times(p, t) + dualad_times(q, u);
}

/* second partial times two tangents, in this order: u * v alone may overflow where p is tiny */
static inline double dualad_times3(double p, double u, double v)
{
    if (DUALAD_KNOWN(u == 0.0) && u == 0.0) return 0.0;
    if (DUALAD_KNOWN(v == 0.0) && v == 0.0) return 0.0;
    {
        const double r = p * u * v;
        return r == r ? r : (u == 0.0) | (v == 0.0) ? 0.0 : r;
    }
}

/* --- values as NumPy defines them --- */

static inline double dualad_sign(double a) { return a > 0.0 ? 1.0 : a < 0.0 ? -1.0 : a == 0.0 ? 0.0 : a; }

static inline double dualad_maximum(double a, double b) { return a >= b || a != a ? a : b; }
static inline double dualad_minimum(double a, double b) { return a <= b || a != a ? a : b; }

/* a - floor(a / b) b, with the sign of b */
static inline double dualad_mod(double a, double b)
{
    double m = fmod(a, b);
    if (b == 0.0) return m;
    if (m == 0.0) return copysign(0.0, b);
    if ((b < 0.0) != (m < 0.0)) m += b;
    return m;
}

static inline double dualad_floor_divide(double a, double b)
{
    double m, q, f;
    if (b == 0.0) return a / b;
    m = fmod(a, b);
    q = (a - m) / b;
    if (m != 0.0 && (b < 0.0) != (m < 0.0)) q -= 1.0;
    if (q == 0.0) return copysign(0.0, a / b);
    f = floor(q);
    return q - f > 0.5 ? f + 1.0 : f;
}

static inline double dualad_logaddexp(double a, double b)
{
    const double t = a - b;
    if (a == b) return a + 0.693147180559945309417232121458; /* also two infinities */
    return t > 0.0 ? a + log1p(exp(-t)) : t <= 0.0 ? b + log1p(exp(t)) : t;
}

static inline double dualad_logaddexp2(double a, double b)
{
    const double t = a - b, log2e = 1.442695040888963407359924681002;
    if (a == b) return a + 1.0;
    return t > 0.0 ? a + log2e * log1p(exp2(-t)) : t <= 0.0 ? b + log2e * log1p(exp2(t)) : t;
}

static inline double dualad_sinc(double a)
{
    const double x = 3.14159265358979311600 * (a == 0.0 ? 1e-20 : a);
    return sin(x) / x;
}
#endif
