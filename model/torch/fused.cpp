#include "fused.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <torch/csrc/autograd/custom_function.h>
#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "guard.hpp"
#include "symbols.hpp"

namespace {

// What we use of the driver's and of NVRTC's C interfaces, by their documentation.
using CUresult = int;
using CUmodule = struct CUmod_st *;
using CUfunction = struct CUfunc_st *;
using CUstream = struct CUstream_st *;
using nvrtcProgram = struct _nvrtcProgram *;
constexpr int compute_capability_major = 75, compute_capability_minor = 76;  // of CUdevice_attribute

struct driver {
  CUresult (*cuDeviceGetAttribute)(int *value, int attribute, int device);
  CUresult (*cuModuleLoadData)(CUmodule *module, const void *image);
  CUresult (*cuModuleUnload)(CUmodule module);
  CUresult (*cuModuleGetFunction)(CUfunction *function, CUmodule module, const char *name);
  CUresult (*cuLaunchKernel)(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                             unsigned shared, CUstream stream, void **arguments, void **extra);
  CUresult (*cuGetErrorString)(CUresult result, const char **text);
  int (*nvrtcCreateProgram)(nvrtcProgram *program, const char *source, const char *name, int headers,
                            const char *const *header_texts, const char *const *header_names);
  int (*nvrtcDestroyProgram)(nvrtcProgram *program);
  int (*nvrtcCompileProgram)(nvrtcProgram program, int options, const char *const *texts);
  int (*nvrtcGetProgramLogSize)(nvrtcProgram program, size_t *size);
  int (*nvrtcGetProgramLog)(nvrtcProgram program, char *log);
  int (*nvrtcGetCUBINSize)(nvrtcProgram program, size_t *size);
  int (*nvrtcGetCUBIN)(nvrtcProgram program, char *cubin);

  void check(const char *call, CUresult result) const {
    if (result == 0) return;
    const char *text = "unknown error";
    cuGetErrorString(result, &text);
    throw std::runtime_error(std::string(call) + ": " + text);
  }
};

// load finds both libraries through torch's own wrapper of them, which knows where they are.
driver load(const std::string &folder) {
  void *library = dlopen((folder + "/libcaffe2_nvrtc.so").c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  driver d;
  find_symbol(library, "libcaffe2_nvrtc", "cuDeviceGetAttribute", d.cuDeviceGetAttribute);
  find_symbol(library, "libcaffe2_nvrtc", "cuModuleLoadData", d.cuModuleLoadData);
  find_symbol(library, "libcaffe2_nvrtc", "cuModuleUnload", d.cuModuleUnload);
  find_symbol(library, "libcaffe2_nvrtc", "cuModuleGetFunction", d.cuModuleGetFunction);
  find_symbol(library, "libcaffe2_nvrtc", "cuLaunchKernel", d.cuLaunchKernel);
  find_symbol(library, "libcaffe2_nvrtc", "cuGetErrorString", d.cuGetErrorString);
  find_symbol(library, "libcaffe2_nvrtc", "nvrtcCreateProgram", d.nvrtcCreateProgram);
  find_symbol(library, "libcaffe2_nvrtc", "nvrtcDestroyProgram", d.nvrtcDestroyProgram);
  find_symbol(library, "libcaffe2_nvrtc", "nvrtcCompileProgram", d.nvrtcCompileProgram);
  find_symbol(library, "libcaffe2_nvrtc", "nvrtcGetProgramLogSize", d.nvrtcGetProgramLogSize);
  find_symbol(library, "libcaffe2_nvrtc", "nvrtcGetProgramLog", d.nvrtcGetProgramLog);
  find_symbol(library, "libcaffe2_nvrtc", "nvrtcGetCUBINSize", d.nvrtcGetCUBINSize);
  find_symbol(library, "libcaffe2_nvrtc", "nvrtcGetCUBIN", d.nvrtcGetCUBIN);
  // NVRTC opens its builtins by their bare name, which is found if they are loaded already.
  Dl_info info;
  if (dladdr(reinterpret_cast<void *>(d.nvrtcCompileProgram), &info) && info.dli_fname) {
    std::string path = info.dli_fname;
    path = path.substr(0, path.rfind('/') + 1) + "libnvrtc-builtins.so.13.0";
    dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);  // without it compiling fails, and says so
  }
  return d;
}

std::string compile(const driver &d, const char *source, const std::vector<std::string> &options) {
  nvrtcProgram program;
  if (d.nvrtcCreateProgram(&program, source, "fused.cu", 0, nullptr, nullptr)) throw std::runtime_error("nvrtcCreateProgram failed");
  std::vector<const char *> texts;
  for (const std::string &o : options) texts.push_back(o.c_str());
  int failed = d.nvrtcCompileProgram(program, texts.size(), texts.data());
  size_t size = 0;
  std::string out;
  if (failed) {
    d.nvrtcGetProgramLogSize(program, &size);
    out.resize(size);
    d.nvrtcGetProgramLog(program, out.data());
  } else {
    d.nvrtcGetCUBINSize(program, &size);
    out.resize(size);
    d.nvrtcGetCUBIN(program, out.data());
  }
  d.nvrtcDestroyProgram(&program);
  if (failed) throw std::runtime_error("nvrtc: " + out);
  return out;
}

}  // namespace

