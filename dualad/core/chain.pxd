"""The elementwise engine: borrowed inner loops and instruction lists, run blockwise."""
cimport numpy as cnp

ctypedef void (*loop_t)(char **args, const cnp.npy_intp *dims, const cnp.npy_intp *steps, void *data) noexcept nogil

cdef enum:
    MAX_IN = 4          # operands of an elementwise primitive
    BLOCK = 4096        # elements per cache block: 32 kB per slot (1,024 cost 10% more at 1e6 elements)
    MAX_SLOTS = 160

cdef struct Operand:
    char *data                  # component 0
    cnp.npy_intp comp           # bytes between components
    cnp.npy_intp step           # bytes between elements (0: one element for all)
    int order                   # 0 constant, 1 first-order components present, 2 second-order too

cdef struct Cotangent:
    char *data                  # NULL: not wanted
    cnp.npy_intp comp           # bytes between rows (batches or components)
    cnp.npy_intp step           # bytes between elements; 0: one entry gathers the sum
    bint fresh                  # overwritten, not added to (only where step is not 0)

cdef struct Instruction:
    loop_t loop                 # NULL: select
    void *data
    int nin
    int slot[4]                 # inputs, then the output at slot[nin]
    int width                   # bytes of one output entry: 8, or 1 for truth values

cdef class Kernel:
    cdef readonly object rule
    cdef readonly object listing
    cdef object known, raised               # operands that are known numbers; the kernel of the next order
    cdef readonly bint ready
    cdef readonly int nin, nactive, order
    cdef loop_t value
    cdef void *value_data
    cdef int active[MAX_IN]
    cdef int first[MAX_IN]                  # slot or -1
    cdef double fixed[MAX_IN]               # partial that is a constant
    cdef int second[MAX_IN][MAX_IN]         # slot or -1
    cdef int ncode, nslots, nscratch, base
    cdef int needs                          # bit k: the partials read operand k; bit nin: the value
    cdef readonly int unit                         # bit k: the partial in operand k is the constant 1
    cdef Instruction *code
    cdef double *constants
    cdef bint _assemble(self, listing) except -1
    cdef bint _resolve(self, listing) except -1
    cdef bint _outputs(self, listing) except -1
    cdef int run(self, cnp.npy_intp n, Operand *x, Operand *y, int P, int M,
                 const int *pi, const int *pj, char *scratch) noexcept nogil
    cdef int number(self, double *x, double *y, double *p) noexcept nogil
    cdef Kernel second_order(self)
    cdef void values(self, cnp.npy_intp n, Operand *x, char *y) noexcept nogil
    cdef void push(self, cnp.npy_intp n, Operand *x, Operand *y, char *scratch) noexcept nogil
    cdef void start(self, char **slots, cnp.npy_intp *steps, cnp.npy_intp width, char *scratch) noexcept nogil
    cdef void partials(self, cnp.npy_intp n, char **slots, cnp.npy_intp *steps) noexcept nogil
    cdef void pull(self, cnp.npy_intp n, Operand *x, Operand *g, Cotangent *out, int rows, char *scratch) noexcept nogil
    cdef void pull_jet(self, cnp.npy_intp n, Operand *x, Operand *g, Cotangent *out, int P, char *scratch) noexcept nogil
    cdef void block(self, cnp.npy_intp n, Operand *x, Operand *y, char **slots, cnp.npy_intp *steps,
                    int P, int M, const int *pi, const int *pj) noexcept nogil

cdef Kernel kernel_for(object rule, int mask, int order)
