// Ends of streams and futures in the embedder's hands, and copies between them and those of guests.
//
// Copies are made at the top of the loop, where no guest runs: a guest's buffer may need its allocator. What a copy
// tells is taken up there, too.
#include "component/api/internal.h"
#include "component/canon/alignment.h"
#include "component/canon/future.h"
#include "component/canon/loading.h"

namespace heddle::api::detail {

struct PendingCopy;

// What is between the two ends, as far as it is known.
struct Channel {
  bool future = false;
  std::shared_ptr<canon::SharedBase> shared;  // null: not given to a component yet
  std::shared_ptr<const WitType> list;        // of the elements
  std::shared_ptr<StoreCell> cell;            // whose
  std::shared_ptr<PendingCopy> writing;       // waits for `shared`
  bool writer_gone = false, reader_gone = false;

  bool alive() const { return cell && State::find(cell.get()); }
};

struct CopyEnd {
  CopyEnd(std::shared_ptr<Channel> channel, bool writable) : channel(std::move(channel)), writable(writable) {}
  ~CopyEnd();
  CopyEnd(const CopyEnd&) = delete;
  CopyEnd& operator=(const CopyEnd&) = delete;

  const std::shared_ptr<Channel> channel;
  const bool writable;
  bool passed_on = false;
  bool busy = false;
  bool over = false;  // of a future: its value has gone; of a stream: the other side has
};

namespace {

// Values of the embedder's, to be read or to be filled: the store pays for those until the embedder has them.
class HostBuffer final : public canon::Buffer {
 public:
  HostBuffer(std::shared_ptr<StoreCell> cell, canon::T t, Value values)
      : Buffer(std::move(t)), values_(std::move(values)), room_(values_.count()), charge_(std::move(cell)) {}
  HostBuffer(std::shared_ptr<StoreCell> cell, canon::T t, size_t room)
      : Buffer(std::move(t)), values_(), room_(room), charge_(std::move(cell)) {}

  uint32_t remain() const override { return static_cast<uint32_t>(room_ - progress_); }
  bool is_zero_length() const override { return room_ == 0; }
  size_t progress() const { return progress_; }
  Value& values() { return values_; }
  // Those that were not read.
  Value rest() {
    const auto first = values_.parts.begin() + static_cast<ptrdiff_t>(progress_);
    return Value::of(Value::Kind::list,
                     {std::make_move_iterator(first), std::make_move_iterator(values_.parts.end())});
  }

  ::heddle::Result<Value> read(uint32_t n) override {
    Value some{.kind = values_.kind, .bits = n};
    if (values_.kind == Value::Kind::packed) {
      const size_t size = values_.string.text.size() / room_;
      some.string.text = values_.string.text.substr(progress_ * size, n * size);
    } else {
      const auto first = values_.parts.begin() + static_cast<ptrdiff_t>(progress_);
      some.parts.assign(std::make_move_iterator(first), std::make_move_iterator(first + n));
    }
    progress_ += n;
    return some;
  }

  ::heddle::Result<void> write(const Value& vs) override {
    if (!charge_.add(bytes_of(vs))) return ErrorCode::budget_exceeded;
    if (progress_ == 0) {
      values_ = vs;
    } else if (values_.kind == Value::Kind::packed && vs.kind == Value::Kind::packed) {
      values_.string.text += vs.string.text;
      values_.bits += vs.bits;
    } else {
      if (values_.kind == Value::Kind::packed) {
        values_ = Value::of(Value::Kind::list, canon::elements_of(values_, t));
      }
      for (Value& element : canon::elements_of(vs, t)) values_.parts.push_back(std::move(element));
    }
    progress_ += vs.count();
    return {};
  }

