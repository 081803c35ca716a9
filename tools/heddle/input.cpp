// Files in and out, by plain system calls: start-up time is a feature.
#include "tools/heddle/input.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "syntax/limits.h"
#include "tools/heddle/console.h"

namespace heddle::cli {
namespace {

constexpr uint64_t kMapFrom = uint64_t{256} << 10;  // below this a read is cheaper than a mapping

constexpr const char* kTooLarge = "too large for a module (at most 1 GiB)";

std::string reason(int number) { return std::strerror(number); }

}  // namespace

Input::Input(Input&& other) noexcept { *this = std::move(other); }

Input& Input::operator=(Input&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(bytes_, other.bytes_);
  std::swap(owned_, other.owned_);
  std::swap(mapping_, other.mapping_);
  return *this;
}

Input::~Input() {
  if (mapping_) munmap(mapping_, bytes_.size());
}

std::optional<Input> Input::read(const std::string& path) {
  std::string wrong;
  std::optional<Input> input = read(path, wrong);
  if (!input) error((path == "-" ? "<stdin>" : path) + ": " + wrong);
  return input;
}

std::optional<Input> Input::read(const std::string& path, std::string& wrong) {
  bool standard = path == "-";
  Input input(standard ? "<stdin>" : path);
  int fd = standard ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    wrong = reason(errno);
    return std::nullopt;
  }
  struct stat status = {};
  bool ok = fstat(fd, &status) == 0;
  auto size = static_cast<uint64_t>(ok && S_ISREG(status.st_mode) ? status.st_size : 0);
  if (!ok) {
    wrong = reason(errno);
  } else if (S_ISDIR(status.st_mode)) {
    wrong = "is a folder, not a module";
  } else if (size > limits::kModuleBytes) {
    wrong = kTooLarge;
  } else if (!standard && size >= kMapFrom) {
    void* mapping = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapping != MAP_FAILED) {
      input.mapping_ = mapping;
      input.bytes_ = {static_cast<const uint8_t*>(mapping), size};
    } else {
      wrong = input.read_stream(fd, size);
    }
  } else {
    wrong = input.read_stream(fd, size);
  }
  if (!standard) close(fd);
  return wrong.empty() ? std::optional<Input>(std::move(input)) : std::nullopt;
}

std::string Input::read_stream(int fd, uint64_t expected) {
  owned_.resize(expected ? expected + 1 : 64 << 10);  // one byte more finds the end without growing
  size_t length = 0;
  for (;;) {
    if (length == owned_.size()) owned_.resize(owned_.size() * 2);
    ssize_t got = ::read(fd, owned_.data() + length, owned_.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return reason(errno);
    if (got == 0) break;
    length += static_cast<size_t>(got);
    if (length > limits::kModuleBytes) return kTooLarge;
  }
  owned_.resize(length);
  bytes_ = owned_;
  return "";
}

bool write_output(const std::string& path, std::span<const uint8_t> bytes) {
  bool standard = path == "-";
  int fd = standard ? STDOUT_FILENO : open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  bool ok = fd >= 0;
  while (ok && !bytes.empty()) {
    ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(put));
    } else if (errno != EINTR) {
      ok = false;
    }
  }
  if (!ok) error((standard ? "<stdout>" : path) + ": " + reason(errno));
  if (!standard && fd >= 0 && close(fd) != 0 && ok) {
    error(path + ": " + reason(errno));
    ok = false;
  }
  return ok;
}

bool write_output(const std::string& path, std::string_view text) {
  return write_output(path, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

}  // namespace heddle::cli
