#include "transport/local_files.hpp"

#include "transport/fd.hpp"
#include "transport/script.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

namespace gpupass {
namespace {

Answer refused(const std::string& path, int error)
{
    return {.exit_code = 1, .out = {}, .err = path + ": " + words_of(error) + "\n"};
}

/// Everything to the end of the file; sysfs files tell no size. False: errno.
bool read_on(const Fd& fd, std::size_t limit, Answer& answer)
{
    std::array<char, 65536> buffer{};
    while (true) {
        const auto got = read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        const auto size = static_cast<std::size_t>(got);
        const auto room = std::min(size, limit - answer.out.size());
        answer.out.append(buffer.data(), room);
        if (room < size)
            return answer.truncated = true;
    }
}

bool write_all(const Fd& fd, std::string_view text)
{
    while (!text.empty()) {
        const auto sent = write(fd.get(), text.data(), text.size());
        if (sent < 0 && errno != EINTR)
            return false;
        text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
    return true;
}

struct Place {
    std::string folder, name;
};

Place split(const std::string& path)
{
    const auto slash = path.find_last_of('/');
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

/// One WriteFile in an open folder.
class Swap {
public:
    Swap(const WriteFile& query, Fd folder, std::string name)
        : query_{query}, folder_{std::move(folder)}, name_{std::move(name)}, fresh_{new_name(name_)}
    {
    }

    Answer run()
    {
        if (!is_as_expected())
            return {.exit_code = 3, .out = {}, .err = {}};
        unlinkat(folder_.get(), fresh_.c_str(), 0);
        if (write_fresh() && renameat(folder_.get(), fresh_.c_str(), folder_.get(), name_.c_str()) == 0) {
            fsync(folder_.get());
            return {};
        }
        const Answer answer = refused(query_.path, errno);
        unlinkat(folder_.get(), fresh_.c_str(), 0);
        return answer;
    }

private:
    bool is_as_expected()
    {
        if (fstatat(folder_.get(), name_.c_str(), &old_, AT_SYMLINK_NOFOLLOW) != 0)
            return !query_.expected && errno == ENOENT;
        if (!query_.expected || !S_ISREG(old_.st_mode))
            return false;
        Answer now;
        const Fd fd{openat(folder_.get(), name_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
        return fd && read_on(fd, query_.expected->size() + 1, now) && now.out == *query_.expected;
    }

    bool write_fresh() const
    {
        const Fd fd{openat(folder_.get(), fresh_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
        const mode_t mode = query_.expected ? old_.st_mode & 07777 : static_cast<mode_t>(query_.mode);
        if (!fd || !write_all(fd, query_.content))
            return false;
        if (query_.expected && fchown(fd.get(), old_.st_uid, old_.st_gid) != 0 && geteuid() == 0)
            return false;
        return fchmod(fd.get(), mode) == 0 && fsync(fd.get()) == 0;
    }

    const WriteFile& query_;
    Fd folder_;
    std::string name_, fresh_;
    struct stat old_{};
};

}  // namespace

int LocalFiles::open_at_root(const char* path, int flags) const
{
    if (root_ == "/")
        return open(path, flags | O_CLOEXEC);
    const Fd root{open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!root)
        return -1;
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_IN_ROOT;
    return static_cast<int>(syscall(SYS_openat2, root.get(), path, &how, sizeof how));
}

Answer LocalFiles::answer(const ReadFile& query, std::size_t limit) const
{
    const Fd fd{open_at_root(query.path.c_str(), O_RDONLY | O_NONBLOCK)};
    struct stat info{};
    if (!fd || fstat(fd.get(), &info) != 0)
        return refused(query.path, errno);
    if (!S_ISREG(info.st_mode))
        return refused(query.path, S_ISDIR(info.st_mode) ? EISDIR : EINVAL);
    if (query.tail && info.st_size > static_cast<off_t>(std::min<std::size_t>(*query.tail, limit)))
        lseek(fd.get(), -static_cast<off_t>(std::min<std::size_t>(*query.tail, limit)), SEEK_END);
    Answer answer;
    return read_on(fd, limit, answer) ? answer : refused(query.path, errno);
}

Answer LocalFiles::answer(const ReadLink& query, std::size_t) const
{
    const Fd fd{open_at_root(query.path.c_str(), O_PATH | O_NOFOLLOW)};
    std::array<char, 4096> target{};
    const auto size = fd ? readlinkat(fd.get(), "", target.data(), target.size()) : -1;
    if (size < 0)
        return refused(query.path, errno == ENOENT && fd ? EINVAL : errno);
    return {.out = std::string{target.data(), static_cast<std::size_t>(size)} + "\n", .err = {}};
}

std::optional<std::set<std::string>> LocalFiles::names_in(const std::string& path) const
{
    Fd fd{open_at_root(path.c_str(), O_RDONLY | O_DIRECTORY)};
    const std::unique_ptr<DIR, decltype([](DIR* dir) { closedir(dir); })> dir{fd ? fdopendir(fd.get()) : nullptr};
    if (!dir)
        return std::nullopt;
    fd.release();
    std::set<std::string> names;
    while (const dirent* entry = readdir(dir.get()))
        if (const std::string_view name = entry->d_name; name != "." && name != "..")
            names.emplace(name);
    return names;
}

Answer LocalFiles::answer(const Present& query, std::size_t limit) const
{
    Answer answer;
    for (const std::string& path : query.paths) {
        const Fd fd{open_at_root(path.c_str(), O_PATH)};
        struct stat info{};
        if (!fd || fstat(fd.get(), &info) != 0)
            continue;
        if (const auto names = S_ISDIR(info.st_mode) ? names_in(path) : std::nullopt; !names || !names->empty())
            answer.out += path + "\n";
    }
    answer.truncated = answer.out.size() > limit;
    answer.out.resize(std::min(answer.out.size(), limit));
    return answer;
}

Answer LocalFiles::answer(const ListDir& query, std::size_t limit) const
{
    const auto found = names_in(query.path);
    if (!found)
        return refused(query.path, errno);
    std::set<std::string> names;
    for (std::string name : *found) {
        std::ranges::replace(name, '\n', '?');
        names.insert(std::move(name));
    }
    Answer answer;
    for (const auto& name : names)
        answer.out += name + "\n";
    answer.truncated = answer.out.size() > limit;
    answer.out.resize(std::min(answer.out.size(), limit));
    return answer;
}

Answer LocalFiles::answer(const WriteFile& query, std::size_t) const
{
    auto place = split(query.path);
    Fd folder{open_at_root(place.folder.c_str(), O_RDONLY | O_DIRECTORY)};
    if (!folder)
        return refused(query.path, errno);
    return Swap{query, std::move(folder), std::move(place.name)}.run();
}

}  // namespace gpupass
