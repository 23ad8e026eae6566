#pragma once

#include "model/result.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

// Bytes of any length, one after the other, once: a log.

namespace gpupass {

class ByteSource {
public:
    virtual ~ByteSource() = default;
    /// Reads at least one byte, or 0: it ends here.
    virtual Result<std::size_t> read(std::span<char> into) = 0;
};

/// Opens a file for reading; "-" is standard input. A folder or a file that cannot be read is an error.
Result<std::unique_ptr<ByteSource>> open_file(const std::string& path);

/// All that is left of it; an error when that is more than `limit` bytes.
Result<std::string> read_all(ByteSource& from, std::size_t limit);

class TextSource : public ByteSource {
public:
    explicit TextSource(std::string_view text) : text_{text} {}
    Result<std::size_t> read(std::span<char> into) override;

private:
    std::string_view text_;
};

/// Shows what comes first without taking it.
class PeekSource : public ByteSource {
public:
    explicit PeekSource(ByteSource& from) : from_{from} {}
    /// The first bytes, 4 KiB where there are as many.
    Result<std::string_view> head();
    Result<std::size_t> read(std::span<char> into) override;

private:
    ByteSource& from_;
    std::string head_;
    std::size_t given_{};
};

}  // namespace gpupass
