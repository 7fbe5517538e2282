/* Gradient of Rosenbrock's function of 50 variables: by duals of width 2, one for each term, and by hand.
 *
 *     gcc -O2 -I"$(python -c 'import dualad; print(dualad.get_include())')" rosenbrock.c -lm -o rosenbrock && ./rosenbrock
 *
 * Prints the largest difference of the two gradients, relative to the larger number.  `rosenbrock dual N` and
 * `rosenbrock hand N` run one of them N times, to be timed or counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define DUALAD_WIDTH 2
#include "dualad/width.h"

#define SIZE 50

/* 100 (b - a a)^2 + (1 - a)^2 */
static inline dualad_dual2 term(dualad_dual2 a, dualad_dual2 b)
{
    dualad_dual2 bend = dualad_dual2_square(dualad_dual2_sub(b, dualad_dual2_square(a)));
    return dualad_dual2_add(dualad_dual2_mul_cd(100.0, bend), dualad_dual2_square(dualad_dual2_sub_cd(1.0, a)));
}

__attribute__((noinline)) double by_duals(const double *x, double *g)
{
    double value = 0.0;
    memset(g, 0, SIZE * sizeof *g);
    for (int i = 0; i < SIZE - 1; i++) {
        dualad_dual2 t = term(dualad_dual2_variable(x[i], 0), dualad_dual2_variable(x[i + 1], 1));
        value += t.v;
        g[i] += t.d[0];
        g[i + 1] += t.d[1];
    }
    return value;
}

__attribute__((noinline)) double by_hand(const double *x, double *g)
{
    double value = 0.0;
    memset(g, 0, SIZE * sizeof *g);
    for (int i = 0; i < SIZE - 1; i++) {
        double u = x[i + 1] - x[i] * x[i], w = 1.0 - x[i];
        value += 100.0 * (u * u) + w * w;
        g[i] += -400.0 * x[i] * u - 2.0 * w;
        g[i + 1] += 200.0 * u;
    }
    return value;
}

int main(int argc, char **argv)
{
    double x[SIZE], g[SIZE], h[SIZE], worst = 0.0, sum = 0.0;
    for (int i = 0; i < SIZE; i++) x[i] = -1.2 + 0.05 * i;
    if (argc == 3) {
        double (*gradient)(const double *, double *) = strcmp(argv[1], "dual") ? by_hand : by_duals;
        for (long k = atol(argv[2]); k > 0; k--) { sum += gradient(x, g); x[k % SIZE] += 1e-9; }
        printf("%.17g\n", sum);
        return 0;
    }
    sum = by_duals(x, g) - by_hand(x, h);
    for (int i = 0; i < SIZE; i++) {
        double error = fabs(g[i] - h[i]) / fmax(1.0, fabs(h[i]));
        worst = error > worst ? error : worst;
    }
    printf("gradient of %d variables: largest difference %.1e, of the value %.1e\n", SIZE, worst, fabs(sum));
    return worst > 1e-14;
}
