#include "diagnose/archive.hpp"

#include "model/text.hpp"
#include "transport/library.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fmt/format.h>
#include <utility>

namespace gpupass {
namespace {

constexpr std::size_t block_size = 256 * 1024;
constexpr std::size_t tar_magic_place = 257;
constexpr std::uint64_t most_memory = 64u << 20;  // what `xz -9` makes

struct Functions {
    std::string missing;
// clang-format off
#define GPUPASS_ARCHIVE_FUNCTIONS(X) \
    X(archive_read_new) X(archive_read_free) X(archive_read_open) X(archive_read_next_header) X(archive_read_data) \
    X(archive_read_support_filter_gzip) X(archive_read_support_filter_xz) X(archive_read_support_filter_zstd) \
    X(archive_read_support_filter_bzip2) X(archive_read_support_format_tar) X(archive_read_support_format_zip) \
    X(archive_read_support_format_raw) X(archive_read_support_format_empty) X(archive_entry_pathname) \
    X(archive_entry_filetype) X(archive_filter_count) X(archive_format) X(archive_error_string) X(archive_set_error)
// clang-format on
#define GPUPASS_MEMBER(name) decltype(&::name) name{};
    GPUPASS_ARCHIVE_FUNCTIONS(GPUPASS_MEMBER)
#undef GPUPASS_MEMBER
};

Functions load()
{
    Functions functions;
    Library library{"libarchive.so.13"};
#define GPUPASS_FIND(name) library.find(#name, functions.name);
    GPUPASS_ARCHIVE_FUNCTIONS(GPUPASS_FIND)
#undef GPUPASS_FIND
    functions.missing = library.missing();
    return functions;
}

const Functions& library()
{
    static const Functions functions = load();
    return functions;
}

bool leads_outside(std::string_view name)
{
    int depth = 0;
    while (!name.empty() && depth >= 0) {
        const std::size_t slash = std::min(name.find_first_of("/\\"), name.size());
        const std::string_view part = name.substr(0, slash);
        if (part == "..")
            --depth;
        else if (!part.empty() && part != ".")
            ++depth;
        name.remove_prefix(std::min(slash + 1, name.size()));
    }
    return depth < 0;
}

/// Reads a number of an .xz header: seven bits a byte, the lowest first.
std::uint64_t xz_number(std::string_view& bytes)
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; !bytes.empty() && shift < 63; shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7fu} << shift;
        if (byte < 0x80)
            break;
    }
    return value;
}

/// The memory that the first block of an .xz file wants for its dictionary (the .xz file format, section 3.1 and 5.3.1).
std::uint64_t xz_dictionary(std::string_view head)
{
    constexpr std::size_t stream_header = 12;
    constexpr std::uint64_t lzma2 = 0x21;
    if (!head.starts_with("\xfd" "7zXZ") || head.size() < stream_header + 2)
        return 0;
    const auto flags = static_cast<unsigned char>(head[stream_header + 1]);
    head.remove_prefix(stream_header + 2);
    for (const unsigned bit : {0x40u, 0x80u})  // sizes, where they are told
        if (flags & bit)
            xz_number(head);
    for (unsigned filter = 0; filter <= (flags & 3u); ++filter) {
        const std::uint64_t id = xz_number(head);
        const std::uint64_t size = xz_number(head);
        if (id == lzma2 && !head.empty()) {
            const auto bits = static_cast<unsigned char>(head.front());
            return bits > 40 ? 0 : std::uint64_t{2u | (bits & 1u)} << (bits / 2 + 11);
        }
        head.remove_prefix(std::min<std::size_t>(size, head.size()));
    }
    return 0;
}

}  // namespace

bool is_archive(std::string_view head)
{
    using namespace std::string_view_literals;
    constexpr std::array magics{"\x1f\x8b"sv, "\xfd"
                                              "7zXZ\0"sv,
                                "\x28\xb5\x2f\xfd"sv, "BZh"sv, "PK\3\4"sv, "PK\5\6"sv};
    return std::ranges::any_of(magics, [&](std::string_view magic) { return head.starts_with(magic); }) ||
        (head.size() > tar_magic_place && head.substr(tar_magic_place).starts_with("ustar"));
}

Archive::Archive(ByteSource& from) : from_{from}, block_{std::make_unique<char[]>(block_size)} {}

Archive::~Archive()
{
    if (archive_)
        library().archive_read_free(archive_);
}

long Archive::hand_over(archive* of, void* self, const void** bytes)
{
    auto& own = *static_cast<Archive*>(self);
    auto size = own.from_.read({own.block_.get(), block_size});
    if (size && std::exchange(own.first_, false) && xz_dictionary({own.block_.get(), *size}) > most_memory)
        size = fail(ErrorKind::parse, "it wants more than 64 MB of memory to be unpacked",
                    "unpack it with `xz -d`, and give the log");
    if (!size) {
        library().archive_set_error(of, EIO, "it cannot be read");
        own.source_error_ = std::move(size.error());
        return -1;
    }
    *bytes = own.block_.get();
    return static_cast<long>(*size);
}

Error Archive::broken() const
{
    if (source_error_)
        return *source_error_;
    const char* text = library().archive_error_string(archive_);
    return {.kind = ErrorKind::parse,
            .what = "the archive is damaged: " + printable(text ? text : "it ends early"),
            .where = {},
            .next = "make it anew, or unpack what is left of it and give the log files"};
}

Result<std::unique_ptr<Archive>> Archive::open(ByteSource& from)
{
    const Functions& call = library();
    if (!call.missing.empty())
        return fail(ErrorKind::unsupported, "archives need libarchive: " + call.missing,
                    "install it (Debian: `apt install libarchive13`), or unpack the file first");
    std::unique_ptr<Archive> made{new Archive{from}};
    made->archive_ = call.archive_read_new();
    archive* const of = made->archive_;
    for (const auto support : {call.archive_read_support_filter_gzip, call.archive_read_support_filter_xz,
                               call.archive_read_support_filter_zstd, call.archive_read_support_filter_bzip2,
                               call.archive_read_support_format_tar, call.archive_read_support_format_zip,
                               call.archive_read_support_format_raw, call.archive_read_support_format_empty})
        support(of);
    if (call.archive_read_open(of, made.get(), nullptr, hand_over, nullptr) != ARCHIVE_OK)
        return std::unexpected(made->broken());
    return made;
}

Result<std::optional<Archive::Entry>> Archive::next()
{
    archive_entry* entry = nullptr;
    const int state = library().archive_read_next_header(archive_, &entry);
    if (state == ARCHIVE_EOF)
        return std::nullopt;
    if (state < ARCHIVE_WARN)
        return std::unexpected(broken());
    const char* path = library().archive_entry_pathname(entry);
    const bool is_raw = library().archive_format(archive_) == ARCHIVE_FORMAT_RAW;
    const std::string name = is_raw || !path ? "" : path;
    return Entry{.name = printable(name, 400),
                 .is_file = is_raw || library().archive_entry_filetype(entry) == AE_IFREG,
                 .is_outside = leads_outside(name),
                 .is_same = is_raw && library().archive_filter_count(archive_) == 1};
}

Result<std::size_t> Archive::read(std::span<char> into)
{
    const auto size = library().archive_read_data(archive_, into.data(), into.size());
    if (size < 0)
        return std::unexpected(broken());
    return static_cast<std::size_t>(size);
}

}  // namespace gpupass
