#include "diagnose/log_search.hpp"

#include <algorithm>
#include <utility>

namespace gpupass {
namespace {

constexpr int enough_logs = 16;
constexpr std::size_t most_sightings = 40'000;  // some 20 MB

}  // namespace

void LogSearch::begin(const std::string& name)
{
    scanner_.start(name);
    decoder_.reset();
    escapes_ = {};
    fresh_ = true;
}

void LogSearch::feed(std::string_view bytes)
{
    if (std::exchange(fresh_, false))
        decoder_ = decoder_for(bytes);
    if (decoder_)
        decoder_->feed(bytes, [&](std::string_view text) { scanner_.feed(escapes_.without(text, plain_)); });
    else
        scanner_.feed(escapes_.without(bytes, plain_));
}

void LogSearch::end()
{
    if (decoder_)
        decoder_->finish([&](std::string_view text) { scanner_.feed(escapes_.without(text, plain_)); });
    keep(scanner_.finish());
}

bool LogSearch::has_enough(std::size_t pattern) const
{
    const auto found = logs_with_.find(pattern);
    return found != logs_with_.end() && found->second >= enough_logs;
}

void LogSearch::keep(Sightings seen)
{
    read_.lines += seen.lines;
    read_.bytes += seen.bytes;
    const auto betrays = [&](const auto& one) { return rules_.patterns()[one.first].role == Role::betrays; };
    std::erase_if(seen.of, [&](const auto& one) { return betrays(one) && has_enough(one.first); });
    if (std::ranges::none_of(seen.of, betrays))  // what stands beside a failure matters only where there is one
        std::erase_if(seen.of, [&](const auto& one) { return has_enough(one.first); });
    if (seen.of.empty())
        return;
    std::size_t size = 0;
    for (const auto& [pattern, lines] : seen.of) {
        ++logs_with_[pattern];
        size += lines.size();
    }
    if (kept_ + size > most_sightings) {
        if (kept_ <= most_sightings)
            read_.notes.push_back("from " + seen.source + " on: too many lines are of interest; give fewer logs at once");
        kept_ = most_sightings + 1;
        return;
    }
    kept_ += size;
    read_.logs.push_back(std::move(seen));
}

}  // namespace gpupass
