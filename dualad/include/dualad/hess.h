/* A value, its gradient in DUALAD_WIDTH variables and its Hessian, the width known to the compiler:
 *
 *     #define DUALAD_WIDTH 5
 *     #include "dualad/hess.h"
 *
 * declares dualad_hess5 and dualad_hess5_sin, ...  h is the lower triangle by rows: h[i (i + 1) / 2 + j], j <= i.
 */
#ifndef DUALAD_WIDTH
#error "define DUALAD_WIDTH, a number of variables, before including dualad/hess.h"
#endif
#include "dualad/partials.h"

#define DUALAD_JOIN_(n, name) dualad_hess##n##name
#define DUALAD_JOIN(n, name) DUALAD_JOIN_(n, name)
#define DUALAD_TYPE DUALAD_JOIN(DUALAD_WIDTH, )
#define DUALAD_FN(name) DUALAD_JOIN(DUALAD_WIDTH, _##name)
#define DUALAD_PACKED (DUALAD_WIDTH * (DUALAD_WIDTH + 1) / 2)

typedef struct { double v; double g[DUALAD_WIDTH]; double h[DUALAD_PACKED]; } DUALAD_TYPE;

static inline DUALAD_TYPE DUALAD_FN(constant)(double v)
{
    DUALAD_TYPE r;
    r.v = v;
    DUALAD_UNROLL for (int k = 0; k < DUALAD_WIDTH; k++) r.g[k] = 0.0;
    DUALAD_UNROLL for (int k = 0; k < DUALAD_PACKED; k++) r.h[k] = 0.0;
    return r;
}

/* the variable with index k */
static inline DUALAD_TYPE DUALAD_FN(variable)(double v, int k)
{
    DUALAD_TYPE r = DUALAD_FN(constant)(v);
    DUALAD_UNROLL for (int i = 0; i < DUALAD_WIDTH; i++) r.g[i] = i == k ? 1.0 : 0.0;
    return r;
}

/* the second derivative by variables i and j, in either order */
static inline double DUALAD_FN(second)(DUALAD_TYPE a, int i, int j)
{
    return i >= j ? a.h[i * (i + 1) / 2 + j] : a.h[j * (j + 1) / 2 + i];
}

static inline DUALAD_TYPE DUALAD_FN(linear1)(double y, double p, DUALAD_TYPE a)
{
    DUALAD_TYPE r;
    r.v = y;
    DUALAD_UNROLL for (int k = 0; k < DUALAD_WIDTH; k++) r.g[k] = dualad_times(p, a.g[k]);
    DUALAD_UNROLL for (int k = 0; k < DUALAD_PACKED; k++) r.h[k] = dualad_times(p, a.h[k]);
    return r;
}

static inline DUALAD_TYPE DUALAD_FN(linear2)(double y, double p, double q, DUALAD_TYPE a, DUALAD_TYPE b)
{
    DUALAD_TYPE r;
    r.v = y;
    DUALAD_UNROLL for (int k = 0; k < DUALAD_WIDTH; k++) r.g[k] = dualad_times2(p, a.g[k], q, b.g[k]);
    DUALAD_UNROLL for (int k = 0; k < DUALAD_PACKED; k++) r.h[k] = dualad_times2(p, a.h[k], q, b.h[k]);
    return r;
}

static inline DUALAD_TYPE DUALAD_FN(bend)(DUALAD_TYPE r, double p, DUALAD_TYPE a)
{
    DUALAD_UNROLL for (int i = 0, k = 0; i < DUALAD_WIDTH; i++)
        DUALAD_UNROLL for (int j = 0; j <= i; j++, k++) r.h[k] += dualad_times3(p, a.g[i], a.g[j]);
    return r;
}

static inline DUALAD_TYPE DUALAD_FN(cross)(DUALAD_TYPE r, double p, DUALAD_TYPE a, DUALAD_TYPE b)
{
    DUALAD_UNROLL for (int i = 0, k = 0; i < DUALAD_WIDTH; i++)
        DUALAD_UNROLL for (int j = 0; j <= i; j++, k++)
            r.h[k] += dualad_times3(p, a.g[i], b.g[j]) + dualad_times3(p, b.g[i], a.g[j]);
    return r;
}

#include "dualad/functions2.h"
#undef DUALAD_TYPE
#undef DUALAD_FN
#undef DUALAD_JOIN
#undef DUALAD_JOIN_
#undef DUALAD_PACKED
#undef DUALAD_WIDTH
