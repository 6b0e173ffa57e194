// A stand-in for libnccl.so.2 that tests compile: it sums host memory. It is strict where
// the real library is (types, groups, one call for each communicator), declares the
// interface by NCCL's documentation and on its own, and appends each call that it gets
// to the file that STANDIN_NCCL_LOG names. It proves nothing about GPUs.
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct CUstream_st *cudaStream_t;
typedef enum { ncclSuccess = 0, ncclInvalidArgument = 4, ncclInvalidUsage = 5 } ncclResult_t;
typedef enum { ncclSum = 0 } ncclRedOp_t;
typedef enum { ncclFloat32 = 7 } ncclDataType_t;
typedef struct ncclComm *ncclComm_t;

enum { largest = 8 };

struct ncclComm {
  int rank;
  const float *from;
  float *to;
  size_t count;
  int root;  // of a broadcast; -1 for a sum
  int called;
};

static int depth;
static ncclComm_t clique[largest];
static int members;

static void tell(const char *line) {
  const char *path = getenv("STANDIN_NCCL_LOG");
  FILE *file = path ? fopen(path, "a") : NULL;
  if (!file) return;
  fprintf(file, "%s\n", line);
  fclose(file);
}

ncclResult_t ncclGetVersion(int *version) {
  *version = 22809;
  return ncclSuccess;
}

const char *ncclGetErrorString(ncclResult_t result) {
  return result == ncclSuccess ? "no error" : result == ncclInvalidArgument ? "invalid argument" : "invalid usage";
}

ncclResult_t ncclCommInitAll(ncclComm_t *comms, int n, const int *devices) {
  char line[200];
  int at = snprintf(line, sizeof line, "CommInitAll %d:", n);
  for (int i = 0; i < n; i++) at += snprintf(line + at, sizeof line - at, " %d", devices[i]);
  tell(line);
  if (n < 1 || n > largest || members) return ncclInvalidArgument;
  for (int i = 0; i < n; i++) {
    comms[i] = clique[i] = calloc(1, sizeof *clique[i]);
    clique[i]->rank = i;
  }
  members = n;
  return ncclSuccess;
}

ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  char line[40];
  snprintf(line, sizeof line, "CommDestroy %d", comm->rank);
  tell(line);
  free(comm);
  members--;
  return ncclSuccess;
}

ncclResult_t ncclGroupStart(void) {
  tell("GroupStart");
  depth++;
  return ncclSuccess;
}

// Work begins here, when all have called, as the calls are only collected before.
ncclResult_t ncclGroupEnd(void) {
  tell("GroupEnd");
  if (--depth != 0) return ncclInvalidUsage;
  int called = 0;
  for (int i = 0; i < members; i++) called += clique[i]->called;
  int usable = called == members;
  for (int i = 0; i < members; i++) {
    usable = usable && clique[i]->count == clique[0]->count && clique[i]->root == clique[0]->root;
    clique[i]->called = 0;
  }
  if (!usable) return ncclInvalidUsage;
  for (size_t at = 0; at < clique[0]->count; at++) {
    int root = clique[0]->root;
    float value = root < 0 ? 0 : clique[root]->from[at];
    for (int i = 0; root < 0 && i < members; i++) value += clique[i]->from[at];
    for (int i = 0; i < members; i++) clique[i]->to[at] = value;
  }
  return ncclSuccess;
}

static ncclResult_t collect(const char *name, const void *from, void *to, size_t count, int type, int how, int root,
                            ncclComm_t comm, cudaStream_t stream) {
  char line[200];
  snprintf(line, sizeof line, "%s on %d: %zu of type %d, %d, stream %p, %s", name, comm->rank, count, type, how,
           (void *)stream, from == to ? "in place" : "to elsewhere");
  tell(line);
  if (type != ncclFloat32) return ncclInvalidArgument;
  if (!depth || comm->called) return ncclInvalidUsage;  // the real one would wait for ever
  comm->from = from, comm->to = to, comm->count = count, comm->root = root, comm->called = 1;
  return ncclSuccess;
}

ncclResult_t ncclAllReduce(const void *from, void *to, size_t count, ncclDataType_t type, ncclRedOp_t op,
                           ncclComm_t comm, cudaStream_t stream) {
  if (op != ncclSum) return ncclInvalidArgument;
  return collect("AllReduce", from, to, count, type, op, -1, comm, stream);
}

ncclResult_t ncclBroadcast(const void *from, void *to, size_t count, ncclDataType_t type, int root, ncclComm_t comm,
                           cudaStream_t stream) {
  if (root < 0 || root >= members) return ncclInvalidArgument;
  return collect("Broadcast", from, to, count, type, root, root, comm, stream);
}