 private:
  Value values_;  // a list
  size_t room_, progress_ = 0;
  Charge charge_;
};

canon::SharedStreamImpl& stream(canon::SharedBase& shared) { return static_cast<canon::SharedStreamImpl&>(shared); }
canon::SharedFutureImpl& future(canon::SharedBase& shared) { return static_cast<canon::SharedFutureImpl&>(shared); }

canon::ComponentInstance* pending_inst(const Channel& channel) {
  canon::SharedBase& shared = *channel.shared;
  if (channel.future) return future(shared).pending_buffer ? future(shared).pending_inst : nullptr;
  return stream(shared).pending_buffer ? stream(shared).pending_inst : nullptr;
}

bool is_pending(const Channel& channel, const canon::Buffer* buffer) {
  canon::SharedBase& shared = *channel.shared;
  return (channel.future ? future(shared).pending_buffer : stream(shared).pending_buffer).get() == buffer;
}

}  // namespace

struct PendingCopy final : StoresCopy, std::enable_shared_from_this<PendingCopy> {
  PendingCopy(std::shared_ptr<CopyEnd> end, size_t room, const Source& source)
      : end(std::move(end)), room(room), source(source) {}

  void begin() override;
  void abandon() override;
  const Error* error() const override { return failure ? &*failure : nullptr; }
  Value& taken() override { return buffer->values(); }
  const WitType& type() const override { return *end->channel->list; }
  StoreCell* cell() const override { return end->channel->cell.get(); }
  size_t count() const override { return buffer ? buffer->progress() : 0; }

  void copy();  // what is between the ends is known
  void copy_later();
  void tell();  // the other side has done something
  void finish();
  void fail(Error why) override;
  void give_up(const Error& why) override { count() > 0 ? finish() : fail(why); }
  bool has_lost_writer() const override { return !source.put && end->channel->shared->broken && count() == 0; }
  void withdraw();  // the buffer, from where it waits
  void put_back();  // what was not taken from it
  void discard_taken();

