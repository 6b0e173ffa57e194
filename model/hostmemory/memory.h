// The host's memory as the C library keeps it.
#pragma once

// rm_one_arena has all threads take memory from one pool.
void rm_one_arena(void);
// rm_trim gives memory that nobody uses back to the system.
void rm_trim(void);
