// Leaving frames other than by returning: traps with their backtraces, exceptions.
#include "exec/interp/unwind.h"

#include "exec/interp/code.h"
#include "exec/interp/interp.h"

namespace heddle::interp {

namespace {

// A frame in execution. `function` is null behind the last frame of an activation.
struct Cursor {
  const Word* pc;
  Slot* fp;
  Instance* ctx;
  const Function* function = nullptr;

  Cursor(const Word* pc, Slot* fp, Instance* ctx) : pc(pc), fp(fp), ctx(ctx) { find(); }
  void find() { function = ctx && ctx->module ? function_at(*ctx->module, pc) : nullptr; }
  void pop() {
    const Slot* link = fp + function->link;
    pc = reinterpret_cast<const Word*>(link[kReturnPc]);
    fp = reinterpret_cast<Slot*>(link[kCallerFp]);
    ctx = reinterpret_cast<Instance*>(link[kCallerCtx]);
    find();
  }
};

bool takes(const CatchEntry& entry, const Instance& ctx, const rt::Tag* tag) {
  switch (entry.kind) {
    case CatchEntry::Kind::catch_:
    case CatchEntry::Kind::catch_ref: return const_cast<Instance&>(ctx).tags()[entry.tag] == tag;
    case CatchEntry::Kind::catch_all:
    case CatchEntry::Kind::catch_all_ref: return true;
    case CatchEntry::Kind::delegate: return false;
  }
  return false;
}

// The entry of this frame that takes the exception, or null.
const CatchEntry* find_catch(const Cursor& at, const rt::Tag* tag) {
  auto word = static_cast<uint32_t>(at.pc - at.function->words);
  uint32_t deepest = UINT32_MAX;
  for (const CatchEntry& entry : at.function->catches) {
    if (word < entry.begin || word >= entry.end || entry.depth > deepest) continue;
    if (entry.kind == CatchEntry::Kind::delegate) {
      deepest = entry.delegate_depth;
    } else if (takes(entry, *at.ctx, tag)) {
      return &entry;
    }
  }
  return nullptr;
}

// Leaves what the clause passes on where its label expects it.
void deliver(const CatchEntry& entry, Slot* fp, rt::Ref exception) {
  auto* object = static_cast<gc::Exception*>(gc::to_object(exception));
  Slot* to = fp + entry.slot;
  if (entry.keep_exception) *to++ = exception;
  if (entry.kind == CatchEntry::Kind::catch_ || entry.kind == CatchEntry::Kind::catch_ref) {
    for (uint32_t i = 0; i < object->slot_count; ++i) *to++ = object->args()[i];
  }
  if (entry.kind == CatchEntry::Kind::catch_ref || entry.kind == CatchEntry::Kind::catch_all_ref) *to = exception;
}

}  // namespace

rt::Activation& stand_at(const Word* pc, Slot* fp, Instance* ctx) {
  rt::Activation& act = *ctx->context->activation;
  act.pc = pc;
  act.fp = fp;
  act.ctx = ctx;
  return act;
}

void raise(const Word* pc, Slot* fp, Instance* ctx, ErrorCode code) {
  rt::Activation& act = stand_at(pc, fp, ctx);  // before the trap is made: it captures the backtrace
  act.outcome = ctx->store->trap(code);
}

void raise_interrupt(const Word* pc, Slot* fp, Instance* ctx) {
  rt::Activation& act = stand_at(pc, fp, ctx);
  act.outcome = ctx->store->trap_interrupted();
}

Next throw_pending(const Word* pc, Slot* fp, Instance* ctx) {
  rt::Activation& act = *ctx->context->activation;
  rt::Store& store = *ctx->store;
  // A clause may lead back to a loop's head: as all ways there, throwing may be interrupted.
  if (ctx->context->poll.load(std::memory_order_relaxed)) [[unlikely]] {
    raise_interrupt(pc, fp, ctx);
    return Next::leave;
  }
  rt::Ref exception = store.pending.exception;
  const rt::Tag* tag = static_cast<gc::Exception*>(gc::to_object(exception))->tag;
  Cursor at(pc, fp, ctx);
  for (;;) {
    if (!at.function) {
      if (!leave_fiber(store, act)) break;
      at = Cursor(act.pc, act.fp, act.ctx);
      continue;
    }
    if (const CatchEntry* entry = find_catch(at, tag)) {
      deliver(*entry, at.fp, exception);
      store.pending.exception = 0;
      act.pc = at.function->words + entry->target;
      act.fp = at.fp;
      act.ctx = at.ctx;
      act.pinned[0] = at.function->pinned[0];
      act.pinned[1] = at.function->pinned[1];
      return Next::caught;
    }
    at.pop();
  }
  act.outcome = rt::Outcome::threw;
  return Next::leave;
}

Next throw_new(const Word* pc, Slot* fp, Instance* ctx, uint32_t tag, const Slot* args) {
  rt::Store& store = *ctx->store;
  rt::Tag* thrown = ctx->tags()[tag];
  uint32_t slots = store.engine->types[thrown->type].param_slots;
  ctx->context->fiber->value_sp = const_cast<Slot*>(args) + slots;
  auto exception = store.heap.new_exception(thrown, slots);
  if (!exception.ok()) {
    raise(pc, fp, ctx, exception.error().code);
    return Next::leave;
  }
  for (uint32_t i = 0; i < slots; ++i) exception.value()->args()[i] = args[i];
  store.pending.exception = gc::to_ref(exception.value());
  return throw_pending(pc, fp, ctx);
}

void capture_backtrace(rt::Store& store, rt::Trap& trap) {
  Place places[rt::kMaxFrames];
  size_t count = 0;
  // The fiber that is current in an activation; in an outer one that on which the next inner one began.
  const rt::Fiber* current = store.context.fiber;
  for (const rt::Activation* act = store.context.activation; act; current = act->fiber, act = act->outer) {
    if (!act->ctx || !act->pc) continue;
    const rt::Fiber* fiber = current;
    for (Cursor at(act->pc, act->fp, act->ctx);;) {
      for (; at.function; at.pop()) {
        if (count < rt::kMaxFrames) {
          places[count++] = {.function = at.function, .pc = at.pc};
        } else {
          ++trap.omitted;
        }
      }
      // On a continuation's fiber the frames go on where it was resumed.
      if (fiber == act->fiber || !fiber->parent) break;
      at = Cursor(fiber->parent_pc, fiber->parent_fp, fiber->parent_instance);
      fiber = fiber->parent;
    }
  }
  find_offsets({places, count});
  for (const Place& place : std::span(places, count)) {
    trap.frames.push_back({.module = place.function->module, .func = place.function->index, .offset = place.offset});
  }
}

}  // namespace heddle::interp
