/* Written by tools/make_headers.py from the registry of rules: do not edit. */

static inline void dualad_dualn_acos(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_acos(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_acos(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_acos(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_acosh(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_acosh(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_acosh(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_acosh(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_add(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_add(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_add_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_add_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_add_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_add_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_add(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p2_add(a[0], b[0], &pa, &pb);
    dualad_hessn_chain2(n, r, y, pa, pb, 0.0, 0.0, 0.0, a, b);
}

static inline void dualad_hessn_add_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p2_add_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_hessn_add_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p2_add_cd(a, b[0], &pb);
    dualad_hessn_chain1(n, r, y, pb, 0.0, b);
}

static inline void dualad_dualn_asin(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_asin(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_asin(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_asin(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_asinh(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_asinh(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_asinh(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_asinh(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_atan(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_atan(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_atan(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_atan(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_atan2(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_atan2(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_atan2_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_atan2_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_atan2_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_atan2_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_atan2(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb, paa, pab, pbb;
    const double y = dualad_p2_atan2(a[0], b[0], &pa, &pb, &paa, &pab, &pbb);
    dualad_hessn_chain2(n, r, y, pa, pb, paa, pab, pbb, a, b);
}

static inline void dualad_hessn_atan2_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa, paa;
    const double y = dualad_p2_atan2_dc(a[0], b, &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_hessn_atan2_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb, pbb;
    const double y = dualad_p2_atan2_cd(a, b[0], &pb, &pbb);
    dualad_hessn_chain1(n, r, y, pb, pbb, b);
}

static inline void dualad_dualn_atanh(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_atanh(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_atanh(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_atanh(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_cbrt(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_cbrt(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_cbrt(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_cbrt(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_ceil(ptrdiff_t n, double *r, const double *a) { dualad_dualn_constant(n, r, ceil(a[0])); }

static inline void dualad_hessn_ceil(ptrdiff_t n, double *r, const double *a) { dualad_hessn_constant(n, r, ceil(a[0])); }

static inline void dualad_dualn_copysign_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_copysign_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_copysign_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p2_copysign_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_dualn_cos(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_cos(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_cos(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_cos(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_cosh(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_cosh(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_cosh(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_cosh(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_deg2rad(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_deg2rad(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_deg2rad(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p2_deg2rad(a[0], &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_dualn_div(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_div(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_div_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_div_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_div_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_div_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_div(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb, pab, pbb;
    const double y = dualad_p2_div(a[0], b[0], &pa, &pb, &pab, &pbb);
    dualad_hessn_chain2(n, r, y, pa, pb, 0.0, pab, pbb, a, b);
}

static inline void dualad_hessn_div_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p2_div_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_hessn_div_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb, pbb;
    const double y = dualad_p2_div_cd(a, b[0], &pb, &pbb);
    dualad_hessn_chain1(n, r, y, pb, pbb, b);
}

static inline void dualad_dualn_exp(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_exp(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_exp(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_exp(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_exp2(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_exp2(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_exp2(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_exp2(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_expm1(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_expm1(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_expm1(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_expm1(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_fabs(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_fabs(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_fabs(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p2_fabs(a[0], &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_dualn_floor(ptrdiff_t n, double *r, const double *a) { dualad_dualn_constant(n, r, floor(a[0])); }

static inline void dualad_hessn_floor(ptrdiff_t n, double *r, const double *a) { dualad_hessn_constant(n, r, floor(a[0])); }

static inline void dualad_dualn_fmax(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_fmax(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_fmax_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_fmax_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_fmax_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_fmax_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_fmax(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p2_fmax(a[0], b[0], &pa, &pb);
    dualad_hessn_chain2(n, r, y, pa, pb, 0.0, 0.0, 0.0, a, b);
}

static inline void dualad_hessn_fmax_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p2_fmax_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_hessn_fmax_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p2_fmax_cd(a, b[0], &pb);
    dualad_hessn_chain1(n, r, y, pb, 0.0, b);
}

static inline void dualad_dualn_fmin(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_fmin(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_fmin_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_fmin_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_fmin_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_fmin_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_fmin(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p2_fmin(a[0], b[0], &pa, &pb);
    dualad_hessn_chain2(n, r, y, pa, pb, 0.0, 0.0, 0.0, a, b);
}

static inline void dualad_hessn_fmin_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p2_fmin_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_hessn_fmin_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p2_fmin_cd(a, b[0], &pb);
    dualad_hessn_chain1(n, r, y, pb, 0.0, b);
}

static inline void dualad_dualn_fmod(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_fmod(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_fmod_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_fmod_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_fmod_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_fmod_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_fmod(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p2_fmod(a[0], b[0], &pa, &pb);
    dualad_hessn_chain2(n, r, y, pa, pb, 0.0, 0.0, 0.0, a, b);
}

static inline void dualad_hessn_fmod_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p2_fmod_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_hessn_fmod_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p2_fmod_cd(a, b[0], &pb);
    dualad_hessn_chain1(n, r, y, pb, 0.0, b);
}

static inline void dualad_dualn_hypot(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_hypot(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_hypot_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_hypot_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_hypot_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_hypot_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_hypot(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb, paa, pab, pbb;
    const double y = dualad_p2_hypot(a[0], b[0], &pa, &pb, &paa, &pab, &pbb);
    dualad_hessn_chain2(n, r, y, pa, pb, paa, pab, pbb, a, b);
}

static inline void dualad_hessn_hypot_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa, paa;
    const double y = dualad_p2_hypot_dc(a[0], b, &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_hessn_hypot_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb, pbb;
    const double y = dualad_p2_hypot_cd(a, b[0], &pb, &pbb);
    dualad_hessn_chain1(n, r, y, pb, pbb, b);
}

static inline void dualad_dualn_ldexp_dc(ptrdiff_t n, double *r, const double *a, int b)
{
    double pa;
    const double y = dualad_p1_ldexp_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_ldexp_dc(ptrdiff_t n, double *r, const double *a, int b)
{
    double pa;
    const double y = dualad_p2_ldexp_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_dualn_log(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_log(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_log(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_log(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_log10(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_log10(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_log10(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_log10(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_log1p(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_log1p(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_log1p(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_log1p(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_log2(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_log2(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_log2(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_log2(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_logaddexp(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_logaddexp(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_logaddexp_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_logaddexp_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_logaddexp_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_logaddexp_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_logaddexp(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb, paa, pab, pbb;
    const double y = dualad_p2_logaddexp(a[0], b[0], &pa, &pb, &paa, &pab, &pbb);
    dualad_hessn_chain2(n, r, y, pa, pb, paa, pab, pbb, a, b);
}

static inline void dualad_hessn_logaddexp_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa, paa;
    const double y = dualad_p2_logaddexp_dc(a[0], b, &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_hessn_logaddexp_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb, pbb;
    const double y = dualad_p2_logaddexp_cd(a, b[0], &pb, &pbb);
    dualad_hessn_chain1(n, r, y, pb, pbb, b);
}

static inline void dualad_dualn_logaddexp2(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_logaddexp2(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_logaddexp2_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_logaddexp2_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_logaddexp2_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_logaddexp2_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_logaddexp2(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb, paa, pab, pbb;
    const double y = dualad_p2_logaddexp2(a[0], b[0], &pa, &pb, &paa, &pab, &pbb);
    dualad_hessn_chain2(n, r, y, pa, pb, paa, pab, pbb, a, b);
}

static inline void dualad_hessn_logaddexp2_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa, paa;
    const double y = dualad_p2_logaddexp2_dc(a[0], b, &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_hessn_logaddexp2_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb, pbb;
    const double y = dualad_p2_logaddexp2_cd(a, b[0], &pb, &pbb);
    dualad_hessn_chain1(n, r, y, pb, pbb, b);
}

static inline void dualad_dualn_maximum(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_maximum(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_maximum_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_maximum_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_maximum_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_maximum_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_maximum(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p2_maximum(a[0], b[0], &pa, &pb);
    dualad_hessn_chain2(n, r, y, pa, pb, 0.0, 0.0, 0.0, a, b);
}

static inline void dualad_hessn_maximum_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p2_maximum_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_hessn_maximum_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p2_maximum_cd(a, b[0], &pb);
    dualad_hessn_chain1(n, r, y, pb, 0.0, b);
}

static inline void dualad_dualn_minimum(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_minimum(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_minimum_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_minimum_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_minimum_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_minimum_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_minimum(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p2_minimum(a[0], b[0], &pa, &pb);
    dualad_hessn_chain2(n, r, y, pa, pb, 0.0, 0.0, 0.0, a, b);
}

static inline void dualad_hessn_minimum_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p2_minimum_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_hessn_minimum_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p2_minimum_cd(a, b[0], &pb);
    dualad_hessn_chain1(n, r, y, pb, 0.0, b);
}

static inline void dualad_dualn_mod(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_mod(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_mod_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_mod_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_mod_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_mod_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_mod(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p2_mod(a[0], b[0], &pa, &pb);
    dualad_hessn_chain2(n, r, y, pa, pb, 0.0, 0.0, 0.0, a, b);
}

static inline void dualad_hessn_mod_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p2_mod_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_hessn_mod_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p2_mod_cd(a, b[0], &pb);
    dualad_hessn_chain1(n, r, y, pb, 0.0, b);
}

static inline void dualad_dualn_mul(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_mul(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_mul_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_mul_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_mul_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_mul_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_mul(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb, pab;
    const double y = dualad_p2_mul(a[0], b[0], &pa, &pb, &pab);
    dualad_hessn_chain2(n, r, y, pa, pb, 0.0, pab, 0.0, a, b);
}

static inline void dualad_hessn_mul_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p2_mul_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_hessn_mul_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p2_mul_cd(a, b[0], &pb);
    dualad_hessn_chain1(n, r, y, pb, 0.0, b);
}

static inline void dualad_dualn_neg(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_neg(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_neg(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p2_neg(a[0], &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_dualn_nextafter_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_nextafter_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_nextafter_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p2_nextafter_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_dualn_positive(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_positive(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_positive(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p2_positive(a[0], &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_dualn_pow(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_pow(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_pow_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_pow_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_pow_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_pow_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_pow(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb, paa, pab, pbb;
    const double y = dualad_p2_pow(a[0], b[0], &pa, &pb, &paa, &pab, &pbb);
    dualad_hessn_chain2(n, r, y, pa, pb, paa, pab, pbb, a, b);
}

static inline void dualad_hessn_pow_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa, paa;
    const double y = dualad_p2_pow_dc(a[0], b, &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_hessn_pow_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb, pbb;
    const double y = dualad_p2_pow_cd(a, b[0], &pb, &pbb);
    dualad_hessn_chain1(n, r, y, pb, pbb, b);
}

static inline void dualad_dualn_rad2deg(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_rad2deg(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_rad2deg(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p2_rad2deg(a[0], &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_dualn_reciprocal(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_reciprocal(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_reciprocal(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_reciprocal(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_rint(ptrdiff_t n, double *r, const double *a) { dualad_dualn_constant(n, r, rint(a[0])); }

static inline void dualad_hessn_rint(ptrdiff_t n, double *r, const double *a) { dualad_hessn_constant(n, r, rint(a[0])); }

static inline void dualad_dualn_sign(ptrdiff_t n, double *r, const double *a) { dualad_dualn_constant(n, r, dualad_sign(a[0])); }

static inline void dualad_hessn_sign(ptrdiff_t n, double *r, const double *a) { dualad_hessn_constant(n, r, dualad_sign(a[0])); }

static inline void dualad_dualn_sin(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_sin(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_sin(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_sin(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_sinc(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_sinc(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_sinc(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_sinc(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_sinh(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_sinh(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_sinh(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_sinh(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_sqrt(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_sqrt(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_sqrt(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_sqrt(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_square(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_square(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_square(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_square(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_sub(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p1_sub(a[0], b[0], &pa, &pb);
    dualad_dualn_chain2(n, r, y, pa, pb, a, b);
}

static inline void dualad_dualn_sub_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p1_sub_dc(a[0], b, &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_dualn_sub_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p1_sub_cd(a, b[0], &pb);
    dualad_dualn_chain1(n, r, y, pb, b);
}

static inline void dualad_hessn_sub(ptrdiff_t n, double *r, const double *a, const double *b)
{
    double pa, pb;
    const double y = dualad_p2_sub(a[0], b[0], &pa, &pb);
    dualad_hessn_chain2(n, r, y, pa, pb, 0.0, 0.0, 0.0, a, b);
}

static inline void dualad_hessn_sub_dc(ptrdiff_t n, double *r, const double *a, double b)
{
    double pa;
    const double y = dualad_p2_sub_dc(a[0], b, &pa);
    dualad_hessn_chain1(n, r, y, pa, 0.0, a);
}

static inline void dualad_hessn_sub_cd(ptrdiff_t n, double *r, double a, const double *b)
{
    double pb;
    const double y = dualad_p2_sub_cd(a, b[0], &pb);
    dualad_hessn_chain1(n, r, y, pb, 0.0, b);
}

static inline void dualad_dualn_tan(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_tan(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_tan(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_tan(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_tanh(ptrdiff_t n, double *r, const double *a)
{
    double pa;
    const double y = dualad_p1_tanh(a[0], &pa);
    dualad_dualn_chain1(n, r, y, pa, a);
}

static inline void dualad_hessn_tanh(ptrdiff_t n, double *r, const double *a)
{
    double pa, paa;
    const double y = dualad_p2_tanh(a[0], &pa, &paa);
    dualad_hessn_chain1(n, r, y, pa, paa, a);
}

static inline void dualad_dualn_trunc(ptrdiff_t n, double *r, const double *a) { dualad_dualn_constant(n, r, trunc(a[0])); }

static inline void dualad_hessn_trunc(ptrdiff_t n, double *r, const double *a) { dualad_hessn_constant(n, r, trunc(a[0])); }
