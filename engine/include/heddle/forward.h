// The names of the public API, declared. They live in heddle::api and are visible as heddle::Engine and so on. Only
// where the engine's own headers come first, in parts of heddle itself, they have to be written as
// heddle::api::Engine: those headers define a Result and an Error of their own.
#pragma once

namespace heddle::rt {
struct Engine;
struct Module;
struct Store;
struct Instance;
struct FuncRef;
struct Table;
struct Global;
struct Tag;
class Memory;
class Interruptor;
class HostModule;
}  // namespace heddle::rt

namespace heddle::api {

class Engine;
class Module;
class Store;
class Linker;
class Wasi;
class Instance;
class Func;
class Memory;
class Table;
class Global;
class Tag;
class Caller;
class Val;
class AnyRef;
class ExnRef;
class StructType;
class ArrayType;
class StructRef;
class ArrayRef;
class Error;
template <class Signature>
class TypedFunc;

namespace detail {
struct StoreCell;  // a store's identity, which outlives it
struct HostDefinition;
struct ErrorData;
struct AggregateType;
struct Access;  // the implementation's way into the objects
}  // namespace detail

}  // namespace heddle::api

#ifndef HEDDLE_ASSERT
namespace heddle {
using namespace api;
}
#endif
