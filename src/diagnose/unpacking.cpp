#include "diagnose/unpacking.hpp"

#include "diagnose/decoder.hpp"

#include <fmt/format.h>

#include <utility>

namespace gpupass {
namespace {

constexpr std::size_t chunk_size = 256 * 1024;
constexpr int deepest = 2;                    // an archive in an archive
constexpr int most_layers = 8;                // with what is only compressed
constexpr long most_entries = 1'000'000;
constexpr std::size_t most_notes = 20;
constexpr long long harmless = 256LL << 20;   // unpacked bytes that need no further look
constexpr long long steepest = 200;           // more than this from one byte is no log: they shrink to a tenth

/// Counts what comes out of a source.
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

}  // namespace

std::vector<std::string> Unpacking::notes() const
{
    std::vector<std::string> all = notes_;
    if (more_notes_ > 0)
        all.push_back(fmt::format("and {} more", more_notes_));
    return all;
}

void Unpacking::note(std::string text)
{
    if (notes_.size() < most_notes)
        notes_.push_back(std::move(text));
    else
        ++more_notes_;
}

std::unexpected<Error> Unpacking::refuse(std::string what, const std::string& name)
{
    refused_ = true;
    return at(Error{.kind = ErrorKind::parse,
                    .what = "the archive is refused: " + std::move(what),
                    .where = {},
                    .next = "unpack what you trust of it, and give the log files themselves"},
              name);
}

Result<void> Unpacking::check_size(const std::string& name)
{
    if (unpacked_ > harmless && unpacked_ / steepest > packed_)
        return refuse("it unpacks to more than 200 times its size, as no log does", name);
    return {};
}

Result<void> Unpacking::walk(ByteSource& packed, const std::string& name)
{
    Counted counted{packed, packed_};
    return walk(counted, name, 1);
}

Result<void> Unpacking::walk(ByteSource& packed, const std::string& name, int depth)
{
    auto opened = Archive::open(packed);
    if (!opened)
        return at(std::move(opened.error()), name);
    Archive& archive = **opened;
    while (!stopped_) {
        const auto entry = archive.next();
        if (!entry)
            return at(entry.error(), name);
        if (!*entry)
            break;
        if (auto read = take(archive, **entry, name, depth); !read)
            return read;
    }
    return {};
}

Result<void> Unpacking::take(Archive& archive, const Archive::Entry& entry, const std::string& outer, int depth)
{
    if (++entries_ > most_entries)
        return refuse(fmt::format("it has more than {} entries", most_entries), outer);
    if (!entry.is_file)
        return {};
    if (entry.is_outside)
        return refuse(fmt::format("it names a file outside of itself: {}", entry.name), outer);
    const std::string name = entry.name.empty() ? outer : outer + ":" + entry.name;
    Counted unpacked{archive, unpacked_};
    PeekSource peek{unpacked};
    const auto head = peek.head();
    if (!head)
        return at(head.error(), name);
    if (is_archive(*head) && !entry.is_same)
        return inner(peek, name, entry.name.empty() ? depth : depth + 1);
    if (!decoder_for(*head) && (is_binary(*head) || is_event_log(*head))) {
        note(name + (is_event_log(*head) ? ": a binary event log; export it as text" : ": no text"));
        return skip(peek, name);
    }
    return log(peek, name);
}

Result<void> Unpacking::inner(ByteSource& packed, const std::string& name, int depth)
{
    if (depth > deepest || layers_ >= most_layers) {
        note(name + ": an archive in an archive in an archive; unpack it first");
        return skip(packed, name);
    }
    ++layers_;
    auto walked = walk(packed, name, depth);
    --layers_;
    if (walked || refused_)
        return walked;
    note(fmt::format("{}: {}; what could be read of it was read", name, walked.error().what));
    return {};
}

/// Reads it to its end, so that its size is counted.
Result<void> Unpacking::skip(ByteSource& from, const std::string& name)
{
    std::string bytes(chunk_size, '\0');
    for (;;) {
        const auto size = from.read(bytes);
        if (!size)
            return at(size.error(), name);
        if (*size == 0)
            return {};
        if (auto checked = check_size(name); !checked)
            return checked;
    }
}

Result<void> Unpacking::log(ByteSource& from, const std::string& name)
{
    stopped_ = !queue_.push({Chunk::Kind::begin, name});
    Result<void> read;
    std::string bytes(chunk_size, '\0');
    while (!stopped_ && read) {
        const auto size = from.read(bytes);
        if (!size)
            read = at(size.error(), name);
        else if (*size == 0)
            break;
        else if (read = check_size(name); read)
            stopped_ = !queue_.push({Chunk::Kind::bytes, bytes.substr(0, *size)});
    }
    stopped_ = stopped_ || !queue_.push({Chunk::Kind::end, {}});
    return read;
}

}  // namespace gpupass
