// A file descriptor of the process: owned, so that it is closed when it goes, or borrowed, as the standard streams
// are.
#pragma once
#include <unistd.h>

#include <utility>

namespace heddle::wasi {

class Fd {
 public:
  Fd() = default;
  static Fd owned(int number) { return Fd(number, true); }
  static Fd borrowed(int number) { return Fd(number, false); }
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)), owned_(other.owned_) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(number_, other.number_);
    std::swap(owned_, other.owned_);
    return *this;
  }
  ~Fd() {
    if (owned_ && number_ >= 0) close(number_);
  }

  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  Fd(int number, bool owned) : number_(number), owned_(owned) {}
  int number_ = -1;
  bool owned_ = false;
};

}  // namespace heddle::wasi
