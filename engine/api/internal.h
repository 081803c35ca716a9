// What stands behind the public handles, and the way into them. The engine's own headers come first: after them the
// names of the public API are spelled api::Engine, and inside heddle::api the plain names are the public ones.
//
// A StoreCell is a store's identity. Every handle holds it, and finds in it the store, or that the store is gone.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "exec/invoke.h"
#include "exec/link.h"
#include "runtime/module.h"
#include "runtime/store.h"

#include <heddle/heddle.h>

namespace heddle::api::detail {

struct ErrorData {
  ErrorKind kind = ErrorKind::system;
  ErrorCode code = ErrorCode::none;  // none where the embedder made it
  std::string message;
  std::vector<std::string> notes;
  uint32_t offset = 0;
  bool stopped = false;  // `trap` tells where
  Trap trap;
  ExnRef exception;
};

// A host function and its canonical type. Shared by linkers and the stores that have it.
struct HostDefinition {
  HostFunction function;
  TypeUse type;
};

// A struct or array type, and what holds it in the registry: an entry of its own, or the module that defines it.
struct AggregateType {
  std::shared_ptr<rt::Engine> engine;
  TypeId id = kNoType;
  TypeUse own;
  std::shared_ptr<rt::Module> module;
};

struct StoreCell : std::enable_shared_from_this<StoreCell> {
  // Types of objects that the embedder has made. They go after the store.
  std::unordered_map<TypeId, std::shared_ptr<const AggregateType>> types;
  std::unique_ptr<rt::Store> store;  // null: gone, or never made
  ErrorCode status = ErrorCode::none;
  void* data = nullptr;
  std::unordered_map<const HostDefinition*, rt::FuncRef*> host_funcs;  // of linkers, made on first use
  std::shared_ptr<void> components;  // what the Component Model has on top of the store; goes before it
};

struct Access {
  static const std::shared_ptr<rt::Engine>& engine(const Engine& e) { return e.engine_; }
  static const std::shared_ptr<rt::Module>& module(const Module& m) { return m.module_; }
  static Module module(std::shared_ptr<rt::Module> m) { return Module(std::move(m)); }
  static StoreCell* cell(StoreRef s) { return s.cell_; }
  static StoreCell* cell(const Store& s) { return s.cell_.get(); }
  static StoreCell* cell(const Caller& c) { return c.cell_; }
  static InterruptHandle interrupt_handle(std::shared_ptr<rt::Interruptor> i) {
    return InterruptHandle(std::move(i));
  }
  static rt::EngineConfig config(const Config& config);

  static ::heddle::ValType internal(ValType t) { return ::heddle::ValType::from_bits(t.bits_); }
  static ValType external(::heddle::ValType t) { return ValType(t.bits()); }

  static Func func(StoreCell* cell, const rt::FuncRef* f) { return Func(f ? cell->shared_from_this() : nullptr, f); }
  static const rt::FuncRef* func(const Func& f) { return f.func_; }
  static StoreCell* cell(const Func& f) { return f.cell_.get(); }
  static Instance instance(StoreCell* cell, rt::Instance* i) { return Instance(cell->shared_from_this(), i); }
  static rt::Instance* instance(const Instance& i) { return i.instance_; }
  static StoreCell* cell(const Instance& i) { return i.cell_.get(); }
  static Table table(StoreCell* cell, rt::Table* t) { return Table(cell->shared_from_this(), t); }
  static rt::Table* table(const Table& t) { return t.table_; }
  static StoreCell* cell(const Table& t) { return t.cell_.get(); }
  static Global global(StoreCell* cell, rt::Global* g) { return Global(cell->shared_from_this(), g); }
  static rt::Global* global(const Global& g) { return g.global_; }
  static StoreCell* cell(const Global& g) { return g.cell_.get(); }
  static Tag tag(StoreCell* cell, rt::Tag* t) { return Tag(cell->shared_from_this(), t); }
  static rt::Tag* tag(const Tag& t) { return t.tag_; }
  static StoreCell* cell(const Tag& t) { return t.cell_.get(); }
  static const std::shared_ptr<const AggregateType>& type(const StructType& t) { return t.type_; }
  static const std::shared_ptr<const AggregateType>& type(const ArrayType& t) { return t.type_; }
  template <class T>
  static T type(std::shared_ptr<const AggregateType> t) {
    return T(std::move(t));
  }
  static Memory memory(StoreCell* cell, rt::Memory* m);
  static rt::Memory* memory(const Memory& m) { return m.memory_; }
  static const std::shared_ptr<rt::Memory>& shared(const Memory& m) { return m.shared_; }
  static const std::shared_ptr<rt::Engine>& engine(const Memory& m) { return m.engine_; }
  static StoreCell* cell(const Memory& m) { return m.cell_.get(); }
  static Caller caller(StoreCell* cell) { return Caller(cell); }

  // References of the collected heap, rooted and back.
  static Ref root(StoreCell* cell, rt::Ref ref);
  static rt::Ref raw(const Ref& ref);
  static bool belongs(const Ref& ref, const StoreCell* cell) { return ref.is_null() || ref.cell_.get() == cell; }
  template <class T>
  static T as(Ref ref) {
    return T(std::move(ref));
  }
  template <class T>
  static T root_as(StoreCell* cell, rt::Ref ref) {
    return T(root(cell, ref));
  }

  static StoreCell* cell(const Ref& ref) { return ref.cell_.get(); }
  static void set_func(Val& value, const Func& func);
  static Func func_of(const Val& value);
  static HeapKind hierarchy(const Val& value);

  // Slots of a canonical type and values. to_slots fails with wrong_value or wrong_store.
  static Val value(StoreCell* cell, ::heddle::ValType type, const rt::Slot* slots);
  static ::heddle::Result<void> to_slots(StoreCell* cell, const Val& value, ::heddle::ValType type, rt::Slot* slots);

  static Error error(ErrorData data);
  static Error error(ErrorCode code, const std::string& detail = {});
  static Error error(const ::heddle::Error& error, const ErrorSink& sink);
  static const std::shared_ptr<const ErrorData>& data(const Error& e) { return e.data_; }
  static Error error(std::shared_ptr<const ErrorData> data) { return Error(std::move(data)); }
};

// The store behind a handle, or why there is none.
::heddle::Result<rt::Store*> alive(const StoreCell* cell);
Error gone(const StoreCell* cell);
// "expected 2 arguments, found 3"
Error wrong_count(std::string_view what, size_t wanted, size_t found);
// "argument 2: expected i32, found f32"
Error mismatch(ErrorCode code, std::string_view what, size_t index, ::heddle::ValType wanted, const Val& found);
// What ended a call, from store.pending.
Error failure(StoreCell* cell, rt::Outcome outcome);
// The outcome of a host function that failed with `error`.
rt::Outcome fail(StoreCell* cell, const Error& error);

// The function of a definition in a store: made once a store.
rt::FuncRef* func_in(StoreCell* cell, const std::shared_ptr<const HostDefinition>& definition);
::heddle::Result<std::shared_ptr<const HostDefinition>> define(rt::Engine& engine, HostFunction function);

FuncType type_of_func(const TypeRegistry& types, TypeId id);
ExternKind kind_of(::heddle::ExternKind kind);

}  // namespace heddle::api::detail
