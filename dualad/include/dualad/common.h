/* Comparisons, choice and C++ operators of one type: included by functions1.h and functions2.h, not on its own.
 * Comparisons look at values, as NumPy's do on arrays with tangents.
 */
static inline int DUALAD_FN(lt)(DUALAD_TYPE a, DUALAD_TYPE b) { return a.v < b.v; }
static inline int DUALAD_FN(le)(DUALAD_TYPE a, DUALAD_TYPE b) { return a.v <= b.v; }
static inline int DUALAD_FN(gt)(DUALAD_TYPE a, DUALAD_TYPE b) { return a.v > b.v; }
static inline int DUALAD_FN(ge)(DUALAD_TYPE a, DUALAD_TYPE b) { return a.v >= b.v; }
static inline int DUALAD_FN(eq)(DUALAD_TYPE a, DUALAD_TYPE b) { return a.v == b.v; }
static inline int DUALAD_FN(ne)(DUALAD_TYPE a, DUALAD_TYPE b) { return a.v != b.v; }
static inline int DUALAD_FN(lt_dc)(DUALAD_TYPE a, double b) { return a.v < b; }
static inline int DUALAD_FN(le_dc)(DUALAD_TYPE a, double b) { return a.v <= b; }
static inline int DUALAD_FN(gt_dc)(DUALAD_TYPE a, double b) { return a.v > b; }
static inline int DUALAD_FN(ge_dc)(DUALAD_TYPE a, double b) { return a.v >= b; }
static inline int DUALAD_FN(eq_dc)(DUALAD_TYPE a, double b) { return a.v == b; }
static inline int DUALAD_FN(ne_dc)(DUALAD_TYPE a, double b) { return a.v != b; }

/* a where c holds, else b: value and derivatives of the chosen one only */
static inline DUALAD_TYPE DUALAD_FN(select)(int c, DUALAD_TYPE a, DUALAD_TYPE b) { return c ? a : b; }

#ifdef __cplusplus
#define DUALAD_OPERATOR(op, name) \
    static inline DUALAD_TYPE operator op(DUALAD_TYPE a, DUALAD_TYPE b) { return DUALAD_FN(name)(a, b); } \
    static inline DUALAD_TYPE operator op(DUALAD_TYPE a, double b) { return DUALAD_FN(name##_dc)(a, b); } \
    static inline DUALAD_TYPE operator op(double a, DUALAD_TYPE b) { return DUALAD_FN(name##_cd)(a, b); } \
    static inline DUALAD_TYPE &operator op##=(DUALAD_TYPE &a, DUALAD_TYPE b) { return a = DUALAD_FN(name)(a, b); } \
    static inline DUALAD_TYPE &operator op##=(DUALAD_TYPE &a, double b) { return a = DUALAD_FN(name##_dc)(a, b); }
#define DUALAD_COMPARISON(op) \
    static inline bool operator op(DUALAD_TYPE a, DUALAD_TYPE b) { return a.v op b.v; } \
    static inline bool operator op(DUALAD_TYPE a, double b) { return a.v op b; } \
    static inline bool operator op(double a, DUALAD_TYPE b) { return a op b.v; }
DUALAD_OPERATOR(+, add)
DUALAD_OPERATOR(-, sub)
DUALAD_OPERATOR(*, mul)
DUALAD_OPERATOR(/, div)
DUALAD_COMPARISON(<)
DUALAD_COMPARISON(<=)
DUALAD_COMPARISON(>)
DUALAD_COMPARISON(>=)
DUALAD_COMPARISON(==)
DUALAD_COMPARISON(!=)
static inline DUALAD_TYPE operator-(DUALAD_TYPE a) { return DUALAD_FN(neg)(a); }
static inline DUALAD_TYPE operator+(DUALAD_TYPE a) { return a; }
#undef DUALAD_OPERATOR
#undef DUALAD_COMPARISON
#endif
