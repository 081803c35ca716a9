#include "component/canon/buffer.h"

#include <cstring>

#include "component/canon/embedding.h"
#include "component/canon/storing.h"

namespace heddle::component::canon {

namespace {

// A number; of floats the NaNs are looked at.
bool is_plain(const T& t) {
  if (!t.present() || !none_or_number_type(t)) return false;
  const Primitive type = despecialize(t).primitive;
  return type != Primitive::f32 && type != Primitive::f64;
}

}  // namespace

BufferGuestImpl::BufferGuestImpl(T t, const LiftLowerContext& cx, uint64_t ptr, uint32_t length)
    : Buffer(std::move(t)),
      cx(cx),
      ptr(ptr),
      length(length),
      size_(this->t.present() && cx.opts.memory ? elem_size(this->t, cx.opts.memory->ptr_size) : 0),
      plain_(is_plain(this->t)) {}

void BufferGuestImpl::advance(uint32_t n) {
  ptr += n * size_;
  progress += n;
}

std::span<uint8_t> BufferGuestImpl::bytes(uint32_t n) {
  if (!plain_ || n == 0) return {};
  return cx.opts.memory->bytes().subspan(ptr, n * size_);
}

namespace {

// False: they have to be lifted; so they have within one memory, where they may overlap.
Result<bool> pass(BufferGuestImpl* from, BufferGuestImpl* to, uint32_t n) {
  if (!from || !to || !from->t.present() || from->cx.opts.memory == to->cx.opts.memory) return false;
  ElementPassages* passages = from->cx.inst.store->element_passages;
  if (!passages) return false;
  from->cx.lifted = 0;
  return passages->copy({from->cx, from->t, from->ptr}, {to->cx, to->t, to->ptr}, n);
}

}  // namespace

Result<void> copy(Buffer& from, Buffer& to, uint32_t n) {
  const std::span<uint8_t> in = from.bytes(n), out = to.bytes(n);
  if (!in.empty() && !out.empty()) {
    HEDDLE_ASSERT(in.size() == out.size());
    TRY(from.guest()->cx.work(in.size()));
    std::memmove(out.data(), in.data(), in.size());  // both may be of one memory
  } else if (!TRY(pass(from.guest(), to.guest(), n))) {
    return to.write(TRY(from.read(n)));
  }
  from.advance(n);
  to.advance(n);
  return {};
}

Result<Val> BufferGuestImpl::read(uint32_t n) {
  HEDDLE_ASSERT(n <= remain());
  Val vs{.kind = Val::Kind::packed, .bits = n};
  cx.lifted = 0;
  if (t.present()) vs = TRY(load_list_from_valid_range(cx, ptr, n, t));
  advance(n);
  return vs;
}

Result<void> BufferGuestImpl::write(const Val& vs) {
  HEDDLE_ASSERT(vs.count() <= remain());
  if (t.present()) TRY(store_list_into_valid_range(cx, vs, ptr, t));
  advance(static_cast<uint32_t>(vs.count()));
  return {};
}

}  // namespace heddle::component::canon
