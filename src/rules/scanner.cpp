#include "rules/scanner.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace gpupass {
namespace {

constexpr std::size_t buffer_size = 512 * 1024;  // a line that is longer is searched that far
constexpr std::size_t max_line = 8'192;          // of a longer line, this much around the place
constexpr std::size_t max_kept = 6;              // first lines of a pattern
constexpr std::size_t max_devices = 48;          // with the first and the last line of further devices
constexpr std::size_t max_shown = 500;

long count_lines(const char* from, const char* to) { return std::count(from, to, '\n'); }

/// The line around a place, without its end.
std::string_view line_around(std::string_view block, std::size_t place)
{
    const std::size_t newline = place == 0 ? block.npos : block.rfind('\n', place - 1);
    const std::size_t begin = newline == block.npos ? 0 : newline + 1;
    std::string_view line = block.substr(begin, block.find('\n', place) - begin);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

Evidence evidence_of(std::string_view line, const Match& match, const std::string& source, long number)
{
    const std::size_t before = std::min(match.from, max_shown / 4);
    const std::size_t start = match.to <= max_shown ? 0 : match.from - before;
    const std::size_t length = std::min(match.to - match.from, max_shown - before);
    const std::string head = printable(line.substr(start, match.from - start), max_shown);
    const std::string middle = printable(line.substr(match.from, length), max_shown);
    const std::size_t shown = match.from - start + length;
    const std::string tail = shown < max_shown ? printable(line.substr(match.from + length), max_shown - shown) : "";
    return {source, number, head + middle + tail, head.size(), head.size() + middle.size()};
}

}  // namespace

std::string_view Sighting::device() const
{
    const auto found = std::ranges::find(fields, "device", &Fields::value_type::first);
    if (found == fields.end())
        return {};
    std::string_view name = found->second;
    if (name.starts_with("0000:"))
        name.remove_prefix(5);
    return name;
}

Scanner::Scanner(const RuleSet& rules)
    : rules_{rules}, found_{[this](std::size_t pattern, std::size_t end) { look_at(first_pattern_ + pattern, end); }},
      buffer_(buffer_size), last_line_(rules.patterns().size())
{
    for (const RuleSet::Finder& one : rules_.finders())
        spaces_.emplace_back(one.finder);
}

void Scanner::start(std::string source)
{
    seen_ = {.source = std::move(source), .of = {}};
    size_ = 0;
    line_ = 1;
    skipping_ = false;
}

/// Whole lines are searched where they are; only the line that is cut waits in the buffer for its rest.
void Scanner::feed(std::string_view bytes)
{
    seen_.bytes += static_cast<long long>(bytes.size());
    while (!bytes.empty()) {
        const bool is_begun = size_ > 0 || skipping_;
        const std::size_t newline = is_begun ? bytes.find('\n') : bytes.rfind('\n');
        const std::size_t whole = newline == bytes.npos ? 0 : newline + 1;
        if (!is_begun && whole > 0) {
            search(bytes.substr(0, whole));
            bytes.remove_prefix(whole);
            continue;
        }
        const std::size_t part = std::min(whole > 0 ? whole : bytes.size(), buffer_.size() - size_);
        std::memcpy(buffer_.data() + size_, bytes.data(), part);
        size_ += part;
        bytes.remove_prefix(part);
        if (part == whole || size_ == buffer_.size())
            read_lines();
    }
}

/// The buffer holds the end of a line, or is full.
void Scanner::read_lines()
{
    const std::string_view all{buffer_.data(), size_};
    const std::size_t last = all.rfind('\n');
    if (last == all.npos) {
        if (!skipping_)
            search(all);
        skipping_ = true;
        size_ = 0;
        return;
    }
    std::size_t begin = 0;
    if (skipping_) {  // what is left of a line that was searched already
        begin = all.find('\n') + 1;
        ++line_;
        skipping_ = false;
    }
    search(all.substr(begin, last + 1 - begin));
    size_ -= last + 1;
    std::memmove(buffer_.data(), buffer_.data() + last + 1, size_);
}

Sightings Scanner::finish()
{
    std::string_view rest{buffer_.data(), size_};
    bool is_open = !rest.empty() && !rest.ends_with('\n');
    if (skipping_) {
        const std::size_t end = rest.find('\n');
        is_open |= end == rest.npos;
        line_ += end == rest.npos ? 0 : 1;
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    search(rest);
    seen_.lines = line_ - 1 + (is_open ? 1 : 0);
    return std::move(seen_);
}

void Scanner::search(std::string_view block)
{
    block_ = block;
    const long first_line = line_;
    for (std::size_t i = 0; i < spaces_.size(); ++i) {
        const RuleSet::Finder& one = rules_.finders()[i];
        first_pattern_ = one.first;
        counted_to_ = block.data();
        line_ = first_line;
        std::ranges::fill(last_line_, std::string_view{});
        one.finder.find(block, spaces_[i], found_);
    }
    if (spaces_.empty())
        counted_to_ = block.data();
    line_number(block.data() + block.size());
}

/// Number of the line that begins at `place`. Places come in their order, but for those within one line.
long Scanner::line_number(const char* place)
{
    if (place < counted_to_)
        return line_ - count_lines(place, counted_to_);
    line_ += count_lines(counted_to_, place);
    counted_to_ = place;
    return line_;
}

/// A pattern may end at many places of one line, and a line may be half a megabyte: it is looked at once.
void Scanner::look_at(std::size_t pattern, std::size_t end)
{
    const char* place = block_.data() + (end == 0 ? 0 : end - 1);
    std::string_view& last = last_line_[pattern];
    if (last.data() && place >= last.data() && place <= last.data() + last.size())
        return;
    last = line_around(block_, static_cast<std::size_t>(place - block_.data()));
    keep(pattern, last, static_cast<std::size_t>(place - last.data()));
}

void Scanner::keep(std::size_t pattern, std::string_view line, std::size_t hit)
{
    const char* start = line.data();
    if (line.size() > max_line)
        line = line.substr(std::min(hit > max_line / 2 ? hit - max_line / 2 : 0, line.size() - max_line), max_line);
    if (const auto match = rules_.match(pattern, line, space_))
        keep(pattern, {evidence_of(line, *match, seen_.source, line_number(start)), match->fields});
}

/// The first lines of all, and of each device the first and the last.
void Scanner::keep(std::size_t pattern, Sighting sighting)
{
    std::vector<Sighting>& kept = seen_.of[pattern];
    const auto of_device = [&](const Sighting& one) { return one.device() == sighting.device(); };
    const auto known = std::ranges::count_if(kept, of_device);
    if (kept.size() >= max_kept && (known >= 2 || kept.size() >= max_devices)) {
        const auto last = std::ranges::find_if(kept.rbegin(), kept.rend(), of_device);
        if (last == kept.rend())
            return;
        kept.erase(last.base() - 1);
    }
    kept.push_back(std::move(sighting));
}

Sightings scan(const RuleSet& rules, const LogText& log)
{
    Scanner scanner{rules};
    scanner.start(log.source);
    scanner.feed(log.text);
    return scanner.finish();
}

}  // namespace gpupass
