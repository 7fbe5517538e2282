/* Loops that combine partials with tangents; the only arithmetic the engine does itself.
 *
 * A zero tangent contributes zero even where the partial is inf or NaN (strong zero, design.md
 * section 8): the product is formed first and then selected, so that compilers emit a masked
 * multiply instead of a branch.  Strides are in elements; stride 0 repeats one entry.
 */
#ifndef DUALAD_COMBINE_H
#define DUALAD_COMBINE_H
#include <stddef.h>

/* every module that includes this calls some of the loops */
#if defined(__GNUC__)
#define DUALAD_MAYBE_UNUSED __attribute__((unused))
#else
#define DUALAD_MAYBE_UNUSED
#endif

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
/* One portable wheel, the widest vectors the machine has; no FMA, so all clones give the same bits. */
#define DUALAD_CLONES __attribute__((target_clones("avx512f", "avx2", "default"))) DUALAD_MAYBE_UNUSED
#else
#define DUALAD_CLONES DUALAD_MAYBE_UNUSED
#endif

/* o = p * t */
DUALAD_CLONES static void dl_set_cc(ptrdiff_t n, double *restrict o, const double *restrict p, const double *restrict t)
{
    for (ptrdiff_t i = 0; i < n; i++) { double r = p[i] * t[i]; o[i] = t[i] == 0.0 ? 0.0 : r; }
}
/* o = p0 * t */
DUALAD_CLONES static void dl_set_sc(ptrdiff_t n, double *restrict o, double p, const double *restrict t)
{
    for (ptrdiff_t i = 0; i < n; i++) { double r = p * t[i]; o[i] = t[i] == 0.0 ? 0.0 : r; }
}
/* o *= p */
DUALAD_CLONES static void dl_scale_cc(ptrdiff_t n, double *restrict o, const double *restrict p)
{
    for (ptrdiff_t i = 0; i < n; i++) { double r = p[i] * o[i]; o[i] = o[i] == 0.0 ? 0.0 : r; }
}
/* o *= p0 */
DUALAD_CLONES static void dl_scale_sc(ptrdiff_t n, double *restrict o, double p)
{
    for (ptrdiff_t i = 0; i < n; i++) { double r = p * o[i]; o[i] = o[i] == 0.0 ? 0.0 : r; }
}
/* o += p * t */
DUALAD_CLONES static void dl_add_cc(ptrdiff_t n, double *restrict o, const double *restrict p, const double *restrict t)
{
    for (ptrdiff_t i = 0; i < n; i++) { double r = p[i] * t[i]; o[i] += t[i] == 0.0 ? 0.0 : r; }
}
/* o += p0 * t */
DUALAD_CLONES static void dl_add_sc(ptrdiff_t n, double *restrict o, double p, const double *restrict t)
{
    for (ptrdiff_t i = 0; i < n; i++) { double r = p * t[i]; o[i] += t[i] == 0.0 ? 0.0 : r; }
}
/* o = p * t + q * u, one pass */
DUALAD_CLONES static void dl_two_cc(ptrdiff_t n, double *restrict o, const double *restrict p,
                                    const double *restrict t, const double *restrict q, const double *restrict u)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        double r = p[i] * t[i], s = q[i] * u[i];
        o[i] = (t[i] == 0.0 ? 0.0 : r) + (u[i] == 0.0 ? 0.0 : s);
    }
}
/* o = p0 * t + q0 * u, one pass */
DUALAD_CLONES static void dl_two_ss(ptrdiff_t n, double *restrict o, double p,
                                    const double *restrict t, double q, const double *restrict u)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        double r = p * t[i], s = q * u[i];
        o[i] = (t[i] == 0.0 ? 0.0 : r) + (u[i] == 0.0 ? 0.0 : s);
    }
}
/* o += p * u * v, in this order: u * v alone may overflow where p is tiny */
DUALAD_CLONES static void dl_quad_cc(ptrdiff_t n, double *restrict o, const double *restrict p,
                                     const double *restrict u, const double *restrict v)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        double r = p[i] * u[i] * v[i];
        o[i] += (u[i] == 0.0) | (v[i] == 0.0) ? 0.0 : r;
    }
}
/* General strides. set != 0 overwrites. */
static inline void dl_mul_strided(ptrdiff_t n, double *o, ptrdiff_t so, const double *p, ptrdiff_t sp,
                           const double *t, ptrdiff_t st, int set)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        double b = t[i * st], r = p[i * sp] * b;
        r = b == 0.0 ? 0.0 : r;
        o[i * so] = set ? r : o[i * so] + r;
    }
}
static inline void dl_quad_strided(ptrdiff_t n, double *o, ptrdiff_t so, const double *p, ptrdiff_t sp,
                            const double *u, ptrdiff_t su, const double *v, ptrdiff_t sv)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        double a = u[i * su], b = v[i * sv], r = p[i * sp] * a * b;
        o[i * so] += (a == 0.0) | (b == 0.0) ? 0.0 : r;
    }
}
/* o (+)= p * t for any strides, choosing the fast loop; t may be o where it is overwritten. */
static inline void dl_mul(ptrdiff_t n, double *o, ptrdiff_t so, const double *p, ptrdiff_t sp,
                          const double *t, ptrdiff_t st, int set)
{
    if (o == t && set && so == 1 && st == 1 && (sp == 0 || sp == 1)) { if (sp) dl_scale_cc(n, o, p); else dl_scale_sc(n, o, *p); }
    else if (so == 1 && st == 1 && sp == 1) { if (set) dl_set_cc(n, o, p, t); else dl_add_cc(n, o, p, t); }
    else if (so == 1 && st == 1 && sp == 0) { if (set) dl_set_sc(n, o, *p, t); else dl_add_sc(n, o, *p, t); }
    else dl_mul_strided(n, o, so, p, sp, t, st, set);
}
static inline void dl_quad(ptrdiff_t n, double *o, ptrdiff_t so, const double *p, ptrdiff_t sp,
                           const double *u, ptrdiff_t su, const double *v, ptrdiff_t sv)
{
    if (so == 1 && sp == 1 && su == 1 && sv == 1 && n > 8) dl_quad_cc(n, o, p, u, v);
    else dl_quad_strided(n, o, so, p, sp, u, su, v, sv);
}
/* o += sum of p * t: a cotangent gathered from everything that read one entry. Eight partial sums: vectors, and less error. */
DUALAD_CLONES static double dl_dot_cc(ptrdiff_t n, const double *restrict p, const double *restrict t)
{
    double s[8] = {0};
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++) { double r = p[i + k] * t[i + k]; s[k] += t[i + k] == 0.0 ? 0.0 : r; }
    for (; i < n; i++) { double r = p[i] * t[i]; s[0] += t[i] == 0.0 ? 0.0 : r; }
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}
static inline void dl_gather(ptrdiff_t n, double *o, const double *p, ptrdiff_t sp, const double *t, ptrdiff_t st)
{
    double s = 0.0;
    if (sp == 1 && st == 1) s = dl_dot_cc(n, p, t);
    else for (ptrdiff_t i = 0; i < n; i++) { double b = t[i * st], r = p[i * sp] * b; s += b == 0.0 ? 0.0 : r; }
    *o += s;
}
static inline void dl_gather_quad(ptrdiff_t n, double *o, const double *p, ptrdiff_t sp, const double *u, ptrdiff_t su,
                                  const double *v, ptrdiff_t sv)
{
    double s = 0.0;
    for (ptrdiff_t i = 0; i < n; i++) {
        double a = u[i * su], b = v[i * sv], r = p[i * sp] * a * b;
        s += (a == 0.0) | (b == 0.0) ? 0.0 : r;
    }
    *o += s;
}
/* o = c ? a : b, one byte per condition; steps of a and b are 0 or 1. */
DUALAD_CLONES static void dl_select_near(ptrdiff_t n, const unsigned char *restrict c, const double *restrict a,
                                         const double *restrict b, double *restrict o)
{
    for (ptrdiff_t i = 0; i < n; i++) { double p = a[i], q = b[i]; o[i] = c[i] ? p : q; }
}
DUALAD_CLONES static void dl_select_left(ptrdiff_t n, const unsigned char *restrict c, double a,
                                         const double *restrict b, double *restrict o)
{
    for (ptrdiff_t i = 0; i < n; i++) { double q = b[i]; o[i] = c[i] ? a : q; }
}
DUALAD_CLONES static void dl_select_right(ptrdiff_t n, const unsigned char *restrict c, const double *restrict a,
                                          double b, double *restrict o)
{
    for (ptrdiff_t i = 0; i < n; i++) { double p = a[i]; o[i] = c[i] ? p : b; }
}
/* The formula language's `where`; byte strides as in NumPy's inner loops. */
static inline void dl_select(ptrdiff_t n, char **args, ptrdiff_t *steps)
{
    const unsigned char *c = (const unsigned char *)args[0];
    const double *a = (const double *)args[1], *b = (const double *)args[2];
    double *o = (double *)args[3];
    if (steps[0] == 1 && steps[3] == 8 && n > 4) {
        if (steps[1] == 8 && steps[2] == 8) { dl_select_near(n, c, a, b, o); return; }
        if (steps[1] == 0 && steps[2] == 8) { dl_select_left(n, c, *a, b, o); return; }
        if (steps[1] == 8 && steps[2] == 0) { dl_select_right(n, c, a, *b, o); return; }
    }
    for (ptrdiff_t i = 0; i < n; i++)
        *(double *)(args[3] + i * steps[3]) =
            *(unsigned char *)(args[0] + i * steps[0]) ? *(double *)(args[1] + i * steps[1])
                                                       : *(double *)(args[2] + i * steps[2]);
}
#endif
