#include <ATen/core/Tensor.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

#include "native.h"

// In hook.go. rmGradReady returns NULL, or a message that is freed here.
extern "C" char *rmGradReady(uintptr_t hook);
extern "C" void rmGradHookGone(uintptr_t hook);

namespace {

// GoHook passes the event on to Go. It belongs to its tensor, and tells Go when it goes.
struct GoHook : torch::autograd::PostAccumulateGradHook {
  explicit GoHook(uintptr_t hook) : hook(hook) {}
  ~GoHook() override { rmGradHookGone(hook); }
  void operator()(const at::Tensor &) override {
    char *message = rmGradReady(hook);
    if (!message) return;
    std::string text(message);
    free(message);
    // The engine stops the pass and hands this to whoever began it.
    throw std::runtime_error(text);
  }
  const uintptr_t hook;
};

}  // namespace

extern "C" char *rm_on_grad(void *tensor, uintptr_t hook) {
  // From here on the hook goes with its owner, also when this fails.
  auto owned = std::make_unique<GoHook>(hook);
  try {
    torch::autograd::impl::set_post_acc_grad_hooks(*static_cast<at::Tensor *>(tensor), std::move(owned));
    return nullptr;
  } catch (const std::exception &e) {
    return strdup(e.what());
  }
}
