// Components and their definitions.
#include "component/text/print.h"

#include "binary/decode.h"
#include "binary/names.h"
#include "component/binary/names.h"
#include "component/text/printer.h"
#include "text/print.h"

namespace heddle::component {
namespace {

// What a nested module uses is its own affair.
heddle::Features all_core_features() {
  heddle::Features features;
  for (size_t i = 0; i < std::size(heddle::kFeatures); ++i) features.set(static_cast<heddle::Feature>(i), true);
  return features;
}

bool is_named(const heddle::text::IdMap::Id* id, std::string_view name) {
  return id ? id->exact && id->name == name : name.empty();
}

}  // namespace

std::string Printer::run(const Component& component, const Names* names) {
  put("(component");
  if (names && !names->component.empty()) {
    const std::string id = heddle::text::identifier(names->component);
    put(id.empty() ? "" : " " + id);
  }
  contents(component, names, 0);
  put(")\n");
  return std::move(text_);
}

void Printer::contents(const Component& c, const Names* names, size_t depth) {
  PrintScope scope;
  PrintScope* outer = std::exchange(scope_, &scope);
  if (names) {
    for (size_t i = 0; i < kSorts; ++i) scope.ids[i] = heddle::text::IdMap(names->sorts[i], UINT32_MAX);
  }
  const bool printed_names = names && !encode_names(*names).empty();
  bool seen_names = false;
  for (const Run& run : c.order) {
    for (uint32_t i = run.first; i < run.first + run.count; ++i) {
      if (run.kind == DefKind::custom) {
        const bool is_names = printed_names && !seen_names && c.customs[i].name == kNameSection;
        seen_names |= is_names;
        if (is_names) continue;
      }
      line(depth + 1);
      definition(c, names, run.kind, i, depth + 1);
    }
  }
  if (!c.order.empty()) line(depth);
  scope_ = outer;
}

void Printer::definition(const Component& c, const Names* names, DefKind kind, uint32_t i, size_t depth) {
  switch (kind) {
    case DefKind::custom: return custom(c.customs[i]);
    case DefKind::core_module: return core_module(c.core_modules[i], depth);
    case DefKind::core_instance: return core_instance(c.core_instances[i], depth);
    case DefKind::core_type: return core_type(c.core_types[i], "core ", depth);
    case DefKind::component: {
      const bool named = names && i < names->components.size();
      return nested_component(c.components[i], named ? &names->components[i] : nullptr, depth);
    }
    case DefKind::instance: return instance(c.instances[i], depth);
    case DefKind::alias: return alias(c.aliases[i], false);
    case DefKind::type: return type(c.types[i], depth);
    case DefKind::canon: return canon(c.canons[i]);
    case DefKind::start: return start(c.starts[i]);
    case DefKind::import: return import(c.imports[i], "import");
    case DefKind::export_: return export_definition(c.exports[i]);
    case DefKind::value: return value(c.values[i]);
  }
}

void Printer::custom(const Custom& custom) {
  put("(@custom");
  string(custom.name);
  put(" ");
  heddle::text::append_string(text_, {reinterpret_cast<const char*>(custom.bytes.data()), custom.bytes.size()});
  put(")");
}

// --- modules and components

// The annotation says what the module calls itself where its identifier does not.
void Printer::own_name(Sort sort, std::string_view name) {
  const heddle::text::IdMap::Id* id = identified(sort, scope_->count(sort));
  if (id && !id->text.empty()) put(" " + id->text);
  index_comment(scope_->count(sort)++);
  if (is_named(id, name)) return;
  put(" (@name");
  string(name);
  put(")");
}

void Printer::core_module(const CoreModule& module, size_t depth) {
  put("(core module");
  auto decoded = binary::decode(module.bytes, all_core_features(), nullptr);
  if (!decoded.ok()) {
    bind(Sort::core_module);
    put(" binary ");
    heddle::text::append_string(text_, {reinterpret_cast<const char*>(module.bytes.data()), module.bytes.size()});
    return put(")");
  }
  syntax::Names names = binary::decode_names(decoded.value());
  own_name(Sort::core_module, names.module);
  names.module.clear();
  const std::string whole = heddle::text::print(decoded.value(), &names);
  constexpr std::string_view kOpen = "(module";
  std::string_view fields = std::string_view(whole).substr(kOpen.size());
  fields.remove_suffix(1);
  for (size_t end = fields.find('\n'); end != std::string_view::npos; end = fields.find('\n')) {
    put(fields.substr(0, end));
    line(depth);
    fields.remove_prefix(end + 1);
  }
  put(fields);
}

void Printer::nested_component(const Component& c, const Names* names, size_t depth) {
  put("(component");
  if (names) {
    own_name(Sort::component, names->component);
  } else {
    bind(Sort::component);
  }
  contents(c, names, depth);
  put(")");
}

// --- instances

void Printer::core_instance(const CoreInstance& instance, size_t depth) {
  put("(core instance");
  binding(Sort::core_instance, [&] {
    if (instance.module) {
      put(" (instantiate");
      ref(Sort::core_module, *instance.module);
    }
    for (const CoreInstance::Arg& arg : instance.args) {
      line(depth + 1);
      put("(with");
      string(arg.name);
      put(" (instance");
      ref(Sort::core_instance, arg.instance);
      put("))");
    }
    for (const CoreInstance::Export& item : instance.exports) {
      line(depth + 1);
      put("(export");
      string(item.name);
      put(" (");
      put(info(item.what.sort).text);
      ref(item.what.sort, item.what.index);
      put("))");
    }
  });
  put(instance.module ? "))" : ")");
}

void Printer::instance(const Instance& instance, size_t depth) {
  put("(instance");
  binding(Sort::instance, [&] {
    if (instance.component) {
      put(" (instantiate");
      ref(Sort::component, *instance.component);
    }
    for (const Instance::Arg& arg : instance.args) {
      line(depth + 1);
      put("(with");
      string(arg.name);
      item(arg.what);
      put(")");
    }
    for (const Instance::Export& exported : instance.exports) {
      line(depth + 1);
      put("(export");
      extern_name(exported.name);
      item(exported.what);
      put(")");
    }
  });
  put(instance.component ? "))" : ")");
}

// --- functions

void Printer::canon(const Canon& canon) {
  const Sort made = canon.op == CanonOp::lift ? Sort::func : Sort::core_func;
  put("(");
  sort(made);
  binding(made, [&] {
    if (made == Sort::func) labelled(" (type", Sort::type, canon.type);
    put(" (canon ");
    put(info(canon.op).text);
    operands(canon);
  });
  put("))");
}

void Printer::operands(const Canon& canon) {
  auto word = [&](bool flag, std::string_view text) { put(flag ? text : ""); };
  switch (info(canon.op).operands) {
    case Operands::lift: item({Sort::core_func, canon.func}); return options(canon.options);
    case Operands::lower: item({Sort::func, canon.func}); return options(canon.options);
    case Operands::none: return;
    case Operands::type: return ref(Sort::type, canon.type);
    case Operands::type_options: ref(Sort::type, canon.type); return options(canon.options);
    case Operands::type_async: ref(Sort::type, canon.type); return word(canon.async, " async");
    case Operands::task_return:
      if (canon.result.present()) {
        put(" (result");
        val_type(canon.result);
        put(")");
      }
      return options(canon.options);
    case Operands::async: return word(canon.async, " async");
    case Operands::cancellable: return word(canon.cancellable, " cancellable");
    case Operands::wait:
      word(canon.cancellable, " cancellable");
      return labelled(" (memory", Sort::core_memory, canon.core_memory);
    case Operands::context:
      core().val_type(canon.slot_type);
      take_core();
      put(" ");
      return number(canon.slot);
    case Operands::options: return options(canon.options);
    case Operands::thread_new: ref(Sort::core_type, canon.core_type); return ref(Sort::core_table, canon.core_table);
    case Operands::spawn_ref: word(canon.shared, " shared"); return ref(Sort::core_type, canon.core_type);
    case Operands::spawn_indirect:
      word(canon.shared, " shared");
      ref(Sort::core_type, canon.core_type);
      return ref(Sort::core_table, canon.core_table);
    case Operands::shared: return word(canon.shared, " shared");
  }
}

void Printer::options(const List<CanonOption>& options) {
  for (const CanonOption& option : options) {
    put(has_index(option.kind) ? " (" : " ");
    put(text_of(option.kind));
    if (!has_index(option.kind)) continue;
    ref(option.kind == OptionKind::memory ? Sort::core_memory : Sort::core_func, option.index);
    put(")");
  }
}

void Printer::start(const Start& start) {
  put("(start");
  ref(Sort::func, start.func);
  for (uint32_t arg : start.args) item({Sort::value, arg});
  for (uint32_t i = 0; i < start.results; ++i) {
    put(" (result (value");
    bind(Sort::value);
    put("))");
  }
  put(")");
}

// --- exports, values

void Printer::export_definition(const Export& item) {
  put("(export");
  binding(item.what.sort, [&] {
    extern_name(item.name);
    this->item(item.what);
    if (item.type) extern_type(*item.type, false);
  });
  put(")");
}

void Printer::value(const Value& value) {
  put("(value");
  bind(Sort::value);
  typed_value(value.type);
  put(" (binary ");
  heddle::text::append_string(text_, {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
  put("))");
}

std::string print(const Component& component, const Names* names) { return Printer().run(component, names); }

}  // namespace heddle::component
