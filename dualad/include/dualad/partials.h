/* Written by tools/make_headers.py from the registry of rules: do not edit. */

#ifndef DUALAD_PARTIALS_H
#define DUALAD_PARTIALS_H
#include "dualad/base.h"

static inline double dualad_p1_acos(double a, double *da)
{
    const double y = acos(a);
    const double t0 = 1.0 - a;
    const double t1 = 1.0 + a;
    const double t2 = t0 * t1;
    const double t3 = sqrt(t2);
    const double t4 = (-1.0) / t3;
    *da = t4;
    return y;
}

static inline double dualad_p2_acos(double a, double *da, double *daa)
{
    const double y = acos(a);
    const double t0 = 1.0 - a;
    const double t1 = 1.0 + a;
    const double t2 = t0 * t1;
    const double t3 = sqrt(t2);
    const double t4 = (-1.0) / t3;
    const double t5 = a * t4;
    const double t6 = t5 * t4;
    const double t7 = t6 * t4;
    *da = t4;
    *daa = t7;
    return y;
}

static inline double dualad_p1_acosh(double a, double *da)
{
    const double y = acosh(a);
    const double t0 = a - 1.0;
    const double t1 = sqrt(t0);
    const double t2 = a + 1.0;
    const double t3 = sqrt(t2);
    const double t4 = t1 * t3;
    const double t5 = 1.0 / t4;
    *da = t5;
    return y;
}

static inline double dualad_p2_acosh(double a, double *da, double *daa)
{
    const double y = acosh(a);
    const double t0 = a - 1.0;
    const double t1 = sqrt(t0);
    const double t2 = a + 1.0;
    const double t3 = sqrt(t2);
    const double t4 = t1 * t3;
    const double t5 = 1.0 / t4;
    const double t6 = -a;
    const double t7 = t6 * t5;
    const double t8 = t7 * t5;
    const double t9 = t8 * t5;
    *da = t5;
    *daa = t9;
    return y;
}

static inline double dualad_p1_add(double a, double b, double *da, double *db)
{
    const double y = a + b;
    *da = 1.0;
    *db = 1.0;
    return y;
}

static inline double dualad_p2_add(double a, double b, double *da, double *db)
{
    const double y = a + b;
    *da = 1.0;
    *db = 1.0;
    return y;
}

static inline double dualad_p1_add_dc(double a, double b, double *da)
{
    const double y = a + b;
    *da = 1.0;
    return y;
}

static inline double dualad_p2_add_dc(double a, double b, double *da)
{
    const double y = a + b;
    *da = 1.0;
    return y;
}

static inline double dualad_p1_add_cd(double a, double b, double *db)
{
    const double y = a + b;
    *db = 1.0;
    return y;
}

static inline double dualad_p2_add_cd(double a, double b, double *db)
{
    const double y = a + b;
    *db = 1.0;
    return y;
}

static inline double dualad_p1_asin(double a, double *da)
{
    const double y = asin(a);
    const double t0 = 1.0 - a;
    const double t1 = 1.0 + a;
    const double t2 = t0 * t1;
    const double t3 = sqrt(t2);
    const double t4 = 1.0 / t3;
    *da = t4;
    return y;
}

static inline double dualad_p2_asin(double a, double *da, double *daa)
{
    const double y = asin(a);
    const double t0 = 1.0 - a;
    const double t1 = 1.0 + a;
    const double t2 = t0 * t1;
    const double t3 = sqrt(t2);
    const double t4 = 1.0 / t3;
    const double t5 = a * t4;
    const double t6 = t5 * t4;
    const double t7 = t6 * t4;
    *da = t4;
    *daa = t7;
    return y;
}

static inline double dualad_p1_asinh(double a, double *da)
{
    const double y = asinh(a);
    const double t0 = hypot(1.0, a);
    const double t1 = 1.0 / t0;
    *da = t1;
    return y;
}

static inline double dualad_p2_asinh(double a, double *da, double *daa)
{
    const double y = asinh(a);
    const double t0 = hypot(1.0, a);
    const double t1 = 1.0 / t0;
    const double t2 = -a;
    const double t3 = t2 * t1;
    const double t4 = t3 * t1;
    const double t5 = t4 * t1;
    *da = t1;
    *daa = t5;
    return y;
}

static inline double dualad_p1_atan(double a, double *da)
{
    const double y = atan(a);
    const double t0 = fabs(a);
    const int t1 = t0 < 1e+150;
    const double t2 = a * a;
    const double t3 = 1.0 + t2;
    const double t4 = 1.0 / t3;
    const double t5 = 1.0 / a;
    const double t6 = t5 / a;
    const double t7 = t1 ? t4 : t6;
    *da = t7;
    return y;
}

static inline double dualad_p2_atan(double a, double *da, double *daa)
{
    const double y = atan(a);
    const double t0 = fabs(a);
    const int t1 = t0 < 1e+150;
    const double t2 = a * a;
    const double t3 = 1.0 + t2;
    const double t4 = 1.0 / t3;
    const double t5 = 1.0 / a;
    const double t6 = t5 / a;
    const double t7 = t1 ? t4 : t6;
    const double t8 = a * t7;
    const double t9 = (-2.0) * t8;
    const double t10 = t9 * t7;
    *da = t7;
    *daa = t10;
    return y;
}

static inline double dualad_p1_atan2(double a, double b, double *da, double *db)
{
    const double y = atan2(a, b);
    const double t0 = fabs(a);
    const double t1 = fabs(b);
    const int t2 = t0 < 1.0;
    const int t3 = t1 < 1.0;
    const int t4 = t2 & t3;
    const int t5 = t0 > 3.273390607896142e+150;
    const int t6 = t1 > 3.273390607896142e+150;
    const int t7 = t5 | t6;
    const double t8 = t7 ? 5.527147875260445e-76 : 1.0;
    const double t9 = t4 ? 1.8092513943330656e+75 : t8;
    const double t10 = t9 * t9;
    const double t11 = t10 * a;
    const double t12 = t10 * b;
    const double t13 = hypot(t11, t12);
    const double t14 = t12 * t10;
    const double t15 = t14 / t13;
    const double t16 = t15 / t13;
    const double t17 = -t11;
    const double t18 = t17 * t10;
    const double t19 = t18 / t13;
    const double t20 = t19 / t13;
    *da = t16;
    *db = t20;
    return y;
}

static inline double dualad_p2_atan2(double a, double b, double *da, double *db, double *daa, double *dab, double *dbb)
{
    const double y = atan2(a, b);
    const double t0 = fabs(a);
    const double t1 = fabs(b);
    const int t2 = t0 < 1.0;
    const int t3 = t1 < 1.0;
    const int t4 = t2 & t3;
    const int t5 = t0 > 3.273390607896142e+150;
    const int t6 = t1 > 3.273390607896142e+150;
    const int t7 = t5 | t6;
    const double t8 = t7 ? 5.527147875260445e-76 : 1.0;
    const double t9 = t4 ? 1.8092513943330656e+75 : t8;
    const double t10 = t9 * t9;
    const double t11 = t10 * a;
    const double t12 = t10 * b;
    const double t13 = hypot(t11, t12);
    const double t14 = t12 * t10;
    const double t15 = t14 / t13;
    const double t16 = t15 / t13;
    const double t17 = -t11;
    const double t18 = t17 * t10;
    const double t19 = t18 / t13;
    const double t20 = t19 / t13;
    const double t21 = t11 * t9;
    const double t22 = t21 / t13;
    const double t23 = (-2.0) * t22;
    const double t24 = t12 * t9;
    const double t25 = t24 / t13;
    const double t26 = t23 * t25;
    const double t27 = t26 * t10;
    const double t28 = t27 / t13;
    const double t29 = t28 / t13;
    const double t30 = t11 - t12;
    const double t31 = t30 * t9;
    const double t32 = t31 / t13;
    const double t33 = t11 + t12;
    const double t34 = t33 * t9;
    const double t35 = t34 / t13;
    const double t36 = t32 * t35;
    const double t37 = t36 * t10;
    const double t38 = t37 / t13;
    const double t39 = t38 / t13;
    const double t40 = 2.0 * t22;
    const double t41 = t40 * t25;
    const double t42 = t41 * t10;
    const double t43 = t42 / t13;
    const double t44 = t43 / t13;
    *da = t16;
    *db = t20;
    *daa = t29;
    *dab = t39;
    *dbb = t44;
    return y;
}

