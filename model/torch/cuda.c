#define _GNU_SOURCE
#include "cuda.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *rm_load(const char *path) {
  if (dlopen(path, RTLD_NOW | RTLD_GLOBAL)) return NULL;
  return strdup(dlerror());
}

char *rm_driver_devices(int *count) {
  *count = 0;
  void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!driver) return strdup("no NVIDIA driver (libcuda.so.1) on this machine");
  int (*init)(unsigned) = (int (*)(unsigned))dlsym(driver, "cuInit");
  int (*devices)(int *) = (int (*)(int *))dlsym(driver, "cuDeviceGetCount");
  if (!init || !devices) return strdup("libcuda.so.1 is not an NVIDIA driver");
  int status = init(0);
  if (status == 0) status = devices(count);
  if (status == 0) return NULL;
  char *message = NULL;
  if (asprintf(&message, "the NVIDIA driver answers with error %d", status) < 0) return strdup("the NVIDIA driver fails");
  return message;
}
