/* A value and one tangent.  dualad_dual_variable(v, 1.0) is what to differentiate by; then r.d is the derivative. */
#ifndef DUALAD_DUAL_H
#define DUALAD_DUAL_H
#include "dualad/partials.h"

typedef struct { double v, d; } dualad_dual;

#define DUALAD_TYPE dualad_dual
#define DUALAD_FN(name) dualad_dual_##name

static inline dualad_dual dualad_dual_variable(double v, double d) { dualad_dual r; r.v = v; r.d = d; return r; }
static inline dualad_dual dualad_dual_constant(double v) { return dualad_dual_variable(v, 0.0); }

static inline dualad_dual dualad_dual_linear1(double y, double p, dualad_dual a)
{
    return dualad_dual_variable(y, dualad_times(p, a.d));
}

static inline dualad_dual dualad_dual_linear2(double y, double p, double q, dualad_dual a, dualad_dual b)
{
    return dualad_dual_variable(y, dualad_times2(p, a.d, q, b.d));
}

#include "dualad/functions1.h"
#undef DUALAD_TYPE
#undef DUALAD_FN
#endif
