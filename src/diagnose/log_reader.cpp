#include "diagnose/log_reader.hpp"

#include "diagnose/unpacking.hpp"

#include <iterator>
#include <optional>
#include <thread>
#include <utility>

namespace gpupass {
namespace {

constexpr std::size_t block_size = 256 * 1024;

/// Whoever leaves, the other side does not wait for it.
struct CloseAtEnd {
    ChunkQueue& queue;
    ~CloseAtEnd() { queue.close(); }
};

void take(LogSearch& search, const Chunk& chunk)
{
    switch (chunk.kind) {
    case Chunk::Kind::begin: search.begin(chunk.text); break;
    case Chunk::Kind::bytes: search.feed(chunk.text); break;
    case Chunk::Kind::end: search.end(); break;
    }
}

Result<ReadLogs> read_archive(const RuleSet& rules, ByteSource& from, const std::string& name)
{
    ChunkQueue queue;
    Unpacking unpacking{queue};
    Result<void> walked;
    LogSearch search{rules};
    {
        std::jthread unpacker{[&] {
            const CloseAtEnd close{queue};
            walked = unpacking.walk(from, name);
        }};
        const CloseAtEnd close{queue};
        for (Chunk chunk; queue.pop(chunk);)
            take(search, chunk);
    }
    ReadLogs read = search.result();
    for (std::string& note : unpacking.notes())
        read.notes.push_back(std::move(note));
    if (!walked && (unpacking.is_refused() || read.lines == 0))
        return std::unexpected(std::move(walked.error()));
    if (!walked)
        read.notes.push_back(name + ": " + walked.error().what + "; what could be read of it was read");
    return read;
}

/// A log that is not packed.
Result<ReadLogs> read_plain(const RuleSet& rules, ByteSource& from, const std::string& name)
{
    LogSearch search{rules};
    search.begin(name);
    std::string bytes(block_size, '\0');
    for (;;) {
        const auto size = from.read(bytes);
        if (!size)
            return std::unexpected(size.error());
        if (*size == 0)
            break;
        search.feed(std::string_view{bytes}.substr(0, *size));
    }
    search.end();
    return search.result();
}

std::unexpected<Error> no_text(std::string what, std::string next, const std::string& name)
{
    return at(Error{.kind = ErrorKind::unsupported, .what = std::move(what), .where = {}, .next = std::move(next)}, name);
}

}  // namespace

Result<ReadLogs> read_logs(const RuleSet& rules, ByteSource& from, const std::string& name)
{
    PeekSource peek{from};
    const auto head = peek.head();
    if (!head)
        return std::unexpected(head.error());
    if (is_archive(*head))
        return read_archive(rules, peek, name);
    if (is_event_log(*head))
        return no_text("this is a binary event log", "export it as text: `wevtutil qe System /f:text > system.txt`", name);
    if (!decoder_for(*head) && is_binary(*head))
        return no_text("this is no text, and no archive that gpupass reads (tar, zip, gzip, xz, zstd, bzip2)",
                       "unpack it, or give the log as text", name);
    return read_plain(rules, peek, name);
}

Result<ReadLogs> read_log_file(const RuleSet& rules, const std::string& path)
{
    auto source = open_file(path);
    if (!source)
        return std::unexpected(std::move(source.error()));
    return read_logs(rules, **source, path == "-" ? "standard input" : path);
}

}  // namespace gpupass
