#include "diagnose/diagnose.hpp"

#include "diagnose/log_reader.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <optional>
#include <thread>

namespace gpupass {
namespace {

constexpr std::size_t most_threads = 8;

/// In the order of the paths, whichever is read first.
std::vector<Result<ReadLogs>> read_files(const RuleSet& rules, const std::vector<std::string>& paths)
{
    std::vector<Result<ReadLogs>> read(paths.size());
    std::atomic<std::size_t> next{};
    const auto work = [&] {
        for (std::size_t i = next++; i < paths.size(); i = next++)
            read[i] = read_log_file(rules, paths[i]);
    };
    const std::size_t threads = std::min({paths.size(), most_threads, std::size_t{std::thread::hardware_concurrency()}});
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < threads; ++i)
        helpers.emplace_back(work);
    work();
    helpers.clear();
    return read;
}

void add(Diagnosis& diagnosis, Case& of, ReadLogs read)
{
    diagnosis.lines += read.lines;
    diagnosis.bytes += read.bytes;
    std::ranges::move(read.logs, std::back_inserter(of.logs));
    std::ranges::move(read.notes, std::back_inserter(diagnosis.notes));
}

}  // namespace

Result<Diagnosis> diagnose(const RuleSet& rules, const DiagnoseRequest& request)
{
    Diagnosis diagnosis;
    Case of{.logs = {}, .told = request.told, .host = request.host, .by_facts = request.host != nullptr};
    diagnosis.sources = request.files;
    for (Result<ReadLogs>& read : read_files(rules, request.files)) {
        if (!read)
            return std::unexpected(std::move(read.error()));
        add(diagnosis, of, std::move(*read));
    }
    for (const LogText& text : request.texts) {
        diagnosis.sources.push_back(text.source);
        TextSource source{text.text};
        auto read = read_logs(rules, source, text.source);
        if (!read)
            return std::unexpected(std::move(read.error()));
        add(diagnosis, of, std::move(*read));
    }
    diagnosis.findings = judge(rules, of);
    return diagnosis;
}

}  // namespace gpupass