struct rm_kernels {
  driver d;
  int64_t width;
  CUmodule module = nullptr;
  CUfunction add_norm, add_norm_backward, bias_gelu, bias_gelu_backward, column_sums, add_parts, adamw;

  ~rm_kernels() {
    if (module) d.cuModuleUnload(module);
  }

  template <typename... Arguments>
  void launch(CUfunction f, int64_t x, int64_t y, int threads, const at::Tensor &on, Arguments... arguments) const {
    c10::DeviceGuard guard(on.device());
    c10::impl::VirtualGuardImpl device(on.device().type());
    auto stream = static_cast<CUstream>(device.getStreamNativeHandle(device.getStream(on.device())));
    void *all[] = {&arguments...};
    d.check("cuLaunchKernel", d.cuLaunchKernel(f, x, y, 1, threads, 1, 1, 0, stream, all, nullptr));
  }

  // sums adds up the rows of parts, float32, to bfloat16.
  at::Tensor sums(const at::Tensor &parts) const {
    int blocks = parts.size(0), columns = parts.numel() / blocks;
    at::Tensor to = at::empty({columns}, parts.options().dtype(at::kBFloat16));
    launch(add_parts, columns / 32, 1, 128, parts, parts.data_ptr(), blocks, columns, to.data_ptr());
    return to;
  }
};

namespace {

constexpr int threads = 128, warps = 4;

// Blocks that walk over rows: enough to fill a large GPU a few times, so that their sums are few.
int64_t row_blocks(int64_t rows, int64_t others = 1) {
  int64_t most = std::max<int64_t>(1, 528 / others);
  return std::min<int64_t>((rows + warps - 1) / warps, most);
}

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

rm_kernels *kernels_of(AutogradContext *c) { return reinterpret_cast<rm_kernels *>(c->saved_data["kernels"].toInt()); }

void remember(AutogradContext *c, rm_kernels *k) { c->saved_data["kernels"] = static_cast<int64_t>(reinterpret_cast<intptr_t>(k)); }

void check_rows(const rm_kernels *k, const at::Tensor &x, int64_t columns) {
  TORCH_CHECK(x.dim() == 2 && x.size(1) == columns && x.is_contiguous() && x.scalar_type() == at::kBFloat16,
              "a kernel takes contiguous bfloat16 rows of ", columns, ", not ", x.sizes());
}

struct AddNorm : torch::autograd::Function<AddNorm> {
  static Variable forward(AutogradContext *c, const at::Tensor &x, const at::Tensor &bias, const at::Tensor &residual,
                          const at::Tensor &gamma, const at::Tensor &beta, const at::Tensor &seed, rm_kernels *k,
                          int64_t site, double dropout, double eps) {
    check_rows(k, x, k->width);
    check_rows(k, residual, k->width);
    int rows = x.size(0), at = site;
    // Of 16 random bits: the share that is dropped is a multiple of 1/65536.
    unsigned below = std::lround(dropout * 65536);
    float scale = 65536.0f / (65536 - below), epsilon = eps;
    at::Tensor y = at::empty_like(residual), sum = at::empty_like(residual);
    at::Tensor stats = at::empty({2, rows}, x.options().dtype(at::kFloat));
    k->launch(k->add_norm, (rows + warps - 1) / warps, 1, threads, x, x.data_ptr(), bias.data_ptr(), residual.data_ptr(),
              gamma.data_ptr(), beta.data_ptr(), seed.data_ptr(), at, below, scale, epsilon, rows, y.data_ptr(),
              sum.data_ptr(), stats.data_ptr());
    remember(c, k);
    c->saved_data["site"] = site;
    c->saved_data["dropout"] = dropout;
    c->save_for_backward({sum, stats, gamma, seed});
    return y;
  }

