// Errors: from the engine's codes to what the embedder reads, and back when a host function hands one on.
#include "api/internal.h"

#include <cstdio>

namespace heddle::api {

using detail::Access;
using detail::ErrorData;

namespace {

ErrorKind kind_of_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::host_error: return ErrorKind::host;
    case ErrorCode::interrupted: return ErrorKind::interrupted;
    case ErrorCode::deadline_exceeded: return ErrorKind::deadline;
    case ErrorCode::out_of_fuel: return ErrorKind::out_of_fuel;
    case ErrorCode::exited: return ErrorKind::exited;
    case ErrorCode::uncaught_exception: return ErrorKind::exception;
    case ErrorCode::unknown_export:
    case ErrorCode::wrong_signature:
    case ErrorCode::wrong_store:
    case ErrorCode::wrong_engine:
    case ErrorCode::wrong_value: return ErrorKind::misuse;
    default: break;
  }
  switch (kind_of(code)) {
    case ::heddle::ErrorKind::malformed:
    case ::heddle::ErrorKind::malformed_custom: return ErrorKind::malformed;
    case ::heddle::ErrorKind::invalid:
    case ::heddle::ErrorKind::invalid_custom: return ErrorKind::invalid;
    case ::heddle::ErrorKind::unlinkable: return ErrorKind::unlinkable;
    case ::heddle::ErrorKind::trap: return ErrorKind::trap;
    case ::heddle::ErrorKind::exhaustion: return ErrorKind::exhaustion;
    case ::heddle::ErrorKind::system: return ErrorKind::system;
  }
  return ErrorKind::system;
}

// What the engine calls a failure that a host function made up or hands on.
ErrorCode code_of(const ErrorData& data) {
  if (data.code != ErrorCode::none) return data.code;
  switch (data.kind) {
    case ErrorKind::exited: return ErrorCode::exited;
    case ErrorKind::out_of_fuel: return ErrorCode::out_of_fuel;
    case ErrorKind::deadline: return ErrorCode::deadline_exceeded;
    case ErrorKind::interrupted: return ErrorCode::interrupted;
    case ErrorKind::malformed:
    case ErrorKind::invalid:
    case ErrorKind::unlinkable:
    case ErrorKind::trap:
    case ErrorKind::host:
    case ErrorKind::exception:
    case ErrorKind::exhaustion:
    case ErrorKind::misuse:
    case ErrorKind::system: break;
  }
  return ErrorCode::host_error;
}

const ErrorData& data_of(const Error& error) {
  static const ErrorData kNone;
  const auto& data = Access::data(error);
  return data ? *data : kNone;
}

void append_frames(std::string& out, const Trap& trap) {
  for (size_t i = 0; i < trap.backtrace.size(); ++i) {
    const Frame& frame = trap.backtrace[i];
    char place[64];
    out.append("\n  ").append(std::to_string(i)).append(": ");
    if (!frame.module.empty()) out.append(frame.module).append("!");
    out.append(frame.func.empty() ? "<unnamed>" : frame.func);
    std::snprintf(place, sizeof place, " (func %u)", frame.func_index);
    out += place;
    if (frame.offset == 0) continue;
    std::snprintf(place, sizeof place, " at 0x%x", frame.offset);
    out += place;
  }
  if (trap.omitted_frames) out.append("\n  ").append(std::to_string(trap.omitted_frames)).append(" more");
}

}  // namespace

std::string_view name_of(ErrorKind kind) {
  constexpr std::string_view kNames[] = {"malformed",   "invalid", "unlinkable", "trap",        "host error",
                                         "exception",   "exited",  "exhaustion", "out of fuel", "deadline",
                                         "interrupted", "misuse",  "system"};
  return kNames[static_cast<size_t>(kind)];
}

Trap Trap::exit(int32_t code) {
  Trap trap;
  trap.kind = ErrorKind::exited;
  trap.exit_code = code;
  trap.message = "exited with " + std::to_string(code);
  return trap;
}

Error::Error(ErrorKind kind, std::string message) {
  auto data = std::make_shared<ErrorData>();
  data->kind = kind;
  data->message = std::move(message);
  data_ = std::move(data);
}

Error::Error(Trap trap) {
  auto data = std::make_shared<ErrorData>();
  data->kind = trap.kind;
  data->message = trap.message;
  data->stopped = true;
  data->trap = std::move(trap);
  data_ = std::move(data);
}

Error::Error(ExnRef exception) {
  ErrorData data;
  data.kind = ErrorKind::exception;
  data.code = ErrorCode::uncaught_exception;
  data.message = text_of(data.code);
  std::string note = exception.tag().type().to_string().replace(0, std::string_view("(func").size(), "thrown: (tag");
  for (const Val& arg : exception.args()) note.append(" ").append(arg.to_string());
  data.notes.push_back(std::move(note));
  data.exception = std::move(exception);
  data_ = std::make_shared<const ErrorData>(std::move(data));
}

