/* Written by tools/make_headers.py from the registry of rules: do not edit. */

static inline DUALAD_TYPE DUALAD_FN(acos)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_acos(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(acosh)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_acosh(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(add)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_add(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(add_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_add_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(add_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_add_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(asin)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_asin(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(asinh)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_asinh(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(atan)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_atan(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(atan2)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_atan2(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(atan2_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_atan2_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(atan2_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_atan2_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(atanh)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_atanh(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(cbrt)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_cbrt(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(ceil)(DUALAD_TYPE a) { return DUALAD_FN(constant)(ceil(a.v)); }

static inline DUALAD_TYPE DUALAD_FN(copysign_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_copysign_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(cos)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_cos(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(cosh)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_cosh(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(deg2rad)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_deg2rad(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(div)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_div(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(div_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_div_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(div_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_div_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(exp)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_exp(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(exp2)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_exp2(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(expm1)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_expm1(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(fabs)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_fabs(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(floor)(DUALAD_TYPE a) { return DUALAD_FN(constant)(floor(a.v)); }

static inline DUALAD_TYPE DUALAD_FN(fmax)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_fmax(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(fmax_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_fmax_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(fmax_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_fmax_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(fmin)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_fmin(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(fmin_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_fmin_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(fmin_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_fmin_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(fmod)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_fmod(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(fmod_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_fmod_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(fmod_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_fmod_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(hypot)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_hypot(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(hypot_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_hypot_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(hypot_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_hypot_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(ldexp_dc)(DUALAD_TYPE a, int b)
{
    double pa;
    const double y = dualad_p1_ldexp_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(log)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_log(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(log10)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_log10(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(log1p)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_log1p(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(log2)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_log2(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(logaddexp)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_logaddexp(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(logaddexp_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_logaddexp_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(logaddexp_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_logaddexp_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(logaddexp2)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_logaddexp2(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(logaddexp2_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_logaddexp2_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(logaddexp2_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_logaddexp2_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(maximum)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_maximum(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(maximum_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_maximum_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(maximum_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_maximum_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(minimum)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_minimum(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(minimum_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_minimum_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(minimum_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_minimum_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(mod)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_mod(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(mod_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_mod_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(mod_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_mod_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(mul)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_mul(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(mul_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_mul_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(mul_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_mul_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(neg)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_neg(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(nextafter_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_nextafter_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(positive)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_positive(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(pow)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_pow(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(pow_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_pow_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(pow_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_pow_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(rad2deg)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_rad2deg(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(reciprocal)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_reciprocal(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(rint)(DUALAD_TYPE a) { return DUALAD_FN(constant)(rint(a.v)); }

static inline DUALAD_TYPE DUALAD_FN(sign)(DUALAD_TYPE a) { return DUALAD_FN(constant)(dualad_sign(a.v)); }

static inline DUALAD_TYPE DUALAD_FN(sin)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_sin(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(sinc)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_sinc(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(sinh)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_sinh(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(sqrt)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_sqrt(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(square)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_square(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(sub)(DUALAD_TYPE a, DUALAD_TYPE b)
{
    double pa, pb;
    const double y = dualad_p1_sub(a.v, b.v, &pa, &pb);
    return DUALAD_FN(linear2)(y, pa, pb, a, b);
}

static inline DUALAD_TYPE DUALAD_FN(sub_dc)(DUALAD_TYPE a, double b)
{
    double pa;
    const double y = dualad_p1_sub_dc(a.v, b, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(sub_cd)(double a, DUALAD_TYPE b)
{
    double pb;
    const double y = dualad_p1_sub_cd(a, b.v, &pb);
    return DUALAD_FN(linear1)(y, pb, b);
}

static inline DUALAD_TYPE DUALAD_FN(tan)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_tan(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(tanh)(DUALAD_TYPE a)
{
    double pa;
    const double y = dualad_p1_tanh(a.v, &pa);
    return DUALAD_FN(linear1)(y, pa, a);
}

static inline DUALAD_TYPE DUALAD_FN(trunc)(DUALAD_TYPE a) { return DUALAD_FN(constant)(trunc(a.v)); }

#include "dualad/common.h"

#ifdef __cplusplus
static inline DUALAD_TYPE acos(DUALAD_TYPE a) { return DUALAD_FN(acos)(a); }
static inline DUALAD_TYPE acosh(DUALAD_TYPE a) { return DUALAD_FN(acosh)(a); }
static inline DUALAD_TYPE asin(DUALAD_TYPE a) { return DUALAD_FN(asin)(a); }
static inline DUALAD_TYPE asinh(DUALAD_TYPE a) { return DUALAD_FN(asinh)(a); }
static inline DUALAD_TYPE atan(DUALAD_TYPE a) { return DUALAD_FN(atan)(a); }
static inline DUALAD_TYPE atan2(DUALAD_TYPE a, DUALAD_TYPE b) { return DUALAD_FN(atan2)(a, b); }
static inline DUALAD_TYPE atan2(DUALAD_TYPE a, double b) { return DUALAD_FN(atan2_dc)(a, b); }
static inline DUALAD_TYPE atan2(double a, DUALAD_TYPE b) { return DUALAD_FN(atan2_cd)(a, b); }
static inline DUALAD_TYPE atanh(DUALAD_TYPE a) { return DUALAD_FN(atanh)(a); }
static inline DUALAD_TYPE cbrt(DUALAD_TYPE a) { return DUALAD_FN(cbrt)(a); }
static inline DUALAD_TYPE ceil(DUALAD_TYPE a) { return DUALAD_FN(ceil)(a); }
static inline DUALAD_TYPE copysign(DUALAD_TYPE a, double b) { return DUALAD_FN(copysign_dc)(a, b); }
static inline DUALAD_TYPE cos(DUALAD_TYPE a) { return DUALAD_FN(cos)(a); }
static inline DUALAD_TYPE cosh(DUALAD_TYPE a) { return DUALAD_FN(cosh)(a); }
static inline DUALAD_TYPE deg2rad(DUALAD_TYPE a) { return DUALAD_FN(deg2rad)(a); }
static inline DUALAD_TYPE exp(DUALAD_TYPE a) { return DUALAD_FN(exp)(a); }
static inline DUALAD_TYPE exp2(DUALAD_TYPE a) { return DUALAD_FN(exp2)(a); }
static inline DUALAD_TYPE expm1(DUALAD_TYPE a) { return DUALAD_FN(expm1)(a); }
static inline DUALAD_TYPE fabs(DUALAD_TYPE a) { return DUALAD_FN(fabs)(a); }
static inline DUALAD_TYPE floor(DUALAD_TYPE a) { return DUALAD_FN(floor)(a); }
static inline DUALAD_TYPE fmax(DUALAD_TYPE a, DUALAD_TYPE b) { return DUALAD_FN(fmax)(a, b); }
static inline DUALAD_TYPE fmax(DUALAD_TYPE a, double b) { return DUALAD_FN(fmax_dc)(a, b); }
static inline DUALAD_TYPE fmax(double a, DUALAD_TYPE b) { return DUALAD_FN(fmax_cd)(a, b); }
static inline DUALAD_TYPE fmin(DUALAD_TYPE a, DUALAD_TYPE b) { return DUALAD_FN(fmin)(a, b); }
static inline DUALAD_TYPE fmin(DUALAD_TYPE a, double b) { return DUALAD_FN(fmin_dc)(a, b); }
static inline DUALAD_TYPE fmin(double a, DUALAD_TYPE b) { return DUALAD_FN(fmin_cd)(a, b); }
static inline DUALAD_TYPE fmod(DUALAD_TYPE a, DUALAD_TYPE b) { return DUALAD_FN(fmod)(a, b); }
static inline DUALAD_TYPE fmod(DUALAD_TYPE a, double b) { return DUALAD_FN(fmod_dc)(a, b); }
static inline DUALAD_TYPE fmod(double a, DUALAD_TYPE b) { return DUALAD_FN(fmod_cd)(a, b); }
static inline DUALAD_TYPE hypot(DUALAD_TYPE a, DUALAD_TYPE b) { return DUALAD_FN(hypot)(a, b); }
static inline DUALAD_TYPE hypot(DUALAD_TYPE a, double b) { return DUALAD_FN(hypot_dc)(a, b); }
static inline DUALAD_TYPE hypot(double a, DUALAD_TYPE b) { return DUALAD_FN(hypot_cd)(a, b); }
static inline DUALAD_TYPE ldexp(DUALAD_TYPE a, int b) { return DUALAD_FN(ldexp_dc)(a, b); }
static inline DUALAD_TYPE log(DUALAD_TYPE a) { return DUALAD_FN(log)(a); }
static inline DUALAD_TYPE log10(DUALAD_TYPE a) { return DUALAD_FN(log10)(a); }
static inline DUALAD_TYPE log1p(DUALAD_TYPE a) { return DUALAD_FN(log1p)(a); }
static inline DUALAD_TYPE log2(DUALAD_TYPE a) { return DUALAD_FN(log2)(a); }
static inline DUALAD_TYPE logaddexp(DUALAD_TYPE a, DUALAD_TYPE b) { return DUALAD_FN(logaddexp)(a, b); }
static inline DUALAD_TYPE logaddexp(DUALAD_TYPE a, double b) { return DUALAD_FN(logaddexp_dc)(a, b); }
static inline DUALAD_TYPE logaddexp(double a, DUALAD_TYPE b) { return DUALAD_FN(logaddexp_cd)(a, b); }
static inline DUALAD_TYPE logaddexp2(DUALAD_TYPE a, DUALAD_TYPE b) { return DUALAD_FN(logaddexp2)(a, b); }
static inline DUALAD_TYPE logaddexp2(DUALAD_TYPE a, double b) { return DUALAD_FN(logaddexp2_dc)(a, b); }
static inline DUALAD_TYPE logaddexp2(double a, DUALAD_TYPE b) { return DUALAD_FN(logaddexp2_cd)(a, b); }
static inline DUALAD_TYPE maximum(DUALAD_TYPE a, DUALAD_TYPE b) { return DUALAD_FN(maximum)(a, b); }
static inline DUALAD_TYPE maximum(DUALAD_TYPE a, double b) { return DUALAD_FN(maximum_dc)(a, b); }
static inline DUALAD_TYPE maximum(double a, DUALAD_TYPE b) { return DUALAD_FN(maximum_cd)(a, b); }
static inline DUALAD_TYPE minimum(DUALAD_TYPE a, DUALAD_TYPE b) { return DUALAD_FN(minimum)(a, b); }
static inline DUALAD_TYPE minimum(DUALAD_TYPE a, double b) { return DUALAD_FN(minimum_dc)(a, b); }
static inline DUALAD_TYPE minimum(double a, DUALAD_TYPE b) { return DUALAD_FN(minimum_cd)(a, b); }
static inline DUALAD_TYPE mod(DUALAD_TYPE a, DUALAD_TYPE b) { return DUALAD_FN(mod)(a, b); }
static inline DUALAD_TYPE mod(DUALAD_TYPE a, double b) { return DUALAD_FN(mod_dc)(a, b); }
static inline DUALAD_TYPE mod(double a, DUALAD_TYPE b) { return DUALAD_FN(mod_cd)(a, b); }
static inline DUALAD_TYPE nextafter(DUALAD_TYPE a, double b) { return DUALAD_FN(nextafter_dc)(a, b); }
static inline DUALAD_TYPE positive(DUALAD_TYPE a) { return DUALAD_FN(positive)(a); }
static inline DUALAD_TYPE pow(DUALAD_TYPE a, DUALAD_TYPE b) { return DUALAD_FN(pow)(a, b); }
static inline DUALAD_TYPE pow(DUALAD_TYPE a, double b) { return DUALAD_FN(pow_dc)(a, b); }
static inline DUALAD_TYPE pow(double a, DUALAD_TYPE b) { return DUALAD_FN(pow_cd)(a, b); }
static inline DUALAD_TYPE rad2deg(DUALAD_TYPE a) { return DUALAD_FN(rad2deg)(a); }
static inline DUALAD_TYPE reciprocal(DUALAD_TYPE a) { return DUALAD_FN(reciprocal)(a); }
static inline DUALAD_TYPE rint(DUALAD_TYPE a) { return DUALAD_FN(rint)(a); }
static inline DUALAD_TYPE sign(DUALAD_TYPE a) { return DUALAD_FN(sign)(a); }
static inline DUALAD_TYPE sin(DUALAD_TYPE a) { return DUALAD_FN(sin)(a); }
static inline DUALAD_TYPE sinc(DUALAD_TYPE a) { return DUALAD_FN(sinc)(a); }
static inline DUALAD_TYPE sinh(DUALAD_TYPE a) { return DUALAD_FN(sinh)(a); }
static inline DUALAD_TYPE sqrt(DUALAD_TYPE a) { return DUALAD_FN(sqrt)(a); }
static inline DUALAD_TYPE square(DUALAD_TYPE a) { return DUALAD_FN(square)(a); }
static inline DUALAD_TYPE tan(DUALAD_TYPE a) { return DUALAD_FN(tan)(a); }
static inline DUALAD_TYPE tanh(DUALAD_TYPE a) { return DUALAD_FN(tanh)(a); }
static inline DUALAD_TYPE trunc(DUALAD_TYPE a) { return DUALAD_FN(trunc)(a); }
#endif