static inline double dualad_p1_atan2_dc(double a, double b, double *da)
{
    const double y = atan2(a, b);
    const double t0 = fabs(a);
    const double t1 = fabs(b);
    const int t2 = t0 < 1.0;
    const int t3 = t1 < 1.0;
    const int t4 = t2 & t3;
    const int t5 = t0 > 3.273390607896142e+150;
    const int t6 = t1 > 3.273390607896142e+150;
    const int t7 = t5 | t6;
    const double t8 = t7 ? 5.527147875260445e-76 : 1.0;
    const double t9 = t4 ? 1.8092513943330656e+75 : t8;
    const double t10 = t9 * t9;
    const double t11 = t10 * a;
    const double t12 = t10 * b;
    const double t13 = hypot(t11, t12);
    const double t14 = t12 * t10;
    const double t15 = t14 / t13;
    const double t16 = t15 / t13;
    *da = t16;
    return y;
}

static inline double dualad_p2_atan2_dc(double a, double b, double *da, double *daa)
{
    const double y = atan2(a, b);
    const double t0 = fabs(a);
    const double t1 = fabs(b);
    const int t2 = t0 < 1.0;
    const int t3 = t1 < 1.0;
    const int t4 = t2 & t3;
    const int t5 = t0 > 3.273390607896142e+150;
    const int t6 = t1 > 3.273390607896142e+150;
    const int t7 = t5 | t6;
    const double t8 = t7 ? 5.527147875260445e-76 : 1.0;
    const double t9 = t4 ? 1.8092513943330656e+75 : t8;
    const double t10 = t9 * t9;
    const double t11 = t10 * a;
    const double t12 = t10 * b;
    const double t13 = hypot(t11, t12);
    const double t14 = t12 * t10;
    const double t15 = t14 / t13;
    const double t16 = t15 / t13;
    const double t17 = t11 * t9;
    const double t18 = t17 / t13;
    const double t19 = (-2.0) * t18;
    const double t20 = t12 * t9;
    const double t21 = t20 / t13;
    const double t22 = t19 * t21;
    const double t23 = t22 * t10;
    const double t24 = t23 / t13;
    const double t25 = t24 / t13;
    *da = t16;
    *daa = t25;
    return y;
}

static inline double dualad_p1_atan2_cd(double a, double b, double *db)
{
    const double y = atan2(a, b);
    const double t0 = fabs(a);
    const double t1 = fabs(b);
    const int t2 = t0 < 1.0;
    const int t3 = t1 < 1.0;
    const int t4 = t2 & t3;
    const int t5 = t0 > 3.273390607896142e+150;
    const int t6 = t1 > 3.273390607896142e+150;
    const int t7 = t5 | t6;
    const double t8 = t7 ? 5.527147875260445e-76 : 1.0;
    const double t9 = t4 ? 1.8092513943330656e+75 : t8;
    const double t10 = t9 * t9;
    const double t11 = t10 * a;
    const double t12 = t10 * b;
    const double t13 = hypot(t11, t12);
    const double t14 = -t11;
    const double t15 = t14 * t10;
    const double t16 = t15 / t13;
    const double t17 = t16 / t13;
    *db = t17;
    return y;
}

static inline double dualad_p2_atan2_cd(double a, double b, double *db, double *dbb)
{
    const double y = atan2(a, b);
    const double t0 = fabs(a);
    const double t1 = fabs(b);
    const int t2 = t0 < 1.0;
    const int t3 = t1 < 1.0;
    const int t4 = t2 & t3;
    const int t5 = t0 > 3.273390607896142e+150;
    const int t6 = t1 > 3.273390607896142e+150;
    const int t7 = t5 | t6;
    const double t8 = t7 ? 5.527147875260445e-76 : 1.0;
    const double t9 = t4 ? 1.8092513943330656e+75 : t8;
    const double t10 = t9 * t9;
    const double t11 = t10 * a;
    const double t12 = t10 * b;
    const double t13 = hypot(t11, t12);
    const double t14 = -t11;
    const double t15 = t14 * t10;
    const double t16 = t15 / t13;
    const double t17 = t16 / t13;
    const double t18 = t11 * t9;
    const double t19 = t18 / t13;
    const double t20 = 2.0 * t19;
    const double t21 = t12 * t9;
    const double t22 = t21 / t13;
    const double t23 = t20 * t22;
    const double t24 = t23 * t10;
    const double t25 = t24 / t13;
    const double t26 = t25 / t13;
    *db = t17;
    *dbb = t26;
    return y;
}

static inline double dualad_p1_atanh(double a, double *da)
{
    const double y = atanh(a);
    const double t0 = 1.0 - a;
    const double t1 = 1.0 + a;
    const double t2 = t0 * t1;
    const double t3 = 1.0 / t2;
    *da = t3;
    return y;
}

static inline double dualad_p2_atanh(double a, double *da, double *daa)
{
    const double y = atanh(a);
    const double t0 = 1.0 - a;
    const double t1 = 1.0 + a;
    const double t2 = t0 * t1;
    const double t3 = 1.0 / t2;
    const double t4 = 2.0 * a;
    const double t5 = t4 * t3;
    const double t6 = t5 * t3;
    *da = t3;
    *daa = t6;
    return y;
}

static inline double dualad_p1_cbrt(double a, double *da)
{
    const double y = cbrt(a);
    const double t0 = y / a;
    const int t1 = t0 == t0;
    const double t2 = y * y;
    const double t3 = 1.0 / t2;
    const double t4 = t1 ? t0 : t3;
    const double t5 = t4 / 3.0;
    *da = t5;
    return y;
}

static inline double dualad_p2_cbrt(double a, double *da, double *daa)
{
    const double y = cbrt(a);
    const double t0 = y / a;
    const int t1 = t0 == t0;
    const double t2 = y * y;
    const double t3 = 1.0 / t2;
    const double t4 = t1 ? t0 : t3;
    const double t5 = t4 / 3.0;
    const double t6 = (-0.6666666666666666) * t5;
    const double t7 = t6 / a;
    *da = t5;
    *daa = t7;
    return y;
}

static inline double dualad_p1_copysign_dc(double a, double b, double *da)
{
    const double y = copysign(a, b);
    const double t0 = dualad_sign(a);
    const double t1 = copysign(1.0, b);
    const double t2 = t0 * t1;
    *da = t2;
    return y;
}

static inline double dualad_p2_copysign_dc(double a, double b, double *da)
{
    const double y = copysign(a, b);
    const double t0 = dualad_sign(a);
    const double t1 = copysign(1.0, b);
    const double t2 = t0 * t1;
    *da = t2;
    return y;
}

static inline double dualad_p1_cos(double a, double *da)
{
    const double y = cos(a);
    const double t0 = sin(a);
    const double t1 = -t0;
    *da = t1;
    return y;
}

static inline double dualad_p2_cos(double a, double *da, double *daa)
{
    const double y = cos(a);
    const double t0 = sin(a);
    const double t1 = -t0;
    const double t2 = -y;
    *da = t1;
    *daa = t2;
    return y;
}

static inline double dualad_p1_cosh(double a, double *da)
{
    const double y = cosh(a);
    const double t0 = sinh(a);
    *da = t0;
    return y;
}

static inline double dualad_p2_cosh(double a, double *da, double *daa)
{
    const double y = cosh(a);
    const double t0 = sinh(a);
    *da = t0;
    *daa = y;
    return y;
}

static inline double dualad_p1_deg2rad(double a, double *da)
{
    const double y = a * 0.017453292519943295;
    *da = 0.017453292519943295;
    return y;
}

static inline double dualad_p2_deg2rad(double a, double *da)
{
    const double y = a * 0.017453292519943295;
    *da = 0.017453292519943295;
    return y;
}

static inline double dualad_p1_div(double a, double b, double *da, double *db)
{
    const double y = a / b;
    const double t0 = 1.0 / b;
    const double t1 = -y;
    const double t2 = t1 / b;
    *da = t0;
    *db = t2;
    return y;
}

static inline double dualad_p2_div(double a, double b, double *da, double *db, double *dab, double *dbb)
{
    const double y = a / b;
    const double t0 = 1.0 / b;
    const double t1 = -y;
    const double t2 = t1 / b;
    const double t3 = -t0;
    const double t4 = t3 * t0;
    const double t5 = (-2.0) * t2;
    const double t6 = t5 / b;
    *da = t0;
    *db = t2;
    *dab = t4;
    *dbb = t6;
    return y;
}

static inline double dualad_p1_div_dc(double a, double b, double *da)
{
    const double y = a / b;
    const double t0 = 1.0 / b;
    *da = t0;
    return y;
}

static inline double dualad_p2_div_dc(double a, double b, double *da)
{
    const double y = a / b;
    const double t0 = 1.0 / b;
    *da = t0;
    return y;
}

