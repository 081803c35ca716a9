// Values on their way between C++ and components, and what becomes of the handles among them. Used by the templates
// of component_types.h, on the store's thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/error.h>

namespace heddle::api::detail {

struct StoreCell;
struct WitType;

// What a handle stands for, until it is handed over: while it is `given`, no other place can be given it, and while
// it is lent it cannot be given at all.
struct Handed {
  Handed() = default;
  virtual ~Handed() = default;
  Handed(const Handed&) = delete;
  Handed& operator=(const Handed&) = delete;
  bool handed_over = false, given = false;
  bool ended = false;  // it was lent for a call that is over
  uint32_t lent = 0;   // so many times
};

// Values on their way to a guest, and handles among them: those given away, and those lent for a call. Of a host
// function, too, what it is lent by its caller.
struct Outgoing {
  explicit Outgoing(StoreCell* cell) : cell(cell) {}
  ~Outgoing() {
    if (!given.empty() || !lent.empty() || !borrowed.empty()) let_go();
  }
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;
  StoreCell* cell;
  std::vector<std::shared_ptr<Handed>> given{}, lent{}, borrowed{};
  std::string where{}, problem{};
  bool fail(std::string why);         // gives false
  bool in(const std::string& place);  // gives false
  bool fits(const WitType& list, uint64_t count);
  bool fits(std::string_view text);
  bool fits(char32_t c);
  void give(std::shared_ptr<Handed> handle);
  void lend(std::shared_ptr<Handed> handle);
  void hand_over();
  void end_loans();
  void end_borrows();  // the function has ended
  void let_go();       // of all that was not handed over
  Error error() const;
};

// Values that come from a guest. What takes more room in C++ than in its memory is the store's to pay for while they
// are made.
struct Incoming {
  explicit Incoming(StoreCell* cell) : cell(cell) {}
  explicit Incoming(Outgoing& call) : cell(call.cell), call(&call) {}
  ~Incoming() {
    if (charged > 0) release();
  }
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;
  StoreCell* cell;
  Outgoing* call = nullptr;  // of the host function whose arguments they are
  std::string problem{};
  bool exhausted = false;
  uint64_t charged = 0;                       // bytes
  [[nodiscard]] bool charge(uint64_t bytes);  // false: the store may not use so much, which is the error
  void release();
  bool ok() const { return problem.empty() && !exhausted; }
  Error error() const;
};

}  // namespace heddle::api::detail
