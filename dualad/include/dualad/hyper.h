/* A value, two tangents and the derivative along both: exact second derivatives.
 * dualad_hyper_variable(v, 1.0, 1.0): r.d1 is the first and r.d12 the second derivative of a function of one variable.
 */
#ifndef DUALAD_HYPER_H
#define DUALAD_HYPER_H
#include "dualad/partials.h"

typedef struct { double v, d1, d2, d12; } dualad_hyper;

#define DUALAD_TYPE dualad_hyper
#define DUALAD_FN(name) dualad_hyper_##name

static inline dualad_hyper dualad_hyper_variable(double v, double d1, double d2)
{
    dualad_hyper r;
    r.v = v; r.d1 = d1; r.d2 = d2; r.d12 = 0.0;
    return r;
}

static inline dualad_hyper dualad_hyper_constant(double v) { return dualad_hyper_variable(v, 0.0, 0.0); }

static inline dualad_hyper dualad_hyper_linear1(double y, double p, dualad_hyper a)
{
    dualad_hyper r;
    r.v = y;
    r.d1 = dualad_times(p, a.d1);
    r.d2 = dualad_times(p, a.d2);
    r.d12 = dualad_times(p, a.d12);
    return r;
}

static inline dualad_hyper dualad_hyper_linear2(double y, double p, double q, dualad_hyper a, dualad_hyper b)
{
    dualad_hyper r;
    r.v = y;
    r.d1 = dualad_times2(p, a.d1, q, b.d1);
    r.d2 = dualad_times2(p, a.d2, q, b.d2);
    r.d12 = dualad_times2(p, a.d12, q, b.d12);
    return r;
}

static inline dualad_hyper dualad_hyper_bend(dualad_hyper r, double p, dualad_hyper a)
{
    r.d12 += dualad_times3(p, a.d1, a.d2);
    return r;
}

static inline dualad_hyper dualad_hyper_cross(dualad_hyper r, double p, dualad_hyper a, dualad_hyper b)
{
    r.d12 += dualad_times3(p, a.d1, b.d2) + dualad_times3(p, b.d1, a.d2);
    return r;
}

#include "dualad/functions2.h"
#undef DUALAD_TYPE
#undef DUALAD_FN
#endif
