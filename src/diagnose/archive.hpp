#pragma once

#include "transport/byte_source.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

// Archives and compressed files, read as a stream by libarchive. Nothing of them is ever written to disk.

struct archive;

namespace gpupass {

/// By its first bytes: gzip, xz, zstd, bzip2, tar, zip.
bool is_archive(std::string_view head);

class Archive : public ByteSource {
public:
    /// `from` outlives it. One that is compressed and is no archive has one entry without a name.
    static Result<std::unique_ptr<Archive>> open(ByteSource& from);
    ~Archive() override;

    struct Entry {
        std::string name;   // printable; "" when there is none
        bool is_file{};     // not a folder, link, device or the like
        bool is_outside{};  // the name leads out of the archive: "../../etc/passwd"
        bool is_same{};     // it only looked like an archive: these are the bytes of the source
    };
    /// The next entry; nullopt: that was the last.
    Result<std::optional<Entry>> next();
    /// Of the current entry.
    Result<std::size_t> read(std::span<char> into) override;

private:
    explicit Archive(ByteSource& from);
    static long hand_over(archive* of, void* self, const void** bytes);
    Error broken() const;

    ByteSource& from_;
    archive* archive_{};
    std::unique_ptr<char[]> block_;
    bool first_{true};
    std::optional<Error> source_error_;
};

}  // namespace gpupass