static inline double dualad_p1_div_cd(double a, double b, double *db)
{
    const double y = a / b;
    const double t0 = -y;
    const double t1 = t0 / b;
    *db = t1;
    return y;
}

static inline double dualad_p2_div_cd(double a, double b, double *db, double *dbb)
{
    const double y = a / b;
    const double t0 = -y;
    const double t1 = t0 / b;
    const double t2 = (-2.0) * t1;
    const double t3 = t2 / b;
    *db = t1;
    *dbb = t3;
    return y;
}

static inline double dualad_p1_exp(double a, double *da)
{
    const double y = exp(a);
    *da = y;
    return y;
}

static inline double dualad_p2_exp(double a, double *da, double *daa)
{
    const double y = exp(a);
    *da = y;
    *daa = y;
    return y;
}

static inline double dualad_p1_exp2(double a, double *da)
{
    const double y = exp2(a);
    const double t0 = y * 0.6931471805599453;
    *da = t0;
    return y;
}

static inline double dualad_p2_exp2(double a, double *da, double *daa)
{
    const double y = exp2(a);
    const double t0 = y * 0.6931471805599453;
    const double t1 = t0 * 0.6931471805599453;
    *da = t0;
    *daa = t1;
    return y;
}

static inline double dualad_p1_expm1(double a, double *da)
{
    const double y = expm1(a);
    const double t0 = exp(a);
    *da = t0;
    return y;
}

static inline double dualad_p2_expm1(double a, double *da, double *daa)
{
    const double y = expm1(a);
    const double t0 = exp(a);
    *da = t0;
    *daa = t0;
    return y;
}

static inline double dualad_p1_fabs(double a, double *da)
{
    const double y = fabs(a);
    const double t0 = dualad_sign(a);
    *da = t0;
    return y;
}

static inline double dualad_p2_fabs(double a, double *da)
{
    const double y = fabs(a);
    const double t0 = dualad_sign(a);
    *da = t0;
    return y;
}

