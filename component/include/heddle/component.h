// Components (the Component Model): modules that speak in strings, lists, records and resources, and are linked by
// interfaces. The whole C++ interface of them; what they are made of is in the headers that this one includes.
//
//   Engine engine;
//   Component component = Component::from_file(engine, "greeter.wasm").value();
//   ComponentLinker linker(engine);
//   linker.define("shop:api/log#line", [](std::string_view text) { std::puts(std::string(text).c_str()); });
//   Store store(engine);
//   ComponentInstance instance = linker.instantiate(store, component).value();
//   auto greet = instance.get<std::string(std::string_view)>("shop:api/greetings#greet").value();
//   std::puts(greet("you").value().c_str());
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/component_func.h>
#include <heddle/component_types.h>
#include <heddle/component_val.h>
#include <heddle/engine.h>
#include <heddle/error_context.h>
#include <heddle/event_loop.h>
#include <heddle/resource.h>
#include <heddle/stream.h>
#include <heddle/task.h>
#include <heddle/wit_type.h>

namespace heddle::component::link {
struct Loaded;
}  // namespace heddle::component::link

namespace heddle::api {

class ComponentInstance;
class ComponentLinker;

// What a component asks for, or offers. `name` is that of WIT: "run", "shop:api/log@1.0.0"; of what is inside of an
// instance "shop:api/log@1.0.0#line" (until such names are 64 MiB in all). `type` is the text of `func`, else empty.
enum class ComponentKind : uint8_t { module, func, value, type, component, instance };
struct ComponentItem {
  std::string name;
  ComponentKind kind = ComponentKind::func;
  std::string type{};
  std::optional<WitFuncView> func{};      // of a function: its type
  std::optional<WitTypeView> wit_type{};  // of a type what it is, unless it is a resource; of a value its type
};

// What of the Component Model a component may use: from the start, what a release of WASI has shipped.
class ComponentFeatures {
 public:
  // Opens or shuts a gate of the specification by its name (Explainer.md, "Gated Features"), which begins with
  // "component-model-", here written without it, as it may be:
  //   open: "async", "map", "implements";
  //   shut: "values", "nested-names", "more-async-builtins", "async-stackful", "threading", "shared-threads",
  //   "fixed-length-lists", "error-context", "canonical-names", "memory64".
  // False if there is no such name.
  bool set(std::string_view name, bool on);

 private:
  friend struct detail::ComponentAccess;
  uint32_t on_ = 0, off_ = 0;
};

// Decoded and validated, ready to be instantiated any number of times in any store of its engine.
//
// Threads: immutable; any number may use one at the same time. Copies share it.
class Component {
 public:
  // Moving one copies it: none is ever empty.
  Component(const Component&) = default;
  Component& operator=(const Component&) = default;
  ~Component() = default;

  // The binary format. The bytes are copied. Errors: malformed, invalid.
  static Result<Component> from_binary(const Engine& engine, std::span<const uint8_t> bytes,
                                       const ComponentFeatures& features = {});
  // The text format.
  static Result<Component> from_text(const Engine& engine, std::string_view text,
                                     const ComponentFeatures& features = {});
  // A file in either format, told apart by its first bytes.
  static Result<Component> from_file(const Engine& engine, const std::string& path,
                                     const ComponentFeatures& features = {});

  std::vector<ComponentItem> imports() const;
  std::vector<ComponentItem> exports() const;
  // Its world, as WIT. Fails for what WIT cannot say, imports of core modules for example, and where the custom
  // section with its documentation is malformed.
  Result<std::string> wit() const;

 private:
  friend struct detail::ComponentAccess;
  Component(std::shared_ptr<rt::Engine> engine, std::shared_ptr<const component::link::Loaded> loaded)
      : engine_(std::move(engine)), loaded_(std::move(loaded)) {}
  std::shared_ptr<rt::Engine> engine_;
  std::shared_ptr<const component::link::Loaded> loaded_;
};

// An instance of a component, or one that it exports. Copying is cheap.
class ComponentInstance {
 public:
  // Moving one copies it: none is ever empty.
  ComponentInstance(const ComponentInstance&) = default;
  ComponentInstance& operator=(const ComponentInstance&) = default;
  ~ComponentInstance() = default;

  // A function by its name: "run"; "shop:api/greetings@1.0.0#greet", or with any version that serves that one;
  // "iface#[method]blob.read". `misuse` where there is none: the message says what there is.
  Result<ComponentFunc> func(std::string_view name) const;
  // The same with its signature, which is checked: get<std::string(std::string_view, uint32_t)>("iface#func").
  template <class Signature>
  Result<TypedComponentFunc<Signature>> get(std::string_view name) const {
    Result<ComponentFunc> found = func(name);
    if (!found) return found.error();
    return found->typed<Signature>();
  }
  // An instance that this one exports.
  Result<ComponentInstance> instance(std::string_view name) const;
  std::vector<ComponentItem> exports() const;

