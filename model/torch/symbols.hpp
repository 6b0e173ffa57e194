// Functions of libraries that are loaded at run time.
#pragma once
#include <dlfcn.h>
#include <stdexcept>
#include <string>

// find_symbol looks a function up by its name, or throws: "OWNER has no NAME".
template <typename F>
void find_symbol(void *library, const char *owner, const char *name, F &function) {
  function = reinterpret_cast<F>(dlsym(library, name));
  if (!function) throw std::runtime_error(std::string(owner) + " has no " + name);
}