ErrorKind Error::kind() const { return data_of(*this).kind; }
const std::string& Error::message() const { return data_of(*this).message; }
uint32_t Error::offset() const { return data_of(*this).offset; }
const Trap* Error::trap() const { return data_of(*this).stopped ? &data_of(*this).trap : nullptr; }
int32_t Error::exit_code() const { return data_of(*this).trap.exit_code; }
ExnRef Error::exception() const { return data_of(*this).exception; }

std::string Error::to_string() const {
  const ErrorData& data = data_of(*this);
  std::string out(name_of(data.kind));
  if (data.offset) {
    char place[32];
    std::snprintf(place, sizeof place, " at 0x%x", data.offset);
    out += place;
  }
  out.append(": ").append(data.message);
  for (const std::string& note : data.notes) out.append("\n  ").append(note);
  append_frames(out, data.trap);
  return out;
}

namespace detail {

void no_value(const Error& error) noexcept { misused(("no value, but an error: " + error.to_string()).c_str()); }
void no_error() noexcept { misused("no error, but a value"); }

Error Access::error(ErrorData data) { return Error(std::make_shared<const ErrorData>(std::move(data))); }

Error Access::error(ErrorCode code, const std::string& detail) {
  ErrorData data;
  data.kind = kind_of_code(code);
  data.code = code;
  data.message = text_of(code);
  if (!detail.empty()) data.message.append(": ").append(detail);
  return error(std::move(data));
}

Error Access::error(const ::heddle::Error& error, const ErrorSink& sink) {
  ErrorData data;
  data.kind = kind_of_code(error.code);
  data.code = error.code;
  data.message = describe(error, &sink) + sink.where();
  if (sink.func_index >= 0) data.message.append(" (in function ").append(std::to_string(sink.func_index)).append(")");
  data.notes = sink.notes;
  data.offset = error.offset;
  return Access::error(std::move(data));
}

Error gone(const StoreCell* cell) {
  if (!cell) return Error(ErrorKind::misuse, "an object of no store");
  if (cell->status != ErrorCode::none) return Access::error(cell->status);
  return Error(ErrorKind::misuse, "the store of this object is gone");
}

Error wrong_count(std::string_view what, size_t wanted, size_t found) {
  return Access::error(ErrorCode::wrong_signature, "expected " + std::to_string(wanted) + " " + std::string(what) +
                                                       ", found " + std::to_string(found));
}

Error mismatch(ErrorCode code, std::string_view what, size_t index, ::heddle::ValType wanted, const Val& found) {
  return Access::error(code, std::string(what) + " " + std::to_string(index) + ": expected " +
                                 ::heddle::to_string(wanted) + ", found " + found.type().to_string());
}

::heddle::Result<rt::Store*> alive(const StoreCell* cell) {
  if (!cell || !cell->store) return ErrorCode::wrong_store;
  return cell->store.get();
}

namespace {

Frame frame_of(const rt::Frame& from) {
  Frame frame;
  frame.func_index = from.func;
  frame.offset = from.offset;
  if (from.module) {
    frame.module = from.module->names().module;
    frame.func = from.module->func_name(from.func);
  }
  return frame;
}

Error trap_error(const rt::Trap& from) {
  ErrorData data;
  data.kind = kind_of_code(from.code);
  data.code = from.code;
  data.message = message_of(from);
  data.stopped = true;
  data.trap.kind = data.kind;
  data.trap.message = data.message;
  data.trap.exit_code = from.exit_code;
  data.trap.omitted_frames = from.omitted;
  for (const rt::Frame& frame : from.frames) data.trap.backtrace.push_back(frame_of(frame));
  return Access::error(std::move(data));
}

}  // namespace

Error failure(StoreCell* cell, rt::Outcome outcome) {
  rt::Pending& pending = cell->store->pending;
  if (outcome == rt::Outcome::threw) {
    return Error(Access::root_as<ExnRef>(cell, std::exchange(pending.exception, 0)));
  }
  rt::Trap trap = std::move(pending.trap);
  pending.trap = {};
  if (trap.cause) return Access::error(std::static_pointer_cast<const ErrorData>(trap.cause));
  return trap_error(trap);
}

rt::Outcome fail(StoreCell* cell, const Error& error) {
  rt::Store& store = *cell->store;
  const ErrorData& data = data_of(error);
  if (data.kind == ErrorKind::exception) {
    store.pending.exception = Access::belongs(data.exception, cell) ? Access::raw(data.exception) : 0;
    if (store.pending.exception) return rt::Outcome::threw;
    return store.trap(ErrorCode::host_error, "a host function threw what is no exception of this store");
  }
  rt::Outcome outcome = store.trap(code_of(data), data.message);
  store.pending.trap.exit_code = data.trap.exit_code;
  // An error with a place of its own, from a call that the host function made, goes on as it is.
  if (!data.trap.backtrace.empty()) store.pending.trap.cause = Access::data(error);
  return outcome;
}

}  // namespace detail
}  // namespace heddle::api