  const std::shared_ptr<CopyEnd> end;
  const size_t room;
  const Source source;  // of one that writes
  std::shared_ptr<HostBuffer> buffer;
  canon::ReclaimBuffer reclaim;
  std::optional<canon::CopyResult> result;
  std::optional<Error> failure;
  bool told = false, begun = false;
  bool has_given = false;  // handles
};

// --- ends

namespace {

// A guest may still be told by what is between the ends.
void drop_shared(const Channel& channel) {
  if (channel.alive() && channel.shared) channel.shared->drop();
}

}  // namespace

// A future whose writer goes without a value has no way to tell: its reader waits on.
CopyEnd::~CopyEnd() {
  if (passed_on) return;
  (writable ? channel->writer_gone : channel->reader_gone) = true;
  if (const auto writing = writable ? nullptr : std::exchange(channel->writing, nullptr)) {
    writing->result = canon::CopyResult::dropped;
    writing->finish();
  }
  if (!channel->future || !writable) drop_shared(*channel);
}

std::pair<std::shared_ptr<CopyEnd>, std::shared_ptr<CopyEnd>> new_ends(bool future) {
  auto channel = std::make_shared<Channel>();
  channel->future = future;
  return {std::make_shared<CopyEnd>(channel, false), std::make_shared<CopyEnd>(channel, true)};
}

namespace {

// A readable end on its way to a component.
struct GivenEnd final : Handed {
  explicit GivenEnd(std::shared_ptr<Channel> channel) : channel(std::move(channel)) {}
  ~GivenEnd() override {
    if (!handed_over) drop_shared(*channel);
  }
  const std::shared_ptr<Channel> channel;
};

std::shared_ptr<const WitType> list_of(const WitType& type) {
  auto list = std::make_shared<WitType>();
  list->kind = WitKind::list;
  list->most_elements = canon::Buffer::kMaxLength;
  list->parts = type.parts;
  return list;
}

void connect(const std::shared_ptr<Channel>& channel, StoreCell* cell, const WitType& type,
             std::shared_ptr<canon::SharedBase> shared) {
  channel->cell = cell->shared_from_this();
  channel->list = list_of(type);
  channel->shared = std::move(shared);
  if (const auto writing = std::exchange(channel->writing, nullptr)) writing->copy_later();
}

}  // namespace

bool put_end(Outgoing& o, const WitType& type, std::shared_ptr<CopyEnd>& from, Value& to) {
  State* const state = State::find(o.cell);
  if (!state) return o.fail("the store is gone");  // and the types of its components
  if (!from) return o.fail("no stream");
  if (from->passed_on) return o.fail("the stream was given away");
  if (from->channel->future != (type.kind == WitKind::future)) return o.fail("expected a " + type.to_string());
  if (from->busy) return o.fail("the stream is being read");
  if (from->over && from->channel->future) return o.fail("the future was read already");
  const std::shared_ptr<Channel>& channel = from->channel;
  if (!channel->shared) {
    std::shared_ptr<canon::SharedBase> made;
    if (channel->future) {
      made = std::make_shared<canon::SharedFutureImpl>(*type.element);
    } else {
      made = std::make_shared<canon::SharedStreamImpl>(*type.element);
    }
    connect(channel, o.cell, type, std::move(made));
    if (channel->writer_gone && !channel->future) channel->shared->drop();
  } else if (channel->cell.get() != o.cell ||
             !state->components.canon().type_numbers.same(channel->shared->t, *type.element)) {
    return o.fail("the stream belongs to another store, or has other elements");
  }
  to = Value{.kind = Value::Kind::shared};
  to.end = std::make_shared<canon::EndInFlight>(channel->shared);
  from->passed_on = true;
  o.give(std::make_shared<GivenEnd>(channel));
  from = nullptr;
  return true;
}

std::shared_ptr<CopyEnd> get_end(Incoming& in, const WitType& type, Value& from) {
  auto channel = std::make_shared<Channel>();
  channel->future = type.kind == WitKind::future;
  connect(channel, in.cell, type, std::exchange(from.end, nullptr)->take());
  return std::make_shared<CopyEnd>(std::move(channel), false);
}

Result<void> check_end(const CopyEnd* end, bool future, bool (*elements)(SignatureCheck&, const WitType*)) {
  if (!end || end->channel->future != future)
    return misuse(future ? "the value is no future" : "the value is no stream");
  const Channel& channel = *end->channel;
  if (!channel.list) return misuse("no component has given it");
  SignatureCheck c{.cell = channel.cell.get()};
  if (elements(c, channel.list->part())) return {};
  return misuse("element" + (c.where.empty() ? "" : ", " + c.where) + ": " + c.what);
}

// --- copies

std::shared_ptr<Copy> new_read(const std::shared_ptr<CopyEnd>& end, size_t most) {
  return std::make_shared<PendingCopy>(end, std::clamp<size_t>(most, 1, canon::Buffer::kMaxLength), Copy::Source());
}

std::shared_ptr<Copy> new_write(const std::shared_ptr<CopyEnd>& end, size_t count, const Copy::Source& source) {
  return std::make_shared<PendingCopy>(end, count, source);
}

void PendingCopy::begin() {
  done = true;
  if (!end)
    failure = misuse("there is no stream");
  else if (end->passed_on)
    failure = misuse("the stream was given away");
  else if (end->busy)
    failure = misuse("one copy at a time");
  else if (end->over && end->channel->future)
    failure = misuse("a future has one value");
  if (failure || (source.put && room == 0) || end->over) return;
  Channel& channel = *end->channel;
  if (channel.shared && !channel.alive())
    failure = gone(channel.cell.get());
  else if (!channel.shared && !source.put)
    failure = misuse("no component has the other end");
  else if (!channel.shared && channel.reader_gone)
    return;
  if (failure) return;
  done = false;
  end->busy = true;
  if (channel.shared) return copy_later();
  channel.writing = shared_from_this();
}

void PendingCopy::copy_later() {
  State* state = State::find(end->channel->cell.get());
  if (!state) return;
  state->copies.add(shared_from_this());
  state->loop->later(shared_from_this(), [](PendingCopy& copy) {
    if (!copy.done && copy.end->channel->alive()) copy.copy();
  });
}

void PendingCopy::copy() {
  const Channel& channel = *end->channel;
  State& state = *State::find(channel.cell.get());
  canon::SharedBase& shared = *channel.shared;
  if (source.put) {
    Outgoing o(&state.cell);
    Value list;
    if (!source.put(source.values, o, *channel.list, list)) return fail(o.error());
    has_given = !o.given.empty();
    o.hand_over();
    buffer = std::make_shared<HostBuffer>(channel.cell, shared.t, std::move(list));
  } else {
    buffer = std::make_shared<HostBuffer>(channel.cell, shared.t, room);
  }
  if (has_lost_writer()) return fail(Access::error(ErrorCode::writer_trapped));
  begun = true;
  auto on_copy = [self = shared_from_this()](canon::ReclaimBuffer back) {
    self->reclaim = std::move(back);
    self->tell();
  };
  auto on_copy_done = [self = shared_from_this()](canon::CopyResult how) {
    self->reclaim = nullptr;
    self->result = how;
    self->tell();
  };
  auto go = [&]() -> ::heddle::Result<void> {
    if (source.put) return shared.write(nullptr, buffer, on_copy, on_copy_done);
    return shared.read(nullptr, buffer, on_copy, on_copy_done);
  };
  Error error;
  if (canon::ComponentInstance* inst = pending_inst(channel)) {
    if (state.inside(*inst, go, error)) return;
    state.fail_dead(error, true);
    return fail(error);
  }
  auto gone_well = go();
  if (!gone_well.ok()) fail(state.take_failure(gone_well.error()));
}

void PendingCopy::tell() {
  State* state = State::find(end->channel->cell.get());
  if (told || !state) return;
  told = true;
  state->loop->later(shared_from_this(), [](PendingCopy& copy) {
    if (!copy.done) copy.finish();
  });
}

void PendingCopy::finish() {
  const std::shared_ptr<PendingCopy> kept = shared_from_this();
  withdraw();
  put_back();
  done = true;
  end->busy = false;
  const bool dropped = result == canon::CopyResult::dropped && (source.put || !end->channel->shared->broken);
  if (end->channel->future ? count() > 0 : dropped) end->over = true;
  if (State* state = State::find(end->channel->cell.get())) state->copies.remove(*this);
  if (waiting) loop->resume(kept);
}

void PendingCopy::withdraw() {
  if (!begun) return;
  if (!end->channel->alive()) {  // nobody is told any more, but what is between the ends keeps this copy
    reclaim = nullptr;
    if (is_pending(*end->channel, buffer.get())) end->channel->shared->reset_pending();
    return;
  }
  if (const canon::ReclaimBuffer back = std::exchange(reclaim, nullptr)) {
    back();
  } else if (is_pending(*end->channel, buffer.get())) {
    told = true;
    end->channel->shared->cancel();
  }
}

void PendingCopy::put_back() {
  if (!std::exchange(has_given, false) || buffer->remain() == 0 || !end->channel->alive()) return;
  Value rest = buffer->rest();
  source.put_back(source.values, buffer->progress(), cell(), type(), rest);
}

void PendingCopy::discard_taken() {
  if (!source.put && count() > 0 && end->channel->alive()) discard(cell(), type(), taken());
}

void PendingCopy::fail(Error why) {
  failure = std::move(why);
  finish();
}

void PendingCopy::abandon() {
  if (done) return discard_taken();
  const std::shared_ptr<PendingCopy> kept = shared_from_this();
  if (end->channel->writing == kept) end->channel->writing = nullptr;
  finish();
  discard_taken();
}

}  // namespace heddle::api::detail
