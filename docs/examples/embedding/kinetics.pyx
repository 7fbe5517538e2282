# cython: boundscheck=False, wraparound=False, cdivision=True
"""An ODE right-hand side, a residual loop and a potential, each written once on dual numbers and run without the GIL."""

from dualad.scalar cimport (
    dual3, dual3_add, dual3_exp, dual3_gt_dc, dual3_mul, dual3_mul_cd, dual3_mul_dc, dual3_neg, dual3_square, dual3_sub,
    dual3_sub_dc, dual3_variable, dualn_add, dualn_constant, dualn_mul_dc, dualn_variable, hess2, hess2_add, hess2_add_dc,
    hess2_log, hess2_mul, hess2_mul_cd, hess2_pow_dc, hess2_second, hess2_sqrt, hess2_square, hess2_variable,
)


# --- Robertson's kinetics: y' = f(y) and the Jacobian that stiff solvers need -------------------

cdef void reactions(const dual3* y, dual3* f) noexcept nogil:
    """Three rates; a catalyst that is negative by rounding takes part in nothing."""
    cdef dual3 slow, fast, last
    slow = dual3_mul_cd(0.04, y[0])
    fast = dual3_mul_cd(3e7, dual3_square(y[1]))
    last = dual3_mul_cd(1e4, dual3_mul(y[1], y[2]))
    if not dual3_gt_dc(y[2], 0.0):
        last = dual3_mul_dc(last, 0.0)
    f[0] = dual3_sub(last, slow)
    f[1] = dual3_sub(dual3_sub(slow, last), fast)
    f[2] = fast


cdef void differentiate(const double* at, double* rates, double* jacobian) noexcept nogil:
    cdef dual3[3] y
    cdef dual3[3] f
    cdef int i, j
    for i in range(3):
        y[i] = dual3_variable(at[i], i)
    reactions(y, f)
    for i in range(3):
        rates[i] = f[i].v
        for j in range(3):
            jacobian[3 * i + j] = f[i].d[j]


def robertson(double[::1] at, double[::1] rates, double[:, ::1] jacobian):
    """Fill `rates` and `jacobian` at the concentrations `at`."""
    if at.shape[0] != 3 or rates.shape[0] != 3 or jacobian.shape[0] != 3 or jacobian.shape[1] != 3:
        raise ValueError("robertson needs arrays of shapes (3,), (3,) and (3, 3)")
    with nogil:
        differentiate(&at[0], &rates[0], &jacobian[0, 0])


# --- residuals of a peak, row by row, with their derivatives by height, place and width ---------

cdef dual3 peak(const dual3* b, double x) noexcept nogil:
    """b0 exp(-b2 (x - b1)**2)."""
    cdef dual3 u = dual3_neg(dual3_sub_dc(b[1], x))
    return dual3_mul(b[0], dual3_exp(dual3_neg(dual3_mul(b[2], dual3_square(u)))))


def residuals(double[::1] b, double[::1] x, double[::1] y, double[::1] r, double[:, ::1] jacobian):
    """Fill r = peak(b, x) - y and its Jacobian."""
    cdef dual3[3] p
    cdef dual3 found
    cdef Py_ssize_t i, j, n = x.shape[0]
    if b.shape[0] != 3 or y.shape[0] != n or r.shape[0] != n or jacobian.shape[0] != n or jacobian.shape[1] != 3:
        raise ValueError("residuals needs three parameters, and arrays of one length")
    with nogil:
        for j in range(3):
            p[j] = dual3_variable(b[j], <int> j)
        for i in range(n):
            found = dual3_sub_dc(peak(p, x[i]), y[i])
            r[i] = found.v
            for j in range(3):
                jacobian[i, j] = found.d[j]


# --- second order, and a width that is known when the program runs ------------------------------

def potential(double x, double y, double[::1] gradient, double[:, ::1] hessian):
    """Return log(1.5 + r) + r**-1.5, r = sqrt(x**2 + 2 y**2) + x y / 10; fill gradient and Hessian."""
    cdef hess2 a, b, r, v
    cdef int i, j
    if gradient.shape[0] != 2 or hessian.shape[0] != 2 or hessian.shape[1] != 2:
        raise ValueError("potential needs arrays of shapes (2,) and (2, 2)")
    with nogil:
        a, b = hess2_variable(x, 0), hess2_variable(y, 1)
        r = hess2_sqrt(hess2_add(hess2_square(a), hess2_mul_cd(2.0, hess2_square(b))))
        r = hess2_add(r, hess2_mul_cd(0.1, hess2_mul(a, b)))
        v = hess2_add(hess2_log(hess2_add_dc(r, 1.5)), hess2_pow_dc(r, -1.5))
        for i in range(2):
            gradient[i] = v.g[i]
            for j in range(2):
                hessian[i, j] = hess2_second(v, i, j)
    return v.v


def horner(double[::1] coefficients, double x, double[::1] work):
    """Value of a polynomial and its derivatives by every coefficient: numbers of run-time width in `work`, 2 (n + 1) long."""
    cdef Py_ssize_t k, n = coefficients.shape[0]
    cdef double* total
    cdef double* term
    if work.shape[0] != 2 * (n + 1):
        raise ValueError(f"horner needs work of length {2 * (n + 1)}")
    total, term = &work[0], &work[n + 1]
    with nogil:
        dualn_constant(n, total, 0.0)
        for k in range(n):
            dualn_mul_dc(n, total, total, x)
            dualn_variable(n, term, coefficients[k], k)
            dualn_add(n, total, total, term)
    return total[0]