static inline double dualad_p1_fmax(double a, double b, double *da, double *db)
{
    const double y = fmax(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    const int t6 = b == a;
    const int t7 = b == y;
    const double t8 = t7 ? 1.0 : t3;
    const double t9 = t6 ? 0.5 : t8;
    *da = t5;
    *db = t9;
    return y;
}

static inline double dualad_p2_fmax(double a, double b, double *da, double *db)
{
    const double y = fmax(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    const int t6 = b == a;
    const int t7 = b == y;
    const double t8 = t7 ? 1.0 : t3;
    const double t9 = t6 ? 0.5 : t8;
    *da = t5;
    *db = t9;
    return y;
}

static inline double dualad_p1_fmax_dc(double a, double b, double *da)
{
    const double y = fmax(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *da = t5;
    return y;
}

static inline double dualad_p2_fmax_dc(double a, double b, double *da)
{
    const double y = fmax(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *da = t5;
    return y;
}

static inline double dualad_p1_fmax_cd(double a, double b, double *db)
{
    const double y = fmax(a, b);
    const int t0 = b == a;
    const int t1 = b == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *db = t5;
    return y;
}

static inline double dualad_p2_fmax_cd(double a, double b, double *db)
{
    const double y = fmax(a, b);
    const int t0 = b == a;
    const int t1 = b == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *db = t5;
    return y;
}

static inline double dualad_p1_fmin(double a, double b, double *da, double *db)
{
    const double y = fmin(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    const int t6 = b == a;
    const int t7 = b == y;
    const double t8 = t7 ? 1.0 : t3;
    const double t9 = t6 ? 0.5 : t8;
    *da = t5;
    *db = t9;
    return y;
}

static inline double dualad_p2_fmin(double a, double b, double *da, double *db)
{
    const double y = fmin(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    const int t6 = b == a;
    const int t7 = b == y;
    const double t8 = t7 ? 1.0 : t3;
    const double t9 = t6 ? 0.5 : t8;
    *da = t5;
    *db = t9;
    return y;
}

static inline double dualad_p1_fmin_dc(double a, double b, double *da)
{
    const double y = fmin(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *da = t5;
    return y;
}

static inline double dualad_p2_fmin_dc(double a, double b, double *da)
{
    const double y = fmin(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *da = t5;
    return y;
}

static inline double dualad_p1_fmin_cd(double a, double b, double *db)
{
    const double y = fmin(a, b);
    const int t0 = b == a;
    const int t1 = b == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *db = t5;
    return y;
}

static inline double dualad_p2_fmin_cd(double a, double b, double *db)
{
    const double y = fmin(a, b);
    const int t0 = b == a;
    const int t1 = b == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *db = t5;
    return y;
}

static inline double dualad_p1_fmod(double a, double b, double *da, double *db)
{
    const double y = fmod(a, b);
    const double t0 = a - y;
    const double t1 = t0 / b;
    const double t2 = rint(t1);
    const double t3 = -t2;
    *da = 1.0;
    *db = t3;
    return y;
}

static inline double dualad_p2_fmod(double a, double b, double *da, double *db)
{
    const double y = fmod(a, b);
    const double t0 = a - y;
    const double t1 = t0 / b;
    const double t2 = rint(t1);
    const double t3 = -t2;
    *da = 1.0;
    *db = t3;
    return y;
}

static inline double dualad_p1_fmod_dc(double a, double b, double *da)
{
    const double y = fmod(a, b);
    *da = 1.0;
    return y;
}

static inline double dualad_p2_fmod_dc(double a, double b, double *da)
{
    const double y = fmod(a, b);
    *da = 1.0;
    return y;
}

static inline double dualad_p1_fmod_cd(double a, double b, double *db)
{
    const double y = fmod(a, b);
    const double t0 = a - y;
    const double t1 = t0 / b;
    const double t2 = rint(t1);
    const double t3 = -t2;
    *db = t3;
    return y;
}

static inline double dualad_p2_fmod_cd(double a, double b, double *db)
{
    const double y = fmod(a, b);
    const double t0 = a - y;
    const double t1 = t0 / b;
    const double t2 = rint(t1);
    const double t3 = -t2;
    *db = t3;
    return y;
}

static inline double dualad_p1_hypot(double a, double b, double *da, double *db)
{
    const double y = hypot(a, b);
    const double t0 = fabs(a);
    const double t1 = fabs(b);
    const int t2 = t0 < 1.0;
    const int t3 = t1 < 1.0;
    const int t4 = t2 & t3;
    const int t5 = t0 > 3.273390607896142e+150;
    const int t6 = t1 > 3.273390607896142e+150;
    const int t7 = t5 | t6;
    const double t8 = t7 ? 5.527147875260445e-76 : 1.0;
    const double t9 = t4 ? 1.8092513943330656e+75 : t8;
    const double t10 = t9 * t9;
    const double t11 = t10 * a;
    const double t12 = t10 * b;
    const double t13 = hypot(t11, t12);
    const int t14 = y == 0.0;
    const double t15 = t11 / t13;
    const double t16 = t14 ? 0.0 : t15;
    const double t17 = t12 / t13;
    const double t18 = t14 ? 0.0 : t17;
    *da = t16;
    *db = t18;
    return y;
}

static inline double dualad_p2_hypot(double a, double b, double *da, double *db, double *daa, double *dab, double *dbb)
{
    const double y = hypot(a, b);
    const double t0 = fabs(a);
    const double t1 = fabs(b);
    const int t2 = t0 < 1.0;
    const int t3 = t1 < 1.0;
    const int t4 = t2 & t3;
    const int t5 = t0 > 3.273390607896142e+150;
    const int t6 = t1 > 3.273390607896142e+150;
    const int t7 = t5 | t6;
    const double t8 = t7 ? 5.527147875260445e-76 : 1.0;
    const double t9 = t4 ? 1.8092513943330656e+75 : t8;
    const double t10 = t9 * t9;
    const double t11 = t10 * a;
    const double t12 = t10 * b;
    const double t13 = hypot(t11, t12);
    const int t14 = y == 0.0;
    const double t15 = t11 / t13;
    const double t16 = t14 ? 0.0 : t15;
    const double t17 = t12 / t13;
    const double t18 = t14 ? 0.0 : t17;
    const double t19 = t11 * t9;
    const double t20 = t19 / t13;
    const double t21 = t12 * t9;
    const double t22 = t21 / t13;
    const double t23 = t22 * t22;
    const double t24 = t23 / t13;
    const double t25 = -t20;
    const double t26 = t25 * t22;
    const double t27 = t26 / t13;
    const double t28 = t20 * t20;
    const double t29 = t28 / t13;
    *da = t16;
    *db = t18;
    *daa = t24;
    *dab = t27;
    *dbb = t29;
    return y;
}

static inline double dualad_p1_hypot_dc(double a, double b, double *da)
{
    const double y = hypot(a, b);
    const double t0 = fabs(a);
    const double t1 = fabs(b);
    const int t2 = t0 < 1.0;
    const int t3 = t1 < 1.0;
    const int t4 = t2 & t3;
    const int t5 = t0 > 3.273390607896142e+150;
    const int t6 = t1 > 3.273390607896142e+150;
    const int t7 = t5 | t6;
    const double t8 = t7 ? 5.527147875260445e-76 : 1.0;
    const double t9 = t4 ? 1.8092513943330656e+75 : t8;
    const double t10 = t9 * t9;
    const double t11 = t10 * a;
    const double t12 = t10 * b;
    const double t13 = hypot(t11, t12);
    const int t14 = y == 0.0;
    const double t15 = t11 / t13;
    const double t16 = t14 ? 0.0 : t15;
    *da = t16;
    return y;
}

static inline double dualad_p2_hypot_dc(double a, double b, double *da, double *daa)
{
    const double y = hypot(a, b);
    const double t0 = fabs(a);
    const double t1 = fabs(b);
    const int t2 = t0 < 1.0;
    const int t3 = t1 < 1.0;
    const int t4 = t2 & t3;
    const int t5 = t0 > 3.273390607896142e+150;
    const int t6 = t1 > 3.273390607896142e+150;
    const int t7 = t5 | t6;
    const double t8 = t7 ? 5.527147875260445e-76 : 1.0;
    const double t9 = t4 ? 1.8092513943330656e+75 : t8;
    const double t10 = t9 * t9;
    const double t11 = t10 * a;
    const double t12 = t10 * b;
    const double t13 = hypot(t11, t12);
    const int t14 = y == 0.0;
    const double t15 = t11 / t13;
    const double t16 = t14 ? 0.0 : t15;
    const double t17 = t12 * t9;
    const double t18 = t17 / t13;
    const double t19 = t18 * t18;
    const double t20 = t19 / t13;
    *da = t16;
    *daa = t20;
    return y;
}

static inline double dualad_p1_hypot_cd(double a, double b, double *db)
{
    const double y = hypot(a, b);
    const double t0 = fabs(a);
    const double t1 = fabs(b);
    const int t2 = t0 < 1.0;
    const int t3 = t1 < 1.0;
    const int t4 = t2 & t3;
    const int t5 = t0 > 3.273390607896142e+150;
    const int t6 = t1 > 3.273390607896142e+150;
    const int t7 = t5 | t6;
    const double t8 = t7 ? 5.527147875260445e-76 : 1.0;
    const double t9 = t4 ? 1.8092513943330656e+75 : t8;
    const double t10 = t9 * t9;
    const double t11 = t10 * a;
    const double t12 = t10 * b;
    const double t13 = hypot(t11, t12);
    const int t14 = y == 0.0;
    const double t15 = t12 / t13;
    const double t16 = t14 ? 0.0 : t15;
    *db = t16;
    return y;
}

static inline double dualad_p2_hypot_cd(double a, double b, double *db, double *dbb)
{
    const double y = hypot(a, b);
    const double t0 = fabs(a);
    const double t1 = fabs(b);
    const int t2 = t0 < 1.0;
    const int t3 = t1 < 1.0;
    const int t4 = t2 & t3;
    const int t5 = t0 > 3.273390607896142e+150;
    const int t6 = t1 > 3.273390607896142e+150;
    const int t7 = t5 | t6;
    const double t8 = t7 ? 5.527147875260445e-76 : 1.0;
    const double t9 = t4 ? 1.8092513943330656e+75 : t8;
    const double t10 = t9 * t9;
    const double t11 = t10 * a;
    const double t12 = t10 * b;
    const double t13 = hypot(t11, t12);
    const int t14 = y == 0.0;
    const double t15 = t12 / t13;
    const double t16 = t14 ? 0.0 : t15;
    const double t17 = t11 * t9;
    const double t18 = t17 / t13;
    const double t19 = t18 * t18;
    const double t20 = t19 / t13;
    *db = t16;
    *dbb = t20;
    return y;
}

static inline double dualad_p1_ldexp_dc(double a, int b, double *da)
{
    const double y = ldexp(a, b);
    const double t0 = ldexp(1.0, b);
    *da = t0;
    return y;
}

static inline double dualad_p2_ldexp_dc(double a, int b, double *da)
{
    const double y = ldexp(a, b);
    const double t0 = ldexp(1.0, b);
    *da = t0;
    return y;
}

static inline double dualad_p1_log(double a, double *da)
{
    const double y = log(a);
    const double t0 = 1.0 / a;
    *da = t0;
    return y;
}

static inline double dualad_p2_log(double a, double *da, double *daa)
{
    const double y = log(a);
    const double t0 = 1.0 / a;
    const double t1 = -t0;
    const double t2 = t1 * t0;
    *da = t0;
    *daa = t2;
    return y;
}

static inline double dualad_p1_log10(double a, double *da)
{
    const double y = log10(a);
    const double t0 = 0.4342944819032518 / a;
    *da = t0;
    return y;
}

static inline double dualad_p2_log10(double a, double *da, double *daa)
{
    const double y = log10(a);
    const double t0 = 0.4342944819032518 / a;
    const double t1 = -t0;
    const double t2 = t1 / a;
    *da = t0;
    *daa = t2;
    return y;
}

static inline double dualad_p1_log1p(double a, double *da)
{
    const double y = log1p(a);
    const double t0 = 1.0 + a;
    const double t1 = 1.0 / t0;
    *da = t1;
    return y;
}

static inline double dualad_p2_log1p(double a, double *da, double *daa)
{
    const double y = log1p(a);
    const double t0 = 1.0 + a;
    const double t1 = 1.0 / t0;
    const double t2 = -t1;
    const double t3 = t2 * t1;
    *da = t1;
    *daa = t3;
    return y;
}

static inline double dualad_p1_log2(double a, double *da)
{
    const double y = log2(a);
    const double t0 = 1.4426950408889634 / a;
    *da = t0;
    return y;
}

static inline double dualad_p2_log2(double a, double *da, double *daa)
{
    const double y = log2(a);
    const double t0 = 1.4426950408889634 / a;
    const double t1 = -t0;
    const double t2 = t1 / a;
    *da = t0;
    *daa = t2;
    return y;
}

static inline double dualad_p1_logaddexp(double a, double b, double *da, double *db)
{
    const double y = dualad_logaddexp(a, b);
    const double t0 = b - a;
    const double t1 = t0 + a;
    const double t2 = b - t1;
    const double t3 = t0 - t1;
    const double t4 = a + t3;
    const double t5 = t2 - t4;
    const double t6 = fabs(t5);
    const int t7 = t6 < INFINITY;
    const double t8 = t7 ? t5 : 0.0;
    const double t9 = fabs(t0);
    const double t10 = -t9;
    const double t11 = exp(t10);
    const double t12 = dualad_sign(t0);
    const double t13 = 1.0 * t12;
    const double t14 = t13 * t8;
    const double t15 = 1.0 - t14;
    const double t16 = t11 * t15;
    const int t17 = t0 > 0.0;
    const double t18 = t17 ? t16 : 1.0;
    const double t19 = 1.0 + t16;
    const double t20 = t18 / t19;
    const int t21 = t0 < 0.0;
    const double t22 = t21 ? t16 : 1.0;
    const double t23 = t22 / t19;
    *da = t20;
    *db = t23;
    return y;
}

static inline double dualad_p2_logaddexp(double a, double b, double *da, double *db, double *daa, double *dab, double *dbb)
{
    const double y = dualad_logaddexp(a, b);
    const double t0 = b - a;
    const double t1 = t0 + a;
    const double t2 = b - t1;
    const double t3 = t0 - t1;
    const double t4 = a + t3;
    const double t5 = t2 - t4;
    const double t6 = fabs(t5);
    const int t7 = t6 < INFINITY;
    const double t8 = t7 ? t5 : 0.0;
    const double t9 = fabs(t0);
    const double t10 = -t9;
    const double t11 = exp(t10);
    const double t12 = dualad_sign(t0);
    const double t13 = 1.0 * t12;
    const double t14 = t13 * t8;
    const double t15 = 1.0 - t14;
    const double t16 = t11 * t15;
    const int t17 = t0 > 0.0;
    const double t18 = t17 ? t16 : 1.0;
    const double t19 = 1.0 + t16;
    const double t20 = t18 / t19;
    const int t21 = t0 < 0.0;
    const double t22 = t21 ? t16 : 1.0;
    const double t23 = t22 / t19;
    const double t24 = t20 * t23;
    const double t25 = -t20;
    const double t26 = t25 * t23;
    *da = t20;
    *db = t23;
    *daa = t24;
    *dab = t26;
    *dbb = t24;
    return y;
}

static inline double dualad_p1_logaddexp_dc(double a, double b, double *da)
{
    const double y = dualad_logaddexp(a, b);
    const double t0 = b - a;
    const double t1 = t0 + a;
    const double t2 = b - t1;
    const double t3 = t0 - t1;
    const double t4 = a + t3;
    const double t5 = t2 - t4;
    const double t6 = fabs(t5);
    const int t7 = t6 < INFINITY;
    const double t8 = t7 ? t5 : 0.0;
    const double t9 = fabs(t0);
    const double t10 = -t9;
    const double t11 = exp(t10);
    const double t12 = dualad_sign(t0);
    const double t13 = 1.0 * t12;
    const double t14 = t13 * t8;
    const double t15 = 1.0 - t14;
    const double t16 = t11 * t15;
    const int t17 = t0 > 0.0;
    const double t18 = t17 ? t16 : 1.0;
    const double t19 = 1.0 + t16;
    const double t20 = t18 / t19;
    *da = t20;
    return y;
}

static inline double dualad_p2_logaddexp_dc(double a, double b, double *da, double *daa)
{
    const double y = dualad_logaddexp(a, b);
    const double t0 = b - a;
    const double t1 = t0 + a;
    const double t2 = b - t1;
    const double t3 = t0 - t1;
    const double t4 = a + t3;
    const double t5 = t2 - t4;
    const double t6 = fabs(t5);
    const int t7 = t6 < INFINITY;
    const double t8 = t7 ? t5 : 0.0;
    const double t9 = fabs(t0);
    const double t10 = -t9;
    const double t11 = exp(t10);
    const double t12 = dualad_sign(t0);
    const double t13 = 1.0 * t12;
    const double t14 = t13 * t8;
    const double t15 = 1.0 - t14;
    const double t16 = t11 * t15;
    const int t17 = t0 > 0.0;
    const double t18 = t17 ? t16 : 1.0;
    const double t19 = 1.0 + t16;
    const double t20 = t18 / t19;
    const int t21 = t0 < 0.0;
    const double t22 = t21 ? t16 : 1.0;
    const double t23 = t22 / t19;
    const double t24 = t20 * t23;
    *da = t20;
    *daa = t24;
    return y;
}

static inline double dualad_p1_logaddexp_cd(double a, double b, double *db)
{
    const double y = dualad_logaddexp(a, b);
    const double t0 = b - a;
    const double t1 = t0 + a;
    const double t2 = b - t1;
    const double t3 = t0 - t1;
    const double t4 = a + t3;
    const double t5 = t2 - t4;
    const double t6 = fabs(t5);
    const int t7 = t6 < INFINITY;
    const double t8 = t7 ? t5 : 0.0;
    const double t9 = fabs(t0);
    const double t10 = -t9;
    const double t11 = exp(t10);
    const double t12 = dualad_sign(t0);
    const double t13 = 1.0 * t12;
    const double t14 = t13 * t8;
    const double t15 = 1.0 - t14;
    const double t16 = t11 * t15;
    const int t17 = t0 < 0.0;
    const double t18 = t17 ? t16 : 1.0;
    const double t19 = 1.0 + t16;
    const double t20 = t18 / t19;
    *db = t20;
    return y;
}

static inline double dualad_p2_logaddexp_cd(double a, double b, double *db, double *dbb)
{
    const double y = dualad_logaddexp(a, b);
    const double t0 = b - a;
    const double t1 = t0 + a;
    const double t2 = b - t1;
    const double t3 = t0 - t1;
    const double t4 = a + t3;
    const double t5 = t2 - t4;
    const double t6 = fabs(t5);
    const int t7 = t6 < INFINITY;
    const double t8 = t7 ? t5 : 0.0;
    const double t9 = fabs(t0);
    const double t10 = -t9;
    const double t11 = exp(t10);
    const double t12 = dualad_sign(t0);
    const double t13 = 1.0 * t12;
    const double t14 = t13 * t8;
    const double t15 = 1.0 - t14;
    const double t16 = t11 * t15;
    const int t17 = t0 < 0.0;
    const double t18 = t17 ? t16 : 1.0;
    const double t19 = 1.0 + t16;
    const double t20 = t18 / t19;
    const int t21 = t0 > 0.0;
    const double t22 = t21 ? t16 : 1.0;
    const double t23 = t22 / t19;
    const double t24 = t23 * t20;
    *db = t20;
    *dbb = t24;
    return y;
}

static inline double dualad_p1_logaddexp2(double a, double b, double *da, double *db)
{
    const double y = dualad_logaddexp2(a, b);
    const double t0 = b - a;
    const double t1 = t0 + a;
    const double t2 = b - t1;
    const double t3 = t0 - t1;
    const double t4 = a + t3;
    const double t5 = t2 - t4;
    const double t6 = fabs(t5);
    const int t7 = t6 < INFINITY;
    const double t8 = t7 ? t5 : 0.0;
    const double t9 = fabs(t0);
    const double t10 = -t9;
    const double t11 = exp2(t10);
    const double t12 = dualad_sign(t0);
    const double t13 = 0.6931471805599453 * t12;
    const double t14 = t13 * t8;
    const double t15 = 1.0 - t14;
    const double t16 = t11 * t15;
    const int t17 = t0 > 0.0;
    const double t18 = t17 ? t16 : 1.0;
    const double t19 = 1.0 + t16;
    const double t20 = t18 / t19;
    const int t21 = t0 < 0.0;
    const double t22 = t21 ? t16 : 1.0;
    const double t23 = t22 / t19;
    *da = t20;
    *db = t23;
    return y;
}

static inline double dualad_p2_logaddexp2(double a, double b, double *da, double *db, double *daa, double *dab, double *dbb)
{
    const double y = dualad_logaddexp2(a, b);
    const double t0 = b - a;
    const double t1 = t0 + a;
    const double t2 = b - t1;
    const double t3 = t0 - t1;
    const double t4 = a + t3;
    const double t5 = t2 - t4;
    const double t6 = fabs(t5);
    const int t7 = t6 < INFINITY;
    const double t8 = t7 ? t5 : 0.0;
    const double t9 = fabs(t0);
    const double t10 = -t9;
    const double t11 = exp2(t10);
    const double t12 = dualad_sign(t0);
    const double t13 = 0.6931471805599453 * t12;
    const double t14 = t13 * t8;
    const double t15 = 1.0 - t14;
    const double t16 = t11 * t15;
    const int t17 = t0 > 0.0;
    const double t18 = t17 ? t16 : 1.0;
    const double t19 = 1.0 + t16;
    const double t20 = t18 / t19;
    const int t21 = t0 < 0.0;
    const double t22 = t21 ? t16 : 1.0;
    const double t23 = t22 / t19;
    const double t24 = 0.6931471805599453 * t20;
    const double t25 = t24 * t23;
    const double t26 = (-0.6931471805599453) * t20;
    const double t27 = t26 * t23;
    *da = t20;
    *db = t23;
    *daa = t25;
    *dab = t27;
    *dbb = t25;
    return y;
}

static inline double dualad_p1_logaddexp2_dc(double a, double b, double *da)
{
    const double y = dualad_logaddexp2(a, b);
    const double t0 = b - a;
    const double t1 = t0 + a;
    const double t2 = b - t1;
    const double t3 = t0 - t1;
    const double t4 = a + t3;
    const double t5 = t2 - t4;
    const double t6 = fabs(t5);
    const int t7 = t6 < INFINITY;
    const double t8 = t7 ? t5 : 0.0;
    const double t9 = fabs(t0);
    const double t10 = -t9;
    const double t11 = exp2(t10);
    const double t12 = dualad_sign(t0);
    const double t13 = 0.6931471805599453 * t12;
    const double t14 = t13 * t8;
    const double t15 = 1.0 - t14;
    const double t16 = t11 * t15;
    const int t17 = t0 > 0.0;
    const double t18 = t17 ? t16 : 1.0;
    const double t19 = 1.0 + t16;
    const double t20 = t18 / t19;
    *da = t20;
    return y;
}

static inline double dualad_p2_logaddexp2_dc(double a, double b, double *da, double *daa)
{
    const double y = dualad_logaddexp2(a, b);
    const double t0 = b - a;
    const double t1 = t0 + a;
    const double t2 = b - t1;
    const double t3 = t0 - t1;
    const double t4 = a + t3;
    const double t5 = t2 - t4;
    const double t6 = fabs(t5);
    const int t7 = t6 < INFINITY;
    const double t8 = t7 ? t5 : 0.0;
    const double t9 = fabs(t0);
    const double t10 = -t9;
    const double t11 = exp2(t10);
    const double t12 = dualad_sign(t0);
    const double t13 = 0.6931471805599453 * t12;
    const double t14 = t13 * t8;
    const double t15 = 1.0 - t14;
    const double t16 = t11 * t15;
    const int t17 = t0 > 0.0;
    const double t18 = t17 ? t16 : 1.0;
    const double t19 = 1.0 + t16;
    const double t20 = t18 / t19;
    const double t21 = 0.6931471805599453 * t20;
    const int t22 = t0 < 0.0;
    const double t23 = t22 ? t16 : 1.0;
    const double t24 = t23 / t19;
    const double t25 = t21 * t24;
    *da = t20;
    *daa = t25;
    return y;
}

static inline double dualad_p1_logaddexp2_cd(double a, double b, double *db)
{
    const double y = dualad_logaddexp2(a, b);
    const double t0 = b - a;
    const double t1 = t0 + a;
    const double t2 = b - t1;
    const double t3 = t0 - t1;
    const double t4 = a + t3;
    const double t5 = t2 - t4;
    const double t6 = fabs(t5);
    const int t7 = t6 < INFINITY;
    const double t8 = t7 ? t5 : 0.0;
    const double t9 = fabs(t0);
    const double t10 = -t9;
    const double t11 = exp2(t10);
    const double t12 = dualad_sign(t0);
    const double t13 = 0.6931471805599453 * t12;
    const double t14 = t13 * t8;
    const double t15 = 1.0 - t14;
    const double t16 = t11 * t15;
    const int t17 = t0 < 0.0;
    const double t18 = t17 ? t16 : 1.0;
    const double t19 = 1.0 + t16;
    const double t20 = t18 / t19;
    *db = t20;
    return y;
}

static inline double dualad_p2_logaddexp2_cd(double a, double b, double *db, double *dbb)
{
    const double y = dualad_logaddexp2(a, b);
    const double t0 = b - a;
    const double t1 = t0 + a;
    const double t2 = b - t1;
    const double t3 = t0 - t1;
    const double t4 = a + t3;
    const double t5 = t2 - t4;
    const double t6 = fabs(t5);
    const int t7 = t6 < INFINITY;
    const double t8 = t7 ? t5 : 0.0;
    const double t9 = fabs(t0);
    const double t10 = -t9;
    const double t11 = exp2(t10);
    const double t12 = dualad_sign(t0);
    const double t13 = 0.6931471805599453 * t12;
    const double t14 = t13 * t8;
    const double t15 = 1.0 - t14;
    const double t16 = t11 * t15;
    const int t17 = t0 < 0.0;
    const double t18 = t17 ? t16 : 1.0;
    const double t19 = 1.0 + t16;
    const double t20 = t18 / t19;
    const int t21 = t0 > 0.0;
    const double t22 = t21 ? t16 : 1.0;
    const double t23 = t22 / t19;
    const double t24 = 0.6931471805599453 * t23;
    const double t25 = t24 * t20;
    *db = t20;
    *dbb = t25;
    return y;
}

static inline double dualad_p1_maximum(double a, double b, double *da, double *db)
{
    const double y = dualad_maximum(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    const int t6 = b == a;
    const int t7 = b == y;
    const double t8 = t7 ? 1.0 : t3;
    const double t9 = t6 ? 0.5 : t8;
    *da = t5;
    *db = t9;
    return y;
}

static inline double dualad_p2_maximum(double a, double b, double *da, double *db)
{
    const double y = dualad_maximum(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    const int t6 = b == a;
    const int t7 = b == y;
    const double t8 = t7 ? 1.0 : t3;
    const double t9 = t6 ? 0.5 : t8;
    *da = t5;
    *db = t9;
    return y;
}

static inline double dualad_p1_maximum_dc(double a, double b, double *da)
{
    const double y = dualad_maximum(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *da = t5;
    return y;
}

static inline double dualad_p2_maximum_dc(double a, double b, double *da)
{
    const double y = dualad_maximum(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *da = t5;
    return y;
}

static inline double dualad_p1_maximum_cd(double a, double b, double *db)
{
    const double y = dualad_maximum(a, b);
    const int t0 = b == a;
    const int t1 = b == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *db = t5;
    return y;
}

static inline double dualad_p2_maximum_cd(double a, double b, double *db)
{
    const double y = dualad_maximum(a, b);
    const int t0 = b == a;
    const int t1 = b == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *db = t5;
    return y;
}

static inline double dualad_p1_minimum(double a, double b, double *da, double *db)
{
    const double y = dualad_minimum(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    const int t6 = b == a;
    const int t7 = b == y;
    const double t8 = t7 ? 1.0 : t3;
    const double t9 = t6 ? 0.5 : t8;
    *da = t5;
    *db = t9;
    return y;
}

static inline double dualad_p2_minimum(double a, double b, double *da, double *db)
{
    const double y = dualad_minimum(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    const int t6 = b == a;
    const int t7 = b == y;
    const double t8 = t7 ? 1.0 : t3;
    const double t9 = t6 ? 0.5 : t8;
    *da = t5;
    *db = t9;
    return y;
}

static inline double dualad_p1_minimum_dc(double a, double b, double *da)
{
    const double y = dualad_minimum(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *da = t5;
    return y;
}

static inline double dualad_p2_minimum_dc(double a, double b, double *da)
{
    const double y = dualad_minimum(a, b);
    const int t0 = a == b;
    const int t1 = a == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *da = t5;
    return y;
}

static inline double dualad_p1_minimum_cd(double a, double b, double *db)
{
    const double y = dualad_minimum(a, b);
    const int t0 = b == a;
    const int t1 = b == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *db = t5;
    return y;
}

static inline double dualad_p2_minimum_cd(double a, double b, double *db)
{
    const double y = dualad_minimum(a, b);
    const int t0 = b == a;
    const int t1 = b == y;
    const int t2 = y == y;
    const double t3 = t2 ? 0.0 : NAN;
    const double t4 = t1 ? 1.0 : t3;
    const double t5 = t0 ? 0.5 : t4;
    *db = t5;
    return y;
}

static inline double dualad_p1_mod(double a, double b, double *da, double *db)
{
    const double y = dualad_mod(a, b);
    const double t0 = dualad_floor_divide(a, b);
    const double t1 = -t0;
    *da = 1.0;
    *db = t1;
    return y;
}

static inline double dualad_p2_mod(double a, double b, double *da, double *db)
{
    const double y = dualad_mod(a, b);
    const double t0 = dualad_floor_divide(a, b);
    const double t1 = -t0;
    *da = 1.0;
    *db = t1;
    return y;
}

static inline double dualad_p1_mod_dc(double a, double b, double *da)
{
    const double y = dualad_mod(a, b);
    *da = 1.0;
    return y;
}

static inline double dualad_p2_mod_dc(double a, double b, double *da)
{
    const double y = dualad_mod(a, b);
    *da = 1.0;
    return y;
}

static inline double dualad_p1_mod_cd(double a, double b, double *db)
{
    const double y = dualad_mod(a, b);
    const double t0 = dualad_floor_divide(a, b);
    const double t1 = -t0;
    *db = t1;
    return y;
}

static inline double dualad_p2_mod_cd(double a, double b, double *db)
{
    const double y = dualad_mod(a, b);
    const double t0 = dualad_floor_divide(a, b);
    const double t1 = -t0;
    *db = t1;
    return y;
}

static inline double dualad_p1_mul(double a, double b, double *da, double *db)
{
    const double y = a * b;
    *da = b;
    *db = a;
    return y;
}

static inline double dualad_p2_mul(double a, double b, double *da, double *db, double *dab)
{
    const double y = a * b;
    *da = b;
    *db = a;
    *dab = 1.0;
    return y;
}

static inline double dualad_p1_mul_dc(double a, double b, double *da)
{
    const double y = a * b;
    *da = b;
    return y;
}

static inline double dualad_p2_mul_dc(double a, double b, double *da)
{
    const double y = a * b;
    *da = b;
    return y;
}

static inline double dualad_p1_mul_cd(double a, double b, double *db)
{
    const double y = a * b;
    *db = a;
    return y;
}

static inline double dualad_p2_mul_cd(double a, double b, double *db)
{
    const double y = a * b;
    *db = a;
    return y;
}

static inline double dualad_p1_neg(double a, double *da)
{
    const double y = -a;
    *da = (-1.0);
    return y;
}

static inline double dualad_p2_neg(double a, double *da)
{
    const double y = -a;
    *da = (-1.0);
    return y;
}

static inline double dualad_p1_nextafter_dc(double a, double b, double *da)
{
    const double y = nextafter(a, b);
    *da = 1.0;
    return y;
}

static inline double dualad_p2_nextafter_dc(double a, double b, double *da)
{
    const double y = nextafter(a, b);
    *da = 1.0;
    return y;
}

static inline double dualad_p1_positive(double a, double *da)
{
    const double y = a;
    *da = 1.0;
    return y;
}

static inline double dualad_p2_positive(double a, double *da)
{
    const double y = a;
    *da = 1.0;
    return y;
}

static inline double dualad_p1_pow(double a, double b, double *da, double *db)
{
    const double y = pow(a, b);
    const int t0 = b == 0.0;
    const int t1 = b < 0.5;
    const int t2 = a != 0.0;
    const int t3 = t1 & t2;
    const double t4 = b * y;
    const double t5 = t4 / a;
    const double t6 = b - 1.0;
    const double t7 = pow(a, t6);
    const double t8 = b * t7;
    const double t9 = t3 ? t5 : t8;
    const double t10 = t0 ? 0.0 : t9;
    const int t11 = a == 0.0;
    const double t12 = y * (-1e+308);
    const double t13 = t12 * 1e+308;
    const double t14 = log(a);
    const double t15 = y * t14;
    const double t16 = t11 ? t13 : t15;
    *da = t10;
    *db = t16;
    return y;
}

static inline double dualad_p2_pow(double a, double b, double *da, double *db, double *daa, double *dab, double *dbb)
{
    const double y = pow(a, b);
    const int t0 = b == 0.0;
    const int t1 = b < 0.5;
    const int t2 = a != 0.0;
    const int t3 = t1 & t2;
    const double t4 = b * y;
    const double t5 = t4 / a;
    const double t6 = b - 1.0;
    const double t7 = pow(a, t6);
    const double t8 = b * t7;
    const double t9 = t3 ? t5 : t8;
    const double t10 = t0 ? 0.0 : t9;
    const int t11 = a == 0.0;
    const double t12 = y * (-1e+308);
    const double t13 = t12 * 1e+308;
    const double t14 = log(a);
    const double t15 = y * t14;
    const double t16 = t11 ? t13 : t15;
    const double t17 = b - 2.0;
    const double t18 = pow(a, t17);
    const double t19 = t6 * t18;
    const double t20 = b * t19;
    const double t21 = t6 * t10;
    const double t22 = t21 / a;
    const double t23 = b * t6;
    const int t24 = t23 == 0.0;
    const int t25 = t11 & t24;
    const int t26 = b <= 1.0;
    const int t27 = t26 & t2;
    const double t28 = t27 ? t22 : t20;
    const double t29 = t25 ? 0.0 : t28;
    const double t30 = t3 ? y : t7;
    const double t31 = t30 * t14;
    const double t32 = b * t31;
    const double t33 = t30 + t32;
    const double t34 = dualad_sign(b);
    const double t35 = (-1e+308) * t34;
    const double t36 = t30 * t35;
    const double t37 = t36 * 1e+308;
    const double t38 = t33 / a;
    const double t39 = t3 ? t38 : t33;
    const double t40 = t11 ? t37 : t39;
    const double t41 = y * 1e+308;
    const double t42 = t41 * 1e+308;
    const double t43 = t15 * t14;
    const double t44 = t11 ? t42 : t43;
    *da = t10;
    *db = t16;
    *daa = t29;
    *dab = t40;
    *dbb = t44;
    return y;
}

static inline double dualad_p1_pow_dc(double a, double b, double *da)
{
    const double y = pow(a, b);
    const int t0 = b == 0.0;
    const int t1 = b < 0.5;
    const int t2 = a != 0.0;
    const int t3 = t1 & t2;
    const double t4 = b * y;
    const double t5 = t4 / a;
    const double t6 = b - 1.0;
    const double t7 = pow(a, t6);
    const double t8 = b * t7;
    const double t9 = t3 ? t5 : t8;
    const double t10 = t0 ? 0.0 : t9;
    *da = t10;
    return y;
}

static inline double dualad_p2_pow_dc(double a, double b, double *da, double *daa)
{
    const double y = pow(a, b);
    const int t0 = b == 0.0;
    const int t1 = b < 0.5;
    const int t2 = a != 0.0;
    const int t3 = t1 & t2;
    const double t4 = b * y;
    const double t5 = t4 / a;
    const double t6 = b - 1.0;
    const double t7 = pow(a, t6);
    const double t8 = b * t7;
    const double t9 = t3 ? t5 : t8;
    const double t10 = t0 ? 0.0 : t9;
    const double t11 = b - 2.0;
    const double t12 = pow(a, t11);
    const double t13 = t6 * t12;
    const double t14 = b * t13;
    const double t15 = t6 * t10;
    const double t16 = t15 / a;
    const int t17 = a == 0.0;
    const double t18 = b * t6;
    const int t19 = t18 == 0.0;
    const int t20 = t17 & t19;
    const int t21 = b <= 1.0;
    const int t22 = t21 & t2;
    const double t23 = t22 ? t16 : t14;
    const double t24 = t20 ? 0.0 : t23;
    *da = t10;
    *daa = t24;
    return y;
}

static inline double dualad_p1_pow_cd(double a, double b, double *db)
{
    const double y = pow(a, b);
    const int t0 = a == 0.0;
    const double t1 = y * (-1e+308);
    const double t2 = t1 * 1e+308;
    const double t3 = log(a);
    const double t4 = y * t3;
    const double t5 = t0 ? t2 : t4;
    *db = t5;
    return y;
}

static inline double dualad_p2_pow_cd(double a, double b, double *db, double *dbb)
{
    const double y = pow(a, b);
    const int t0 = a == 0.0;
    const double t1 = y * (-1e+308);
    const double t2 = t1 * 1e+308;
    const double t3 = log(a);
    const double t4 = y * t3;
    const double t5 = t0 ? t2 : t4;
    const double t6 = y * 1e+308;
    const double t7 = t6 * 1e+308;
    const double t8 = t4 * t3;
    const double t9 = t0 ? t7 : t8;
    *db = t5;
    *dbb = t9;
    return y;
}

static inline double dualad_p1_rad2deg(double a, double *da)
{
    const double y = a * 57.29577951308232;
    *da = 57.29577951308232;
    return y;
}

static inline double dualad_p2_rad2deg(double a, double *da)
{
    const double y = a * 57.29577951308232;
    *da = 57.29577951308232;
    return y;
}

static inline double dualad_p1_reciprocal(double a, double *da)
{
    const double y = 1.0 / a;
    const double t0 = -y;
    const double t1 = t0 * y;
    *da = t1;
    return y;
}

static inline double dualad_p2_reciprocal(double a, double *da, double *daa)
{
    const double y = 1.0 / a;
    const double t0 = -y;
    const double t1 = t0 * y;
    const double t2 = (-2.0) * y;
    const double t3 = t2 * t1;
    *da = t1;
    *daa = t3;
    return y;
}

static inline double dualad_p1_sin(double a, double *da)
{
    const double y = sin(a);
    const double t0 = cos(a);
    *da = t0;
    return y;
}

static inline double dualad_p2_sin(double a, double *da, double *daa)
{
    const double y = sin(a);
    const double t0 = cos(a);
    const double t1 = -y;
    *da = t0;
    *daa = t1;
    return y;
}

static inline double dualad_p1_sinc(double a, double *da)
{
    const double y = dualad_sinc(a);
    const double t0 = 0.5 * a;
    const double t1 = rint(t0);
    const double t2 = 2.0 * t1;
    const double t3 = a - t2;
    const double t4 = fabs(t3);
    const double t5 = 0.5 - t4;
    const double t6 = 3.141592653589793 * t5;
    const double t7 = sin(t6);
    const double t8 = fabs(a);
    const int t9 = t8 <= 0.5;
    const double t10 = a * a;
    const double t11 = (-2.013201508080888e-14) * t10;
    const double t12 = t11 + 1.3217901389162318e-12;
    const double t13 = t12 * t10;
    const double t14 = t13 + (-7.365893777096947e-11);
    const double t15 = t14 * t10;
    const double t16 = t15 + 3.4330769499642866e-09;
    const double t17 = t16 * t10;
    const double t18 = t17 + (-1.3148481279991994e-07);
    const double t19 = t18 * t10;
    const double t20 = t19 + 4.049947846619244e-06;
    const double t21 = t20 * t10;
    const double t22 = t21 + (-9.766223126318933e-05);
    const double t23 = t22 * t10;
    const double t24 = t23 + 0.001781145516372852;
    const double t25 = t24 * t10;
    const double t26 = t25 + (-0.023460810354558236);
    const double t27 = t26 * t10;
    const double t28 = t27 + 0.2091827825412384;
    const double t29 = t28 * t10;
    const double t30 = t29 + (-1.1445109447325053);
    const double t31 = t30 * t10;
    const double t32 = t31 + 3.2469697011334144;
    const double t33 = t32 * t10;
    const double t34 = t33 + (-3.289868133696453);
    const double t35 = a * t34;
    const int t36 = t4 > 0.5;
    const double t37 = copysign(1.0, t3);
    const double t38 = t37 - t3;
    const double t39 = t36 ? t38 : t3;
    const double t40 = 3.141592653589793 * t39;
    const double t41 = sin(t40);
    const double t42 = 3.141592653589793 * a;
    const double t43 = t41 / t42;
    const double t44 = t7 - t43;
    const double t45 = t44 / a;
    const double t46 = t9 ? t35 : t45;
    *da = t46;
    return y;
}

static inline double dualad_p2_sinc(double a, double *da, double *daa)
{
    const double y = dualad_sinc(a);
    const double t0 = 0.5 * a;
    const double t1 = rint(t0);
    const double t2 = 2.0 * t1;
    const double t3 = a - t2;
    const double t4 = fabs(t3);
    const double t5 = 0.5 - t4;
    const double t6 = 3.141592653589793 * t5;
    const double t7 = sin(t6);
    const double t8 = fabs(a);
    const int t9 = t8 <= 0.5;
    const double t10 = a * a;
    const double t11 = (-2.013201508080888e-14) * t10;
    const double t12 = t11 + 1.3217901389162318e-12;
    const double t13 = t12 * t10;
    const double t14 = t13 + (-7.365893777096947e-11);
    const double t15 = t14 * t10;
    const double t16 = t15 + 3.4330769499642866e-09;
    const double t17 = t16 * t10;
    const double t18 = t17 + (-1.3148481279991994e-07);
    const double t19 = t18 * t10;
    const double t20 = t19 + 4.049947846619244e-06;
    const double t21 = t20 * t10;
    const double t22 = t21 + (-9.766223126318933e-05);
    const double t23 = t22 * t10;
    const double t24 = t23 + 0.001781145516372852;
    const double t25 = t24 * t10;
    const double t26 = t25 + (-0.023460810354558236);
    const double t27 = t26 * t10;
    const double t28 = t27 + 0.2091827825412384;
    const double t29 = t28 * t10;
    const double t30 = t29 + (-1.1445109447325053);
    const double t31 = t30 * t10;
    const double t32 = t31 + 3.2469697011334144;
    const double t33 = t32 * t10;
    const double t34 = t33 + (-3.289868133696453);
    const double t35 = a * t34;
    const int t36 = t4 > 0.5;
    const double t37 = copysign(1.0, t3);
    const double t38 = t37 - t3;
    const double t39 = t36 ? t38 : t3;
    const double t40 = 3.141592653589793 * t39;
    const double t41 = sin(t40);
    const double t42 = 3.141592653589793 * a;
    const double t43 = t41 / t42;
    const double t44 = t7 - t43;
    const double t45 = t44 / a;
    const double t46 = t9 ? t35 : t45;
    const double t47 = (-5.03300377020222e-13) * t10;
    const double t48 = t47 + 3.040117319507333e-11;
    const double t49 = t48 * t10;
    const double t50 = t49 + (-1.5468376931903588e-09);
    const double t51 = t50 * t10;
    const double t52 = t51 + 6.522846204932145e-08;
    const double t53 = t52 * t10;
    const double t54 = t53 + (-2.235241817598639e-06);
    const double t55 = t54 * t10;
    const double t56 = t55 + 6.074921769928866e-05;
    const double t57 = t56 * t10;
    const double t58 = t57 + (-0.0012696090064214613);
    const double t59 = t58 * t10;
    const double t60 = t59 + 0.019592600680101373;
    const double t61 = t60 * t10;
    const double t62 = t61 + (-0.21114729319102413);
    const double t63 = t62 * t10;
    const double t64 = t63 + 1.4642794777886687;
    const double t65 = t64 * t10;
    const double t66 = t65 + (-5.722554723662526);
    const double t67 = t66 * t10;
    const double t68 = t67 + 9.740909103400243;
    const double t69 = t68 * t10;
    const double t70 = t69 + (-3.289868133696453);
    const double t71 = 3.141592653589793 * t41;
    const double t72 = 2.0 * t46;
    const double t73 = t71 + t72;
    const double t74 = -t73;
    const double t75 = t74 / a;
    const double t76 = t9 ? t70 : t75;
    *da = t46;
    *daa = t76;
    return y;
}

static inline double dualad_p1_sinh(double a, double *da)
{
    const double y = sinh(a);
    const double t0 = cosh(a);
    *da = t0;
    return y;
}

static inline double dualad_p2_sinh(double a, double *da, double *daa)
{
    const double y = sinh(a);
    const double t0 = cosh(a);
    *da = t0;
    *daa = y;
    return y;
}

static inline double dualad_p1_sqrt(double a, double *da)
{
    const double y = sqrt(a);
    const double t0 = fabs(y);
    const double t1 = 0.5 / t0;
    *da = t1;
    return y;
}

static inline double dualad_p2_sqrt(double a, double *da, double *daa)
{
    const double y = sqrt(a);
    const double t0 = fabs(y);
    const double t1 = 0.5 / t0;
    const double t2 = (-2.0) * t1;
    const double t3 = t2 * t1;
    const double t4 = t3 * t1;
    *da = t1;
    *daa = t4;
    return y;
}

static inline double dualad_p1_square(double a, double *da)
{
    const double y = a * a;
    const double t0 = 2.0 * a;
    *da = t0;
    return y;
}

static inline double dualad_p2_square(double a, double *da, double *daa)
{
    const double y = a * a;
    const double t0 = 2.0 * a;
    *da = t0;
    *daa = 2.0;
    return y;
}

static inline double dualad_p1_sub(double a, double b, double *da, double *db)
{
    const double y = a - b;
    *da = 1.0;
    *db = (-1.0);
    return y;
}

static inline double dualad_p2_sub(double a, double b, double *da, double *db)
{
    const double y = a - b;
    *da = 1.0;
    *db = (-1.0);
    return y;
}

static inline double dualad_p1_sub_dc(double a, double b, double *da)
{
    const double y = a - b;
    *da = 1.0;
    return y;
}

static inline double dualad_p2_sub_dc(double a, double b, double *da)
{
    const double y = a - b;
    *da = 1.0;
    return y;
}

static inline double dualad_p1_sub_cd(double a, double b, double *db)
{
    const double y = a - b;
    *db = (-1.0);
    return y;
}

static inline double dualad_p2_sub_cd(double a, double b, double *db)
{
    const double y = a - b;
    *db = (-1.0);
    return y;
}

static inline double dualad_p1_tan(double a, double *da)
{
    const double y = tan(a);
    const double t0 = y * y;
    const double t1 = 1.0 + t0;
    *da = t1;
    return y;
}

static inline double dualad_p2_tan(double a, double *da, double *daa)
{
    const double y = tan(a);
    const double t0 = y * y;
    const double t1 = 1.0 + t0;
    const double t2 = 2.0 * y;
    const double t3 = t2 * t1;
    *da = t1;
    *daa = t3;
    return y;
}

static inline double dualad_p1_tanh(double a, double *da)
{
    const double y = tanh(a);
    const double t0 = fabs(a);
    const double t1 = (-2.0) * t0;
    const double t2 = exp(t1);
    const double t3 = 4.0 * t2;
    const double t4 = 1.0 + t2;
    const double t5 = t4 * t4;
    const double t6 = t3 / t5;
    *da = t6;
    return y;
}

static inline double dualad_p2_tanh(double a, double *da, double *daa)
{
    const double y = tanh(a);
    const double t0 = fabs(a);
    const double t1 = (-2.0) * t0;
    const double t2 = exp(t1);
    const double t3 = 4.0 * t2;
    const double t4 = 1.0 + t2;
    const double t5 = t4 * t4;
    const double t6 = t3 / t5;
    const double t7 = (-2.0) * y;
    const double t8 = t7 * t6;
    *da = t6;
    *daa = t8;
    return y;
}

#endif
