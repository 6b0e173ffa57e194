// Kernels of a BERT's step that libtorch has only in pieces, each of which reads and writes its
// tensors again. Compiled at run time for the GPU at hand (fused.cpp), with H, the width of a
// row, defined. Tensors are bfloat16, of rows; statistics and sums are float32.

typedef unsigned short bf16;
typedef unsigned long long u64;

__device__ __forceinline__ float up(unsigned bits) { return __uint_as_float(bits << 16); }

__device__ __forceinline__ unsigned down(float x) {
  bf16 bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}

// Four neighbours of a row, 8 bytes.
__device__ __forceinline__ void load4(const bf16 *from, float *to) {
  uint2 bits = *reinterpret_cast<const uint2 *>(from);
  to[0] = up(bits.x & 0xffff), to[1] = up(bits.x >> 16), to[2] = up(bits.y & 0xffff), to[3] = up(bits.y >> 16);
}

__device__ __forceinline__ void store4(bf16 *to, const float *from) {
  uint2 bits;
  bits.x = down(from[0]) | down(from[1]) << 16, bits.y = down(from[2]) | down(from[3]) << 16;
  *reinterpret_cast<uint2 *>(to) = bits;
}

// Random bits for four neighbours, 16 each: SplitMix64 (Steele, Lea & Flood, 2014) of their number.
__device__ __forceinline__ u64 random4(u64 key, u64 number) {
  u64 z = key + number * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

__device__ __forceinline__ u64 key_of(const long long *seed, int site) {
  return random4(static_cast<u64>(*seed), 0x632BE59BD9B4E019ull + site);
}

__device__ __forceinline__ bool dropped(u64 bits, int i, unsigned below) { return ((bits >> (16 * i)) & 0xffff) < below; }

__device__ __forceinline__ float warp_sum(float x) {
#pragma unroll
  for (int d = 16; d; d >>= 1) x += __shfl_xor_sync(~0u, x, d);
  return x;
}

constexpr int WARPS = 4;       // of a block
constexpr int PARTS = H / 128; // of a row: 32 lanes with four elements each

// y = LayerNorm(dropout(x + bias) + residual); sum is what is normalised, stats its mean and
// inverse deviation. A warp takes a row.
extern "C" __global__ void __launch_bounds__(32 * WARPS)
add_norm(const bf16 *x, const bf16 *bias, const bf16 *residual, const bf16 *gamma, const bf16 *beta,
         const long long *seed, int site, unsigned below, float scale, float eps, int rows, bf16 *y, bf16 *sum,
         float *stats) {
  int row = blockIdx.x * WARPS + threadIdx.x / 32, lane = threadIdx.x % 32;
  if (row >= rows) return;
  u64 key = below ? key_of(seed, site) : 0;
  long at = static_cast<long>(row) * H;
  float v[PARTS][4], total = 0;
#pragma unroll
  for (int k = 0; k < PARTS; k++) {
    int column = k * 128 + lane * 4;
    float a[4], b[4], r[4];
    load4(x + at + column, a), load4(bias + column, b), load4(residual + at + column, r);
    u64 bits = below ? random4(key, (at + column) / 4) : 0;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float kept = below && dropped(bits, i, below) ? 0 : (a[i] + b[i]) * scale;
      v[k][i] = up(down(kept + r[i])); // what the backward pass will read
      total += v[k][i];
    }
    store4(sum + at + column, v[k]);
  }
  float mean = warp_sum(total) / H, squares = 0;
#pragma unroll
  for (int k = 0; k < PARTS; k++)
#pragma unroll
    for (int i = 0; i < 4; i++) squares += (v[k][i] - mean) * (v[k][i] - mean);
  float inverse = rsqrtf(warp_sum(squares) / H + eps);
#pragma unroll
  for (int k = 0; k < PARTS; k++) {
    int column = k * 128 + lane * 4;
    float g[4], b[4], o[4];
    load4(gamma + column, g), load4(beta + column, b);
#pragma unroll
    for (int i = 0; i < 4; i++) o[i] = (v[k][i] - mean) * inverse * g[i] + b[i];
    store4(y + at + column, o);
  }
  if (lane == 0) stats[row] = mean, stats[rows + row] = inverse;
}

