/* A value and DUALAD_WIDTH tangents, the width known to the compiler:
 *
 *     #define DUALAD_WIDTH 5
 *     #include "dualad/width.h"
 *
 * declares dualad_dual5 and dualad_dual5_sin, ...  May be included again with another width, once for each.
 */
#ifndef DUALAD_WIDTH
#error "define DUALAD_WIDTH, a number of tangents, before including dualad/width.h"
#endif
#include "dualad/partials.h"

#define DUALAD_JOIN_(n, name) dualad_dual##n##name
#define DUALAD_JOIN(n, name) DUALAD_JOIN_(n, name)
#define DUALAD_TYPE DUALAD_JOIN(DUALAD_WIDTH, )
#define DUALAD_FN(name) DUALAD_JOIN(DUALAD_WIDTH, _##name)

typedef struct { double v; double d[DUALAD_WIDTH]; } DUALAD_TYPE;

static inline DUALAD_TYPE DUALAD_FN(constant)(double v)
{
    DUALAD_TYPE r;
    r.v = v;
    DUALAD_UNROLL for (int k = 0; k < DUALAD_WIDTH; k++) r.d[k] = 0.0;
    return r;
}

/* the variable with index k: tangent 1 in place k, 0 elsewhere */
static inline DUALAD_TYPE DUALAD_FN(variable)(double v, int k)
{
    DUALAD_TYPE r;
    r.v = v;
    DUALAD_UNROLL for (int i = 0; i < DUALAD_WIDTH; i++) r.d[i] = i == k ? 1.0 : 0.0;
    return r;
}

static inline DUALAD_TYPE DUALAD_FN(linear1)(double y, double p, DUALAD_TYPE a)
{
    DUALAD_TYPE r;
    r.v = y;
    DUALAD_UNROLL for (int k = 0; k < DUALAD_WIDTH; k++) r.d[k] = dualad_times(p, a.d[k]);
    return r;
}

static inline DUALAD_TYPE DUALAD_FN(linear2)(double y, double p, double q, DUALAD_TYPE a, DUALAD_TYPE b)
{
    DUALAD_TYPE r;
    r.v = y;
    DUALAD_UNROLL for (int k = 0; k < DUALAD_WIDTH; k++) r.d[k] = dualad_times2(p, a.d[k], q, b.d[k]);
    return r;
}

#include "dualad/functions1.h"
#undef DUALAD_TYPE
#undef DUALAD_FN
#undef DUALAD_JOIN
#undef DUALAD_JOIN_
#undef DUALAD_WIDTH
