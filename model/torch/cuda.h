// Loading CUDA at run time. Each function returns NULL, or a message that the caller frees.
#pragma once

// rm_driver_devices asks the NVIDIA driver how many GPUs there are.
char *rm_driver_devices(int *count);

// rm_load loads a shared library for the whole process, its symbols visible to all.
char *rm_load(const char *path);
