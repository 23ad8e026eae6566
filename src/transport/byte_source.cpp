#include "transport/byte_source.hpp"

#include "transport/fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gpupass {
namespace {

constexpr std::size_t head_size = 4'096;

std::unexpected<Error> failed(int code, const std::string& path)
{
    const bool missing = code == ENOENT || code == ENOTDIR;
    Error error{.kind = missing ? ErrorKind::not_found : ErrorKind::failed, .what = words_of(code), .where = {}, .next = {}};
    if (code == EISDIR)
        error.next = "give the files in it, or an archive of it: `tar -czf logs.tgz FOLDER`";
    if (code == EACCES)
        error.next = "read it as root: `sudo`";
    return at(std::move(error), path);
}

class FileSource : public ByteSource {
public:
    FileSource(int fd, std::string path) : fd_{fd}, path_{std::move(path)} {}
    ~FileSource() override
    {
        if (fd_ != STDIN_FILENO)
            close(fd_);
    }
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;

    Result<std::size_t> read(std::span<char> into) override
    {
        for (;;) {
            const ssize_t size = ::read(fd_, into.data(), into.size());
            if (size >= 0)
                return static_cast<std::size_t>(size);
            if (errno != EINTR)
                return failed(errno, path_);
        }
    }

private:
    int fd_;
    std::string path_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_file(const std::string& path)
{
    if (path == "-")
        return std::make_unique<FileSource>(STDIN_FILENO, "standard input");
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return failed(errno, path);
    auto source = std::make_unique<FileSource>(fd, path);
    struct stat status{};
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
        return failed(EISDIR, path);
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return source;
}

Result<std::string> read_all(ByteSource& from, std::size_t limit)
{
    std::string all;
    std::array<char, 16'384> part{};
    for (;;) {
        const auto size = from.read(part);
        if (!size)
            return std::unexpected(size.error());
        if (*size == 0)
            return all;
        all.append(part.data(), *size);
        if (all.size() > limit)
            return fail(ErrorKind::parse, "it is larger than " + std::to_string(limit) + " bytes");
    }
}

Result<std::size_t> TextSource::read(std::span<char> into)
{
    const std::size_t size = std::min(into.size(), text_.size());
    std::ranges::copy(text_.substr(0, size), into.begin());
    text_.remove_prefix(size);
    return size;
}

Result<std::string_view> PeekSource::head()
{
    while (given_ == 0 && head_.size() < head_size) {
        std::array<char, head_size> part{};
        const auto size = from_.read(std::span{part}.first(head_size - head_.size()));
        if (!size)
            return std::unexpected(size.error());
        if (*size == 0)
            break;
        head_.append(part.data(), *size);
    }
    return head_;
}

Result<std::size_t> PeekSource::read(std::span<char> into)
{
    if (given_ == head_.size())
        return from_.read(into);
    const std::size_t size = std::min(into.size(), head_.size() - given_);
    std::ranges::copy(std::string_view{head_}.substr(given_, size), into.begin());
    given_ += size;
    return size;
}

}  // namespace gpupass