  static variable_list backward(AutogradContext *c, variable_list grads) {
    rm_kernels *k = kernels_of(c);
    variable_list saved = c->get_saved_variables();
    at::Tensor dy = grads[0].contiguous(), dx = at::empty_like(dy), dresidual = at::empty_like(dy);
    int rows = dy.size(0), at = c->saved_data["site"].toInt();
    unsigned below = std::lround(c->saved_data["dropout"].toDouble() * 65536);
    float scale = 65536.0f / (65536 - below);
    int64_t blocks = row_blocks(rows);
    at::Tensor parts = at::empty({blocks, 3, k->width}, dy.options().dtype(at::kFloat));
    k->launch(k->add_norm_backward, blocks, 1, threads, dy, dy.data_ptr(), saved[0].data_ptr(), saved[1].data_ptr(),
              saved[2].data_ptr(), saved[3].data_ptr(), at, below, scale, rows, dx.data_ptr(), dresidual.data_ptr(),
              parts.data_ptr());
    std::vector<at::Tensor> sums = k->sums(parts).view({3, k->width}).unbind(0);
    return {dx, sums[0], dresidual, sums[1], sums[2], Variable(), Variable(), Variable(), Variable(), Variable()};
  }
};

struct BiasGelu : torch::autograd::Function<BiasGelu> {
  static Variable forward(AutogradContext *c, const at::Tensor &x, const at::Tensor &bias, rm_kernels *k) {
    check_rows(k, x, bias.numel());
    int rows = x.size(0), columns = x.size(1);
    at::Tensor y = at::empty_like(x);
    int64_t wide = columns / 128;
    k->launch(k->bias_gelu, wide, row_blocks(rows, std::max<int64_t>(1, wide / 8)), threads, x, x.data_ptr(),
              bias.data_ptr(), rows, columns, y.data_ptr());
    remember(c, k);
    c->save_for_backward({x, bias});
    return y;
  }

  static variable_list backward(AutogradContext *c, variable_list grads) {
    rm_kernels *k = kernels_of(c);
    variable_list saved = c->get_saved_variables();
    at::Tensor dy = grads[0].contiguous(), dx = at::empty_like(dy);
    int rows = dy.size(0), columns = dy.size(1);
    int64_t wide = columns / 128, blocks = row_blocks(rows, std::max<int64_t>(1, wide / 4));
    at::Tensor parts = at::empty({blocks, columns}, dy.options().dtype(at::kFloat));
    k->launch(k->bias_gelu_backward, wide, blocks, threads, dy, dy.data_ptr(), saved[0].data_ptr(), saved[1].data_ptr(),
              rows, columns, dx.data_ptr(), parts.data_ptr());
    return {dx, k->sums(parts), Variable()};
  }
};

struct FusedLinear : torch::autograd::Function<FusedLinear> {
  static Variable forward(AutogradContext *c, const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias,
                          rm_kernels *k) {
    remember(c, k);
    c->save_for_backward({x, weight});
    return at::addmm(bias, x, weight.t());
  }

  static variable_list backward(AutogradContext *c, variable_list grads) {
    rm_kernels *k = kernels_of(c);
    variable_list saved = c->get_saved_variables();
    at::Tensor dy = grads[0].contiguous();
    int rows = dy.size(0), columns = dy.size(1);
    int64_t wide = columns / 128, blocks = row_blocks(rows, std::max<int64_t>(1, wide / 4));
    at::Tensor parts = at::empty({blocks, columns}, dy.options().dtype(at::kFloat));
    k->launch(k->column_sums, wide, blocks, threads, dy, dy.data_ptr(), rows, columns, parts.data_ptr());
    return {dy.mm(saved[1]), dy.t().mm(saved[0]), k->sums(parts), Variable()};
  }
};

}  // namespace

