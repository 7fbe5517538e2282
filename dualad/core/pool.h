/* Large memory blocks kept for the next call: a NumPy memory handler (NEP 49) in front of NumPy's own.
 *
 * Fresh pages cost more than what a ufunc does in them, and malloc gives large blocks back to the system at once.
 * Blocks of at least DL_LARGE bytes are rounded up to a class of sizes, and up to `limit` bytes of freed ones are
 * kept.  Everything else, and every miss, goes to NumPy's default handler.  NumPy calls handlers with the GIL held
 * (setup.py declares no free-threaded build).
 */
#ifndef DUALAD_POOL_H
#define DUALAD_POOL_H

#include <string.h>
#include <stdint.h>
#include <numpy/arrayobject.h>

#define DL_LARGE ((size_t)1 << 17)
#define DL_SLOTS 64

typedef struct {
    void *ptr[DL_SLOTS];
    size_t size[DL_SLOTS];
    int count;
    size_t held, limit;
    size_t hits, misses;
    PyDataMem_Handler *below;
} dl_pool;

/* Freed memory must be seen by the sanitizer. */
#if defined(__SANITIZE_ADDRESS__)
#define DL_LIMIT 0
#else
#define DL_LIMIT ((size_t)1 << 27)
#endif

static dl_pool dl_blocks = {.limit = DL_LIMIT};

/* Transforms that run in this thread, and NumPy's handler before the outermost of them (owned; NULL: not replaced). */
typedef struct {
    int running;
    PyObject *before;
} dl_thread;

#if defined(_MSC_VER)
static __declspec(thread) dl_thread dl_here;
#else
static _Thread_local dl_thread dl_here;
#endif

/* Capacity of the block for a request: at most 1/16 is spare, so that x and x[1:] take each other's. */
static size_t dl_capacity(size_t size) {
    size_t step = 4096;
    while (step <= size / 32) step *= 2;
    return (size + step - 1) / step * step;
}

static void dl_release(size_t limit) {
    dl_pool *p = &dl_blocks;
    while (p->held > limit && p->count) {
        /* the oldest first */
        p->below->allocator.free(p->below->allocator.ctx, p->ptr[0], p->size[0]);
        p->held -= p->size[0];
        p->count--;
        memmove(p->ptr, p->ptr + 1, (size_t)p->count * sizeof p->ptr[0]);
        memmove(p->size, p->size + 1, (size_t)p->count * sizeof p->size[0]);
    }
}

/* The block that was freed last is the one whose pages are in cache. */
static void *dl_take(size_t capacity) {
    dl_pool *p = &dl_blocks;
    for (int k = p->count - 1; k >= 0; k--)
        if (p->size[k] == capacity) {
            void *found = p->ptr[k];
            p->count--;
            memmove(p->ptr + k, p->ptr + k + 1, (size_t)(p->count - k) * sizeof p->ptr[0]);
            memmove(p->size + k, p->size + k + 1, (size_t)(p->count - k) * sizeof p->size[0]);
            p->held -= capacity;
            p->hits++;
            return found;
        }
    p->misses++;
    return NULL;
}

static void *dl_malloc(void *ctx, size_t size) {
    PyDataMemAllocator *below = &dl_blocks.below->allocator;
    (void)ctx;
    if (size < DL_LARGE) return below->malloc(below->ctx, size);
    size = dl_capacity(size);
    void *found = dl_take(size);
#ifndef NDEBUG
    if (found) memset(found, 0xff, size); /* NaN: nobody may read what was there */
#endif
    return found ? found : below->malloc(below->ctx, size);
}

static void *dl_calloc(void *ctx, size_t n, size_t each) {
    PyDataMemAllocator *below = &dl_blocks.below->allocator;
    (void)ctx;
    if (n == 0 || each > SIZE_MAX / 2 / n || n * each < DL_LARGE) return below->calloc(below->ctx, n, each);
    size_t size = dl_capacity(n * each);
    void *found = dl_take(size);
    if (found) return memset(found, 0, n * each);
    return below->calloc(below->ctx, 1, size);
}

static void *dl_realloc(void *ctx, void *ptr, size_t size) {
    PyDataMemAllocator *below = &dl_blocks.below->allocator;
    (void)ctx;
    /* a block may shrink below DL_LARGE or grow beyond it: free() goes by the size that NumPy states */
    return below->realloc(below->ctx, ptr, size < DL_LARGE ? size : dl_capacity(size));
}

static void dl_free(void *ctx, void *ptr, size_t size) {
    dl_pool *p = &dl_blocks;
    PyDataMemAllocator *below = &p->below->allocator;
    (void)ctx;
    if (size < DL_LARGE || !ptr) { below->free(below->ctx, ptr, size); return; }
    size = dl_capacity(size);
    if (size > p->limit) { below->free(below->ctx, ptr, size); return; }
    if (p->count == DL_SLOTS) dl_release(p->held - p->size[0]);
    if (p->held + size > p->limit) dl_release(p->limit - size);
    p->ptr[p->count] = ptr;
    p->size[p->count++] = size;
    p->held += size;
}

static PyDataMem_Handler dl_handler = {"dualad", 1, {NULL, dl_malloc, dl_calloc, dl_realloc, dl_free}};

#endif
