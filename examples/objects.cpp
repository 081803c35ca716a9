// What garbage-collected languages are made of: text in arrays, records in structs, exceptions that pass between the
// guest and the host.
#include <heddle/heddle.h>

#include <cstdio>
#include <string>

namespace {

// A guest that adds up the prices of a list, which it asks the host for, and goes on where one is not known.
constexpr const char* kModule = R"(
  (module
    (type $text (array (mut i8)))
    (rec (type $item (struct (field $name (ref $text)) (field $next (ref null $item)))))
    (import "shop" "price" (func $price (param arrayref) (result i32)))
    (import "shop" "unknown" (tag $unknown (param anyref)))
    (func (export "total") (param $item (ref null $item)) (result i32) (local $sum i32)
      (loop $next
        (if (ref.is_null (local.get $item)) (then (return (local.get $sum))))
        (block $done
          (block $caught (result anyref)
            (try_table (result i32) (catch $unknown $caught)
              (call $price (struct.get $item $name (local.get $item))))
            (local.set $sum (i32.add (local.get $sum)))
            (br $done))
          (drop))
        (local.set $item (struct.get $item $next (local.get $item)))
        (br $next))
      (unreachable))
    (func (export "price") (param $name (ref $text)) (result i32) (call $price (local.get $name))))
)";

std::string text_of(const heddle::ArrayRef& array) {
  std::string text(array.length(), '\0');
  heddle::Result<void> read = array.read(0, {reinterpret_cast<uint8_t*>(text.data()), text.size()});
  return read ? text : read.error().message();
}

}  // namespace

int main() {
  heddle::Engine engine;
  heddle::Store store(engine);
  heddle::Linker linker(engine);

  heddle::Tag unknown = heddle::Tag::create(store, {.params = {heddle::ValType::anyref()}}).value();
  linker.define("shop", "unknown", unknown);
  linker.define("shop", "price",
                [unknown](heddle::Caller& caller, const heddle::ArrayRef& name) -> heddle::Result<int32_t> {
                  std::string text = text_of(name);
                  std::printf("price of %s?\n", text.c_str());
                  if (text == "tea") return 3;
                  if (text == "scones") return 7;
                  return caller.exception(unknown, {name});
                });
  heddle::Module module = heddle::Module::from_text(engine, kModule).value();
  heddle::Instance instance = linker.instantiate(store, module).value();

  // The type of text is any module's; that of a list is this module's own.
  heddle::ArrayType text = heddle::ArrayType::create(engine, {.packed_bits = 8}).value();
  heddle::Func total = instance.func("total").value();
  heddle::StructType item = heddle::StructType::of(store, total.type().params[0]).value();

  auto make_text = [&](std::string_view from) {
    return heddle::ArrayRef::from_bytes(store, text, {reinterpret_cast<const uint8_t*>(from.data()), from.size()})
        .value();
  };
  heddle::StructRef list;
  for (const char* name : {"tea", "clouds", "scones"}) {
    list = heddle::StructRef::create(store, item, {make_text(name), list}).value();
  }
  std::printf("together: %d\n", total.call({list}).value()[0].i32());

  heddle::Error error = instance.func("price").value().call({make_text("moon")}).error();
  heddle::ExnRef thrown = error.exception();
  if (thrown && thrown.tag() == unknown) {
    heddle::ArrayRef name = heddle::ArrayRef::cast(thrown.args()[0].anyref()).value();
    std::printf("nobody knows the price of the %s\n", text_of(name).c_str());
  }
}
