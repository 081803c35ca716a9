// Instances of components: finding what they export, and calls of values of any type.
#include <algorithm>

#include "component/api/internal.h"
#include "component/link/linker.h"
#include "component/wave/wave.h"

namespace heddle::api {

using detail::Access;
using detail::ComponentAccess;
using detail::FuncData;
using detail::gone;

namespace {

void add_names(std::vector<detail::NameParts>& names, const component::Items& items, component::Sort sort,
               std::string_view interface) {
  for (const component::Item& item : items) {
    if (item.entity.sort == sort) names.push_back({interface, item.name->text});
  }
}

// Functions of instances that it exports count among its own.
Error not_exported(const component::Types& types, const component::Items& exports, std::string_view name,
                   component::Sort sort) {
  std::vector<detail::NameParts> names;
  add_names(names, exports, sort, "");
  for (const component::Item& item : exports) {
    if (sort != component::Sort::func || item.entity.sort != component::Sort::instance) continue;
    add_names(names, types.interface(item.entity.type()).exports, sort, item.name->text);
  }
  return Access::error(ErrorCode::unknown_export, "no " + std::string(describe(sort)) + " `" + std::string(name) +
                                                      "`; " + detail::nearest_first(name, std::move(names)));
}

}  // namespace

Result<ComponentInstance> ComponentInstance::instance(std::string_view name) const {
  if (!detail::alive(cell_.get()).ok()) return gone(cell_.get());
  const component::Items& exports = data_->interface().exports;
  const component::Item* found = component::link::find_compatible(exports, name);
  if (!found || found->entity.sort != component::Sort::instance) {
    return not_exported(data_->types(), exports, name, component::Sort::instance);
  }
  auto made = std::make_shared<Data>(*data_);
  made->item = std::get<std::shared_ptr<const component::link::InstanceItem>>(*data_->item->find(found->name->text));
  made->type = found->entity.type();
  made->exported = true;
  return ComponentAccess::instance(cell_, std::move(made));
}

Result<ComponentFunc> ComponentInstance::func(std::string_view name) const {
  if (!detail::alive(cell_.get()).ok()) return gone(cell_.get());
  if (const size_t hash = name.find('#'); hash != std::string_view::npos) {
    Result<ComponentInstance> inner = instance(name.substr(0, hash));
    if (!inner) return inner.error();
    return inner->func(name.substr(hash + 1));
  }
  const component::Items& exports = data_->interface().exports;
  const component::Item* found = exports.find(name);
  if (!found || found->entity.sort != component::Sort::func) {
    return not_exported(data_->types(), exports, name, component::Sort::func);
  }
  const auto& item = std::get<component::link::FuncItem>(*data_->item->find(name));
  const auto type =
      detail::wit_func(std::string(name), *item.type, data_->types()[found->entity.type()], *data_->names);
  auto made = std::make_shared<FuncData>(*type);
  made->inst = item.inst;
  made->lifted = item.lifted;
  made->param_types = item.type->params;
  return ComponentAccess::func(cell_, std::move(made));
}

std::vector<ComponentItem> ComponentInstance::exports() const {
  return detail::Lister(data_->loaded).all(data_->interface().exports);
}

// --- calls without a signature

namespace {

Result<void> put(const detail::WitFunc& func, detail::CallValues& values, const std::vector<ComponentVal>& args) {
  if (args.size() != func.params.size()) {
    return Access::error(ErrorCode::wrong_signature, "expected " + detail::counted(func.params.size(), "argument") +
                                                         ", found " + std::to_string(args.size()));
  }
  for (size_t i = 0; i < args.size(); ++i) {
    if (detail::Wit<ComponentVal>::put(values.out, *func.params[i], args[i], values.args[i])) continue;
    values.out.in("parameter " + std::to_string(i + 1) + " `" + func.param_names[i] + "`");
    return values.out.error();
  }
  return {};
}

Result<std::optional<ComponentVal>> result_of(const detail::WitFunc& func, detail::CallValues& values) {
  if (!func.result) return std::optional<ComponentVal>();
  detail::Incoming in(values.out.cell);
  std::optional<ComponentVal> made = detail::Wit<ComponentVal>::get(in, *func.result, values.result);
  if (!in.ok()) return in.error();
  return made;
}

// With its own references: a host function that is called meanwhile may destroy the ComponentFunc.
Result<std::optional<ComponentVal>> call_with(std::shared_ptr<detail::StoreCell> cell,
                                              std::shared_ptr<const detail::WitFunc> func,
                                              const std::shared_ptr<detail::CallValues>& values) {
  Error error;
  if (!detail::call(cell, func, values, error)) return error;
  return result_of(*func, *values);
}

Task<Result<std::optional<ComponentVal>>> wait(std::shared_ptr<detail::StoreCell> cell,
                                               std::shared_ptr<const detail::WitFunc> func,
                                               std::shared_ptr<detail::CallValues> values, Result<void> fits) {
  if (!fits) co_return fits.error();
  const std::shared_ptr<detail::Operation> call = detail::call_operation(cell, func, values);
  co_await detail::Awaited(call);
  if (const Error* error = detail::error_of(*call)) co_return *error;
  co_return result_of(*func, *values);
}

}  // namespace

Result<std::optional<ComponentVal>> ComponentFunc::call(const std::vector<ComponentVal>& args) const {
  const auto values = detail::new_call(cell_.get(), *func_, false);
  Result<void> fits = put(*func_, *values, args);
  if (!fits) return fits.error();
  return call_with(cell_, func_, values);
}

Task<Result<std::optional<ComponentVal>>> ComponentFunc::async(const std::vector<ComponentVal>& args) const {
  auto values = detail::new_call(cell_.get(), *func_, false);
  Result<void> fits = put(*func_, *values, args);
  return wait(cell_, func_, std::move(values), std::move(fits));
}

Result<std::optional<ComponentVal>> ComponentFunc::call_wave(std::string_view args) const {
  if (!detail::alive(cell_.get()).ok()) return gone(cell_.get());
  const std::string text = "(" + std::string(args) + "\n)";  // they may end with a comment
  const std::vector<std::string_view> names(func_->param_names.begin(), func_->param_names.end());
  ErrorSink sink;
  auto parsed = component::wave::parse_arguments({func_->name, text, 0}, names,
                                                 static_cast<const FuncData&>(*func_).param_types, &sink);
  if (!parsed.ok()) {
    ::heddle::Error error = parsed.error();
    if (error.offset > 0) --error.offset;  // the parentheses are ours
    error.offset = std::min(error.offset, static_cast<uint32_t>(args.size()));
    return detail::wave_error(error, sink);
  }
  const auto values = detail::new_call(cell_.get(), *func_, false);
  values->args = std::move(parsed).value();
  return call_with(cell_, func_, values);
}

}  // namespace heddle::api
