// A section for each run of definitions, or for each definition where a section holds only one.
#include "component/binary/encode.h"

#include "component/binary/encode_types.h"

namespace heddle::component {
namespace {

using binary::Writer;

class Encoder {
 public:
  Encoder(const Component& component, std::vector<uint8_t>& out) : c_(component), out_(out) {}

  void run();

 private:
  void single(DefKind kind, uint32_t i);
  void definition(DefKind kind, uint32_t i);

  void core_instance(const CoreInstance& instance);
  void instance(const Instance& instance);
  void canon(const Canon& canon);
  void options(const List<CanonOption>& options);
  void start(const Start& start);
  void sort_index(SortIndex what) {
    write(out_, what.sort);
    out_.u32(what.index);
  }

  const Component& c_;
  Writer out_;
};

bool one_a_section(DefKind kind) {
  return kind == DefKind::custom || kind == DefKind::core_module || kind == DefKind::component ||
         kind == DefKind::start;
}

void Encoder::run() {
  constexpr uint8_t kPreamble[] = {0x00, 'a', 's', 'm', 0x0d, 0x00, 0x01, 0x00};
  out_.bytes(kPreamble);
  for (const Run& run : c_.order) {
    auto section = [&](auto&& content) {
      out_.byte(static_cast<uint8_t>(run.kind));
      out_.sized(content);
    };
    if (one_a_section(run.kind)) {
      for (uint32_t i = 0; i < run.count; ++i) section([&] { single(run.kind, run.first + i); });
    } else {
      section([&] {
        out_.u32(run.count);
        for (uint32_t i = 0; i < run.count; ++i) definition(run.kind, run.first + i);
      });
    }
  }
}

// What a section holds one of.
void Encoder::single(DefKind kind, uint32_t i) {
  if (kind == DefKind::custom) {
    out_.name(c_.customs[i].name);
    out_.bytes(c_.customs[i].bytes);
  } else if (kind == DefKind::core_module) {
    out_.bytes(c_.core_modules[i].bytes);
  } else if (kind == DefKind::component) {
    Encoder(c_.components[i], out_.out()).run();
  } else {
    start(c_.starts[i]);
  }
}

// What a section holds many of.
void Encoder::definition(DefKind kind, uint32_t i) {
  switch (kind) {
    case DefKind::core_instance: return core_instance(c_.core_instances[i]);
    case DefKind::core_type: return write(out_, c_.core_types[i]);
    case DefKind::instance: return instance(c_.instances[i]);
    case DefKind::alias: return write(out_, c_.aliases[i]);
    case DefKind::type: return write(out_, c_.types[i]);
    case DefKind::canon: return canon(c_.canons[i]);
    case DefKind::import: return write(out_, c_.imports[i]);
    case DefKind::export_: {
      const Export& item = c_.exports[i];
      write(out_, item.name);
      sort_index(item.what);
      out_.byte(item.type.has_value());
      if (item.type) write(out_, *item.type);
      return;
    }
    case DefKind::value:
      write(out_, c_.values[i].type);
      out_.u64(c_.values[i].bytes.size());
      return out_.bytes(c_.values[i].bytes);
    case DefKind::custom:
    case DefKind::core_module:
    case DefKind::component:
    case DefKind::start: return single(kind, i);
  }
}

void Encoder::start(const Start& start) {
  out_.u32(start.func);
  out_.u64(start.args.size());
  for (uint32_t value : start.args) out_.u32(value);
  out_.u32(start.results);
}

void Encoder::core_instance(const CoreInstance& instance) {
  out_.byte(!instance.module);
  if (instance.module) {
    out_.u32(*instance.module);
    out_.u64(instance.args.size());
    for (const CoreInstance::Arg& arg : instance.args) {
      out_.name(arg.name);
      out_.byte(info(Sort::core_instance).code);
      out_.u32(arg.instance);
    }
    return;
  }
  out_.u64(instance.exports.size());
  for (const CoreInstance::Export& item : instance.exports) {
    out_.name(item.name);
    out_.byte(info(item.what.sort).code);
    out_.u32(item.what.index);
  }
}

void Encoder::instance(const Instance& instance) {
  out_.byte(!instance.component);
  if (instance.component) {
    out_.u32(*instance.component);
    out_.u64(instance.args.size());
    for (const Instance::Arg& arg : instance.args) {
      out_.name(arg.name);
      sort_index(arg.what);
    }
    return;
  }
  out_.u64(instance.exports.size());
  for (const Instance::Export& item : instance.exports) {
    write(out_, item.name);
    sort_index(item.what);
  }
}

void Encoder::options(const List<CanonOption>& options) {
  out_.u64(options.size());
  for (const CanonOption& option : options) {
    out_.byte(static_cast<uint8_t>(option.kind));
    if (has_index(option.kind)) out_.u32(option.index);
  }
}

void Encoder::canon(const Canon& canon) {
  out_.byte(info(canon.op).code);
  switch (info(canon.op).operands) {
    case Operands::lift:
    case Operands::lower:
      out_.byte(0);  // a function
      out_.u32(canon.func);
      options(canon.options);
      if (info(canon.op).operands == Operands::lift) out_.u32(canon.type);
      return;
    case Operands::none: return;
    case Operands::type: return out_.u32(canon.type);
    case Operands::type_options: out_.u32(canon.type); return options(canon.options);
    case Operands::type_async: out_.u32(canon.type); return out_.byte(canon.async);
    case Operands::task_return: write_result_list(out_, canon.result); return options(canon.options);
    case Operands::async: return out_.byte(canon.async);
    case Operands::cancellable: return out_.byte(canon.cancellable);
    case Operands::wait: out_.byte(canon.cancellable); return out_.u32(canon.core_memory);
    case Operands::context: out_.val_type(canon.slot_type); return out_.u32(canon.slot);
    case Operands::options: return options(canon.options);
    case Operands::thread_new: out_.u32(canon.core_type); return out_.u32(canon.core_table);
    case Operands::spawn_ref: out_.byte(canon.shared); return out_.u32(canon.core_type);
    case Operands::spawn_indirect:
      out_.byte(canon.shared);
      out_.u32(canon.core_type);
      return out_.u32(canon.core_table);
    case Operands::shared: return out_.byte(canon.shared);
  }
}

}  // namespace

std::vector<uint8_t> encode(const Component& component) {
  std::vector<uint8_t> out;
  Encoder(component, out).run();
  return out;
}

}  // namespace heddle::component
