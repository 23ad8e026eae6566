#include "diagnose/log_reader.hpp"

#include "diagnose/archive.hpp"
#include "diagnose/chunk_queue.hpp"
#include "diagnose/decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace gpupass {
namespace {

constexpr std::size_t chunk_size = 256 * 1024;
constexpr int deepest = 2;                        // an archive in an archive
constexpr long most_entries = 1'000'000;
constexpr std::size_t most_notes = 20;
constexpr std::size_t most_logs = 4'096;          // kept, with lines that said something
constexpr std::size_t most_sightings = 20'000;    // of all logs together
constexpr long long harmless = 256LL << 20;       // unpacked bytes that need no further look
constexpr long long steepest = 200;               // more than this from one byte is no log: they shrink to a tenth

/// Searches what is fed to it, log after log.
class Search {
public:
    explicit Search(const RuleSet& rules) : rules_{rules} {}

    void take(const Chunk& chunk)
    {
        switch (chunk.kind) {
        case Chunk::Kind::begin: begin(chunk.text); break;
        case Chunk::Kind::bytes: feed(chunk.text); break;
        case Chunk::Kind::end: end(); break;
        }
    }
    void begin(const std::string& name)
    {
        scanner_.emplace(rules_, name);
        fresh_ = true;
    }
    void feed(std::string_view bytes)
    {
        if (std::exchange(fresh_, false))
            decoder_ = decoder_for(bytes);
        const auto out = [&](std::string_view text) { scanner_->feed(text); };
        if (decoder_)
            decoder_->feed(bytes, out);
        else
            scanner_->feed(bytes);
    }
    void end()
    {
        if (decoder_)
            decoder_->finish([&](std::string_view text) { scanner_->feed(text); });
        decoder_.reset();
        keep(scanner_->finish());
    }
    Scanner& scanner() { return *scanner_; }
    /// Reads without a copy from here on, for plain text.
    bool is_plain() const { return !decoder_ && !fresh_; }
    ReadLogs result() { return std::move(read_); }

private:
    void keep(Sightings seen)
    {
        read_.lines += seen.lines;
        read_.bytes += seen.bytes;
        std::size_t size = 0;
        for (const auto& [pattern, lines] : seen.of)
            size += lines.size();
        if (size == 0 || read_.logs.size() >= most_logs || kept_ + size > most_sightings)
            return;
        kept_ += size;
        read_.logs.push_back(std::move(seen));
    }

    const RuleSet& rules_;
    std::optional<Scanner> scanner_;
    std::unique_ptr<Decoder> decoder_;
    bool fresh_{};
    ReadLogs read_;
    std::size_t kept_{};
};

/// Counts what comes out of a source, against what an archive bomb would make of it.
class Counted : public ByteSource {
public:
    Counted(ByteSource& from, long long& count) : from_{from}, count_{count} {}
    Result<std::size_t> read(std::span<char> into) override
    {
        auto size = from_.read(into);
        if (size)
            count_ += static_cast<long long>(*size);
        return size;
    }

private:
    ByteSource& from_;
    long long& count_;
};

/// Walks through an archive and pushes the logs in it into the queue. Runs beside the search.
class Unpacking {
public:
    explicit Unpacking(ChunkQueue& queue) : queue_{queue} {}

    Result<void> walk(ByteSource& packed, const std::string& name)
    {
        Counted counted{packed, packed_};
        return walk(counted, name, 1);
    }
    std::vector<std::string> notes() { return std::move(notes_); }

private:
    Result<void> walk(ByteSource& packed, const std::string& name, int depth)
    {
        auto opened = Archive::open(packed);
        if (!opened)
            return at(std::move(opened.error()), name);
        Archive& archive = **opened;
        for (;;) {
            const auto entry = archive.next();
            if (!entry)
                return at(entry.error(), name);
            if (!*entry)
                return {};
            if (auto read = take(archive, **entry, name, depth); !read)
                return read;
        }
    }

