// heddle, a WebAssembly engine: all of its C++ interface. Ten lines are enough:
//
//   heddle::Engine engine;
//   auto module = heddle::Module::from_file(engine, "hello.wasm").value();
//   heddle::Linker linker(engine);
//   linker.define("host", "print", [](int32_t n) { std::printf("%d\n", n); });
//   heddle::Store store(engine);
//   auto instance = linker.instantiate(store, module).value();
//   auto add = instance.typed<int32_t(int32_t, int32_t)>("add").value();
//   std::printf("%d\n", add(2, 3).value());
#pragma once
#include <heddle/config.h>
#include <heddle/engine.h>
#include <heddle/error.h>
#include <heddle/func.h>
#include <heddle/gc.h>
#include <heddle/global.h>
#include <heddle/instance.h>
#include <heddle/linker.h>
#include <heddle/memory.h>
#include <heddle/module.h>
#include <heddle/result.h>
#include <heddle/store.h>
#include <heddle/table.h>
#include <heddle/tag.h>
#include <heddle/value.h>
