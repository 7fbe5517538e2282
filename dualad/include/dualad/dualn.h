/* Numbers whose width is known when the program runs.  A number is an array of the caller's, nothing is allocated:
 *
 *     dualn: value, n tangents                      dualad_dualn_size(n) = 1 + n doubles
 *     hessn: value, gradient, Hessian (lower triangle by rows, as in dualad/hess.h)
 *                                                   dualad_hessn_size(n) = 1 + n + n (n + 1) / 2 doubles
 *
 * The result r may be one of the operands; otherwise the arrays must not overlap.  Values are compared as x[0] < y[0].
 */
#ifndef DUALAD_DUALN_H
#define DUALAD_DUALN_H
#include "dualad/partials.h"

static inline ptrdiff_t dualad_dualn_size(ptrdiff_t n) { return 1 + n; }
static inline ptrdiff_t dualad_hessn_size(ptrdiff_t n) { return 1 + n + n * (n + 1) / 2; }

static inline void dualad_dualn_copy(ptrdiff_t n, double *r, const double *a)
{
    for (ptrdiff_t k = 0; k < dualad_dualn_size(n); k++) r[k] = a[k];
}

static inline void dualad_hessn_copy(ptrdiff_t n, double *r, const double *a)
{
    for (ptrdiff_t k = 0; k < dualad_hessn_size(n); k++) r[k] = a[k];
}

static inline void dualad_dualn_constant(ptrdiff_t n, double *r, double v)
{
    r[0] = v;
    for (ptrdiff_t k = 1; k < dualad_dualn_size(n); k++) r[k] = 0.0;
}

static inline void dualad_hessn_constant(ptrdiff_t n, double *r, double v)
{
    r[0] = v;
    for (ptrdiff_t k = 1; k < dualad_hessn_size(n); k++) r[k] = 0.0;
}

static inline void dualad_dualn_variable(ptrdiff_t n, double *r, double v, ptrdiff_t k)
{
    dualad_dualn_constant(n, r, v);
    r[1 + k] = 1.0;
}

static inline void dualad_hessn_variable(ptrdiff_t n, double *r, double v, ptrdiff_t k)
{
    dualad_hessn_constant(n, r, v);
    r[1 + k] = 1.0;
}

static inline double dualad_hessn_second(ptrdiff_t n, const double *a, ptrdiff_t i, ptrdiff_t j)
{
    return a[1 + n + (i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i)];
}

static inline void dualad_dualn_chain1(ptrdiff_t n, double *r, double y, double p, const double *a)
{
    for (ptrdiff_t k = 1; k <= n; k++) r[k] = dualad_times(p, a[k]);
    r[0] = y;
}

static inline void dualad_dualn_chain2(ptrdiff_t n, double *r, double y, double p, double q, const double *a, const double *b)
{
    for (ptrdiff_t k = 1; k <= n; k++) r[k] = dualad_times2(p, a[k], q, b[k]);
    r[0] = y;
}

/* The Hessian first: it reads the gradients of the operands, one of which may be r. */
static inline void dualad_hessn_chain1(ptrdiff_t n, double *r, double y, double p, double pp, const double *a)
{
    ptrdiff_t k = 1 + n;
    for (ptrdiff_t i = 1; i <= n; i++)
        for (ptrdiff_t j = 1; j <= i; j++, k++)
            r[k] = dualad_times(p, a[k]) + (pp == 0.0 ? 0.0 : dualad_times3(pp, a[i], a[j]));
    dualad_dualn_chain1(n, r, y, p, a);
}

static inline void dualad_hessn_chain2(ptrdiff_t n, double *r, double y, double p, double q, double pp, double pq, double qq,
                                       const double *a, const double *b)
{
    ptrdiff_t k = 1 + n;
    for (ptrdiff_t i = 1; i <= n; i++)
        for (ptrdiff_t j = 1; j <= i; j++, k++) {
            double s = dualad_times2(p, a[k], q, b[k]);
            if (pp != 0.0) s += dualad_times3(pp, a[i], a[j]);
            if (pq != 0.0) s += dualad_times3(pq, a[i], b[j]) + dualad_times3(pq, b[i], a[j]);
            if (qq != 0.0) s += dualad_times3(qq, b[i], b[j]);
            r[k] = s;
        }
    dualad_dualn_chain2(n, r, y, p, q, a, b);
}

#include "dualad/functionsn.h"
#endif
