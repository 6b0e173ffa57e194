#include "memory.h"

#include <malloc.h>

void rm_one_arena(void) {
#ifdef M_ARENA_MAX
  mallopt(M_ARENA_MAX, 1);
#endif
}

void rm_trim(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