// The gradients of add_norm. Of each block parts receives three rows of float32: its sums for
// bias, gamma and beta.
extern "C" __global__ void __launch_bounds__(32 * WARPS)
add_norm_backward(const bf16 *dy, const bf16 *sum, const float *stats, const bf16 *gamma, const long long *seed,
                  int site, unsigned below, float scale, int rows, bf16 *dx, bf16 *dresidual, float *parts) {
  __shared__ float shared[3][H];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  u64 key = below ? key_of(seed, site) : 0;
  float dbias[PARTS][4] = {}, dgamma[PARTS][4] = {}, dbeta[PARTS][4] = {};
  for (int row = blockIdx.x * WARPS + warp; row < rows; row += gridDim.x * WARPS) {
    long at = static_cast<long>(row) * H;
    float mean = stats[row], inverse = stats[rows + row], g[PARTS][4], n[PARTS][4], first = 0, second = 0;
#pragma unroll
    for (int k = 0; k < PARTS; k++) {
      int column = k * 128 + lane * 4;
      float d[4], w[4];
      load4(dy + at + column, d), load4(sum + at + column, n[k]), load4(gamma + column, w);
#pragma unroll
      for (int i = 0; i < 4; i++) {
        n[k][i] = (n[k][i] - mean) * inverse;
        dgamma[k][i] += d[i] * n[k][i], dbeta[k][i] += d[i];
        g[k][i] = d[i] * w[i];
        first += g[k][i], second += g[k][i] * n[k][i];
      }
    }
    first = warp_sum(first) / H, second = warp_sum(second) / H;
#pragma unroll
    for (int k = 0; k < PARTS; k++) {
      int column = k * 128 + lane * 4;
      u64 bits = below ? random4(key, (at + column) / 4) : 0;
      float r[4], o[4];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        r[i] = inverse * (g[k][i] - first - n[k][i] * second);
        o[i] = below && dropped(bits, i, below) ? 0 : r[i] * scale;
        dbias[k][i] += o[i];
      }
      store4(dresidual + at + column, r), store4(dx + at + column, o);
    }
  }
  // The block's warps one after another, so that the order of additions is fixed.
  for (int turn = 0; turn < WARPS; turn++) {
    if (warp == turn)
#pragma unroll
      for (int k = 0; k < PARTS; k++)
#pragma unroll
        for (int i = 0; i < 4; i++) {
          int column = k * 128 + lane * 4 + i;
          shared[0][column] = dbias[k][i] + (turn ? shared[0][column] : 0);
          shared[1][column] = dgamma[k][i] + (turn ? shared[1][column] : 0);
          shared[2][column] = dbeta[k][i] + (turn ? shared[2][column] : 0);
        }
    __syncthreads();
  }
  for (int i = threadIdx.x; i < 3 * H; i += blockDim.x) parts[blockIdx.x * 3 * H + i] = shared[i / H][i % H];
}

__device__ __forceinline__ float gelu(float x) { return 0.5f * x * (1 + erff(x * 0.70710678f)); }

// y = gelu(x + bias), by the error function. x is [rows, columns]; a block takes 128 columns.
extern "C" __global__ void __launch_bounds__(32 * WARPS)
bias_gelu(const bf16 *x, const bf16 *bias, int rows, int columns, bf16 *y) {
  int column = blockIdx.x * 128 + threadIdx.x % 32 * 4;
  float b[4];
  load4(bias + column, b);
  for (int row = blockIdx.y * WARPS + threadIdx.x / 32; row < rows; row += gridDim.y * WARPS) {
    long at = static_cast<long>(row) * columns + column;
    float v[4];
    load4(x + at, v);
#pragma unroll
    for (int i = 0; i < 4; i++) v[i] = gelu(v[i] + b[i]);
    store4(y + at, v);
  }
}

// Writes a block's sums of 128 columns, each lane's four, to row blockIdx.y of parts.
__device__ __forceinline__ void write_sums(const float *own, float *parts, int columns) {
  __shared__ float shared[WARPS][128];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
#pragma unroll
  for (int i = 0; i < 4; i++) shared[warp][lane * 4 + i] = own[i];
  __syncthreads();
  if (threadIdx.x < 128) {
    float s = 0;
#pragma unroll
    for (int w = 0; w < WARPS; w++) s += shared[w][threadIdx.x];
    parts[static_cast<long>(blockIdx.y) * columns + blockIdx.x * 128 + threadIdx.x] = s;
  }
}

extern "C" __global__ void __launch_bounds__(32 * WARPS)
bias_gelu_backward(const bf16 *dy, const bf16 *x, const bf16 *bias, int rows, int columns, bf16 *dx, float *parts) {
  int column = blockIdx.x * 128 + threadIdx.x % 32 * 4;
  float b[4], own[4] = {};
  load4(bias + column, b);
  for (int row = blockIdx.y * WARPS + threadIdx.x / 32; row < rows; row += gridDim.y * WARPS) {
    long at = static_cast<long>(row) * columns + column;
    float d[4], v[4];
    load4(dy + at, d), load4(x + at, v);
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float u = v[i] + b[i];
      float slope = 0.5f * (1 + erff(u * 0.70710678f)) + u * 0.39894228f * __expf(-0.5f * u * u);
      d[i] *= slope;
      own[i] += d[i];
    }
    store4(dx + at, d);
  }
  write_sums(own, parts, columns);
}

