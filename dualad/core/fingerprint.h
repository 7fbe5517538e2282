/* A checksum that notices changed, moved and swapped words: sums and sums of sums in eight lanes, which vectorise. */
#ifndef DUALAD_FINGERPRINT_H
#define DUALAD_FINGERPRINT_H
#include <stddef.h>
#include "combine.h"

DUALAD_CLONES static unsigned long long dl_fingerprint(ptrdiff_t n, const unsigned long long *restrict a)
{
    unsigned long long s[8] = {0}, t[8] = {0}, h = (unsigned long long)n;
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++) { s[k] += a[i + k]; t[k] += s[k]; }
    for (; i < n; i++) { s[i & 7] += a[i]; t[i & 7] += s[i & 7]; }
    for (int k = 0; k < 8; k++) {
        h = (h ^ s[k]) * 0x9E3779B97F4A7C15ULL;
        h = ((h << 31) | (h >> 33)) ^ t[k];
    }
    return h;
}
#endif