extern "C" {

char *rm_kernels_compile(const char *source, const char *lib_folder, int gpu, int64_t width, rm_kernels **out) {
  return guarded([&] {
    auto k = std::make_unique<rm_kernels>();
    k->d = load(lib_folder);
    k->width = width;
    int major = 0, minor = 0;
    k->d.check("cuDeviceGetAttribute", k->d.cuDeviceGetAttribute(&major, compute_capability_major, gpu));
    k->d.check("cuDeviceGetAttribute", k->d.cuDeviceGetAttribute(&minor, compute_capability_minor, gpu));
    std::string cubin = compile(k->d, source, {"--gpu-architecture=sm_" + std::to_string(major) + std::to_string(minor),
                                               "--std=c++17", "-DH=" + std::to_string(width)});
    c10::DeviceGuard guard(at::Device(at::kCUDA, gpu));
    // Makes the device's context the calling thread's, which the driver loads into.
    c10::impl::VirtualGuardImpl(at::kCUDA).synchronizeDevice(gpu);
    k->d.check("cuModuleLoadData", k->d.cuModuleLoadData(&k->module, cubin.data()));
    auto function = [&](const char *name, CUfunction &f) {
      k->d.check(name, k->d.cuModuleGetFunction(&f, k->module, name));
    };
    function("add_norm", k->add_norm);
    function("add_norm_backward", k->add_norm_backward);
    function("bias_gelu", k->bias_gelu);
    function("bias_gelu_backward", k->bias_gelu_backward);
    function("column_sums", k->column_sums);
    function("add_parts", k->add_parts);
    function("adamw", k->adamw);
    *out = k.release();
  });
}

void rm_kernels_free(rm_kernels *kernels) { delete kernels; }

char *rm_add_norm(rm_kernels *k, void *x, void *bias, void *residual, void *gamma, void *beta, void *seed, int64_t site,
                  double dropout, double eps, void **out) {
  return guarded([&] {
    *out = new at::Tensor(AddNorm::apply(as_tensor(x), as_tensor(bias), as_tensor(residual), as_tensor(gamma),
                                         as_tensor(beta), as_tensor(seed), k, site, dropout, eps));
  });
}

char *rm_bias_gelu(rm_kernels *k, void *x, void *bias, void **out) {
  return guarded([&] { *out = new at::Tensor(BiasGelu::apply(as_tensor(x), as_tensor(bias), k)); });
}

char *rm_fused_linear(rm_kernels *k, void *x, void *weight, void *bias, void **out) {
  return guarded([&] { *out = new at::Tensor(FusedLinear::apply(as_tensor(x), as_tensor(weight), as_tensor(bias), k)); });
}

char *rm_adamw_flat(rm_kernels *k, void *param, void *grad, void *exp_avg, void *exp_avg_sq, void *half, void *classes,
                    void *shares, void *settings, void *norm, double beta1, double beta2, double eps, double weight_decay) {
  return guarded([&] {
    at::Tensor &p = as_tensor(param);
    void *halves = half ? as_tensor(half).data_ptr() : nullptr;
    void *shares_by_depth = shares ? as_tensor(shares).data_ptr() : nullptr;
    float b1 = beta1, b2 = beta2, e = eps, w = weight_decay;
    long n = p.numel();
    k->launch(k->adamw, std::min<int64_t>((n / 4 + 256) / 256, 132 * 16), 1, 256, p, p.data_ptr(), as_tensor(grad).data_ptr(),
              as_tensor(exp_avg).data_ptr(), as_tensor(exp_avg_sq).data_ptr(), halves, as_tensor(classes).data_ptr(), shares_by_depth,
              as_tensor(settings).data_ptr(), as_tensor(norm).data_ptr(), b1, b2, e, w, n);
  });
}

char *rm_vector_norm(void *x, void *norm) {
  return guarded([&] { as_tensor(norm).copy_(at::linalg_vector_norm(as_tensor(x), 2)); });
}

}  // extern "C"