// Sums of the columns of x, of each block's rows.
extern "C" __global__ void __launch_bounds__(32 * WARPS)
column_sums(const bf16 *x, int rows, int columns, float *parts) {
  int column = blockIdx.x * 128 + threadIdx.x % 32 * 4;
  float own[4] = {};
  for (int row = blockIdx.y * WARPS + threadIdx.x / 32; row < rows; row += gridDim.y * WARPS) {
    float v[4];
    load4(x + static_cast<long>(row) * columns + column, v);
#pragma unroll
    for (int i = 0; i < 4; i++) own[i] += v[i];
  }
  write_sums(own, parts, columns);
}

// Adds up the blocks' sums, [blocks, columns], to bfloat16. A block takes 32 columns, a warp
// each WARPS-th row.
extern "C" __global__ void __launch_bounds__(32 * WARPS)
add_parts(const float *parts, int blocks, int columns, bf16 *to) {
  __shared__ float shared[WARPS][32];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, column = blockIdx.x * 32 + lane;
  float s = 0;
  for (int b = warp; b < blocks; b += WARPS) s += parts[static_cast<long>(b) * columns + column];
  shared[warp][lane] = s;
  __syncthreads();
  if (warp == 0) {
    s = 0;
#pragma unroll
    for (int w = 0; w < WARPS; w++) s += shared[w][lane];
    to[column] = down(s);
  }
}

__device__ __forceinline__ void adamw_one(float &p, float grad, float &m, float &v, unsigned char kind, const float *shares,
                                          float lr, float first, float second, float beta1, float beta2, float eps, float weight_decay) {
  if (shares) lr *= shares[kind >> 1];
  if (kind & 1) p -= lr * weight_decay * p;
  m += (1 - beta1) * (grad - m);
  v = beta2 * v + (1 - beta2) * grad * grad;
  p -= lr / first * m / (sqrtf(v) / second + eps);
}

// AdamW over flat vectors of n_all elements whose gradient has a norm: settings are learning rate,
// bound of the norm, step, and 1 − βᵗ for both β; bit 0 of an element's kind is 1 where weight decay applies, the
// others are its depth, by which shares, where they are given, are of the learning rate. Refreshes half, and zeroes the gradient. Where the norm is not finite, it changes nothing.
extern "C" __global__ void adamw(float4 *p, float4 *g, float4 *m, float4 *v, uint2 *half, const uchar4 *kinds,
                                 const float *shares, const float *settings, const float *norm, float beta1, float beta2, float eps,
                                 float weight_decay, long n_all) {
  float lr = settings[0], n = *norm;
  if (!isfinite(n)) return;
  float scale = fminf(1.0f, settings[1] / (n + 1e-6f)), first = settings[3], second = sqrtf(settings[4]);
  long fours = n_all / 4, number = blockIdx.x * static_cast<long>(blockDim.x) + threadIdx.x;
  for (long i = number; i < fours; i += static_cast<long>(gridDim.x) * blockDim.x) {
    float4 P = p[i], G = g[i], M = m[i], V = v[i];
    uchar4 K = kinds[i];
    adamw_one(P.x, G.x * scale, M.x, V.x, K.x, shares, lr, first, second, beta1, beta2, eps, weight_decay);
    adamw_one(P.y, G.y * scale, M.y, V.y, K.y, shares, lr, first, second, beta1, beta2, eps, weight_decay);
    adamw_one(P.z, G.z * scale, M.z, V.z, K.z, shares, lr, first, second, beta1, beta2, eps, weight_decay);
    adamw_one(P.w, G.w * scale, M.w, V.w, K.w, shares, lr, first, second, beta1, beta2, eps, weight_decay);
    p[i] = P, m[i] = M, v[i] = V, g[i] = make_float4(0, 0, 0, 0);
    if (half) half[i] = make_uint2(down(P.x) | down(P.y) << 16, down(P.z) | down(P.w) << 16);
  }
  if (number < n_all % 4) {
    long i = fours * 4 + number;
    float *ps = reinterpret_cast<float *>(p), *gs = reinterpret_cast<float *>(g), *ms = reinterpret_cast<float *>(m), *vs = reinterpret_cast<float *>(v);
    adamw_one(ps[i], gs[i] * scale, ms[i], vs[i], reinterpret_cast<const unsigned char *>(kinds)[i], shares, lr, first, second, beta1, beta2, eps, weight_decay);
    gs[i] = 0;
    if (half) reinterpret_cast<bf16 *>(half)[i] = down(ps[i]);
  }
}