    Result<void> take(Archive& archive, const Archive::Entry& entry, const std::string& outer, int depth)
    {
        if (++entries_ > most_entries)
            return refused(fmt::format("it has more than {} entries", most_entries), outer);
        if (entry.is_outside)
            return refused(fmt::format("it names a file outside of itself: {}", entry.name), outer);
        if (!entry.is_file)
            return {};
        const std::string name = entry.name.empty() ? outer : outer + ":" + entry.name;
        Counted unpacked{archive, unpacked_};
        PeekSource peek{unpacked};
        const auto head = peek.head();
        if (!head)
            return at(head.error(), name);
        if (is_archive(*head))
            return inner(peek, name, entry.name.empty() ? depth : depth + 1);
        if (is_binary(*head) || is_event_log(*head)) {
            note(is_event_log(*head) ? name + ": a binary event log; export it as text" : "");
            return {};
        }
        return log(peek, name);
    }

    Result<void> inner(ByteSource& packed, const std::string& name, int depth)
    {
        if (depth > deepest || ++layers_ > 8) {
            note(name + ": an archive in an archive in an archive; unpack it first");
            --layers_;
            return {};
        }
        auto walked = walk(packed, name, depth);
        --layers_;
        return walked;
    }

    Result<void> log(ByteSource& from, const std::string& name)
    {
        if (!queue_.push({Chunk::Kind::begin, name}))
            return {};
        for (;;) {
            std::string bytes(chunk_size, '\0');
            std::size_t filled = 0;
            while (filled < bytes.size()) {
                const auto size = from.read(std::span{bytes}.subspan(filled));
                if (!size)
                    return at(size.error(), name);
                if (*size == 0)
                    break;
                filled += *size;
            }
            if (unpacked_ > harmless && unpacked_ / steepest > packed_)
                return refused("it unpacks to more than 200 times its size, as no log does", name);
            const bool was_last = filled < bytes.size();
            bytes.resize(filled);
            if (!queue_.push({Chunk::Kind::bytes, std::move(bytes)}) || was_last)
                break;
        }
        queue_.push({Chunk::Kind::end, {}});
        return {};
    }

    static std::unexpected<Error> refused(std::string what, const std::string& name)
    {
        return at(Error{.kind = ErrorKind::parse,
                        .what = "the archive is refused: " + std::move(what),
                        .where = {},
                        .next = "unpack what you trust of it, and give the log files themselves"},
                  name);
    }

    void note(std::string text)
    {
        if (!text.empty() && notes_.size() < most_notes)
            notes_.push_back(std::move(text));
    }

    ChunkQueue& queue_;
    long long packed_{};
    long long unpacked_{};
    long entries_{};
    int layers_{};
    std::vector<std::string> notes_;
};

Result<ReadLogs> read_archive(const RuleSet& rules, ByteSource& from, const std::string& name)
{
    ChunkQueue queue;
    Unpacking unpacking{queue};
    Result<void> walked;
    std::jthread unpacker{[&] {
        walked = unpacking.walk(from, name);
        queue.close();
    }};
    Search search{rules};
    for (Chunk chunk; queue.pop(chunk);)
        search.take(chunk);
    unpacker.join();
    if (!walked)
        return std::unexpected(std::move(walked.error()));
    ReadLogs read = search.result();
    read.notes = unpacking.notes();
    return read;
}

/// A log that is not packed: read into the place where it is searched.
Result<ReadLogs> read_plain(const RuleSet& rules, PeekSource& from, std::string_view head, const std::string& name)
{
    Search search{rules};
    search.begin(name);
    if (decoder_for(head)) {
        std::string bytes(chunk_size, '\0');
        for (;;) {
            const auto size = from.read(bytes);
            if (!size)
                return std::unexpected(size.error());
            if (*size == 0)
                break;
            search.feed(std::string_view{bytes}.substr(0, *size));
        }
    } else {
        for (;;) {
            const auto size = from.read(search.scanner().room());
            if (!size)
                return std::unexpected(size.error());
            if (*size == 0)
                break;
            search.scanner().filled(*size);
        }
    }
    search.end();
    return search.result();
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
        return at(Error{.kind = ErrorKind::unsupported,
                        .what = "this is a binary event log",
                        .where = {},
                        .next = "export it as text: `wevtutil qe System /f:text > system.txt`"},
                  name);
    const std::string first{*head};
    return read_plain(rules, peek, first, name);
}

Result<ReadLogs> read_log_file(const RuleSet& rules, const std::string& path)
{
    auto source = open_file(path);
    if (!source)
        return std::unexpected(std::move(source.error()));
    return read_logs(rules, **source, path == "-" ? "standard input" : path);
}

}  // namespace gpupass