 private:
  friend struct detail::ComponentAccess;
  struct Data;
  ComponentInstance(std::shared_ptr<detail::StoreCell> cell, std::shared_ptr<const Data> data)
      : cell_(std::move(cell)), data_(std::move(data)) {}
  std::shared_ptr<detail::StoreCell> cell_;
  std::shared_ptr<const Data> data_;
};

// What components find under the names they import, and instantiation. An import of an interface is served by what is
// defined for it, or for a compatible later version of it: "a:b/c@1.2.3" serves who wants "a:b/c@1.2.0".
//
// Host functions belong to no store: one linker serves any number of stores. Instances serve their own store only.
//
// Threads: define from one; when all is defined, any number may instantiate, each in its own store.
class ComponentLinker {
 public:
  explicit ComponentLinker(const Engine& engine);
  ~ComponentLinker();
  // The other has no definitions any more.
  ComponentLinker(ComponentLinker&&) noexcept;
  ComponentLinker& operator=(ComponentLinker&&) noexcept;
  ComponentLinker(const ComponentLinker&);
  ComponentLinker& operator=(const ComponentLinker&);

  // Definitions for one interface: linker.interface("shop:api/log").define("line", ...).define("flush", ...).
  class Interface {
   public:
    template <class F>
    Interface& define(std::string_view func, F function) {
      linker_->define_host(name_, func, detail::host_component_function(std::move(function)));
      return *this;
    }
    template <class F>
    Interface& define_any(std::string_view func, F function) {
      linker_->define_host(name_, func, detail::any_component_function(std::move(function)));
      return *this;
    }
    template <class R>
    Interface& resource(std::string_view type) {
      linker_->define_resource(name_, type, &detail::resource_key<R>);
      return *this;
    }

   private:
    friend class ComponentLinker;
    Interface(ComponentLinker* linker, std::string_view name) : linker_(linker), name_(name) {}
    ComponentLinker* linker_;
    std::string name_;
  };
  // Use it at once: it refers to the linker.
  Interface interface(std::string_view name) { return Interface(this, name); }

  // A host function: a lambda, a function pointer or an object with one call operator, whose C++ types are its
  // signature (see component_types.h), compared with the import's type when a component is instantiated. An optional
  // first parameter of type ComponentCaller& tells who calls. It returns a value, nothing, a Result of these, or a
  // Task of these where the import is async; an error, like a C++ exception that leaves it, stops the guest with a
  // trap. The arguments of a task that waits are the store's to pay for. `name` is "interface#function", or a
  // function's that is imported by itself. A later definition of the same name replaces an earlier one; instances
  // keep those they were made with.
  template <class F>
  ComponentLinker& define(std::string_view name, F function) {
    const auto [interface, func] = split(name);
    define_host(interface, func, detail::host_component_function(std::move(function)));
    return *this;
  }
  // The same for an import of any type: it takes its arguments as values, in a std::vector<ComponentVal> or, if it is
  // no task, a std::span<ComponentVal>. Before them it may take a ComponentCaller&, then a const WitFuncView&: the
  // type of the import, whose parameters they are. It returns a std::optional<ComponentVal> (nothing: there is no
  // result), a ComponentVal, nothing, a Result of these or a Task of these. What it returns is looked at then: a
  // value that does not fit stops the guest with a trap that says where not.
  template <class F>
  ComponentLinker& define_any(std::string_view name, F function) {
    const auto [interface, func] = split(name);
    define_host(interface, func, detail::any_component_function(std::move(function)));
    return *this;
  }
  // A resource type of the embedder's, R (see resource.h): "interface#type".
  template <class R>
  ComponentLinker& resource(std::string_view name) {
    const auto [interface, type] = split(name);
    define_resource(interface, type, &detail::resource_key<R>);
    return *this;
  }
  // Everything that the instance exports under that name, or a compatible later version of it; or, if it is one that
  // was itself exported, that instance. A later definition of anything in an interface of that name replaces all of
  // it.
  ComponentLinker& define_instance(std::string_view name, const ComponentInstance& instance);

  // Defines what the component imports and nothing defines: functions, those of instances, too, as such that stop the
  // guest with a trap that names them; resource types as such of which nobody makes one.
  ComponentLinker& define_missing_as_traps(const Component& component);

  // The imports of a component for which there is no definition.
  std::vector<ComponentItem> missing(const Component& component) const;

  // Instantiates, which runs start functions of core modules. Errors: unlinkable, with what was wanted and what there
  // is; whatever stopped a start function.
  Result<ComponentInstance> instantiate(StoreRef store, const Component& component) const;

 private:
  friend struct detail::ComponentAccess;
  static std::pair<std::string_view, std::string_view> split(std::string_view name);
  void define_host(std::string_view interface, std::string_view name, detail::HostComponentFunction function);
  void define_resource(std::string_view interface, std::string_view name, const void* key);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heddle::api
