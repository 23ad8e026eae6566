#include "transport/local_each.hpp"

#include "transport/entry_reader.hpp"
#include "transport/forked.hpp"

#include <algorithm>
#include <atomic>
#include <new>
#include <optional>
#include <ranges>
#include <thread>

namespace gpupass {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t entries_worth_a_child = 64;
constexpr std::size_t most_children = 4;

/// The entry that is being read, and how much text the ones before it made. Told in one word: never one without the other.
struct Progress {
    std::uint32_t entry{}, size{};
    bool operator==(const Progress&) const = default;
};

/// What a child and we share; the text follows.
struct Board {
    std::atomic<Progress> progress;
    std::atomic<bool> full;
    EntryReader::Desk desk;
    static_assert(std::atomic<Progress>::is_always_lock_free);
};

/// Some of the entries and the child that reads them.
class Shard {
public:
    Shard(const LocalFiles& files, const ReadEach& query, std::span<const std::string> paths, const EachLimits& limits)
        : files_{files}, query_{query}, paths_{paths}, limits_{limits}, room_{limits.answer_limit + 8192}
    {
        start();
    }

    /// Takes what came, goes on behind what does not answer. `passed`: time since the last look.
    void look(milliseconds passed);
    /// What a child has finished that is not done with all.
    void give_up() { take(board().progress); }
    bool is_done() const { return paths_.empty(); }
    const Forked* child() const { return &*child_; }
    std::string& text() { return text_; }
    bool is_truncated() const { return truncated_; }
    int error() const { return error_; }

private:
    void start();
    void take(Progress progress);
    void pass_over(std::string_view why);
    Board& board() const { return *std::launder(static_cast<Board*>(memory_->data())); }
    std::span<char> board_text() const { return {static_cast<char*>(memory_->data()) + sizeof(Board), room_}; }

    const LocalFiles& files_;
    const ReadEach& query_;
    std::span<const std::string> paths_;  // not yet read
    EachLimits limits_;
    std::size_t room_;
    std::optional<SharedMemory> memory_;
    std::optional<Forked> child_;
    Progress seen_;
    milliseconds idle_{};
    std::string text_;
    bool truncated_{};
    int error_{};
};

void Shard::start()
{
    child_.reset();
    memory_.emplace(sizeof(Board) + room_);
    seen_ = {};
    idle_ = {};
    if (paths_.empty())
        return;
    Board& board = *new (memory_->data()) Board;
    EntryReader reader{files_, query_, board_text(), board.desk};
    child_.emplace([&] {
        for (std::uint32_t i = 0; i < paths_.size(); ++i) {
            if (!reader.add_entry(paths_[i])) {
                board.full = true;
                return;
            }
            board.progress = Progress{i + 1, static_cast<std::uint32_t>(reader.size())};
        }
    });
    if (child_->is_there())
        return;
    error_ = errno;
    paths_ = {};
}

void Shard::take(Progress progress)
{
    text_ += std::string_view{board_text().data(), progress.size};
    paths_ = paths_.subspan(progress.entry);
}

void Shard::pass_over(std::string_view why)
{
    const std::string& path = paths_.front();
    text_.append(path, path.find_last_of('/') + 1).append("\t!\t").append(why).append("\n");
    paths_ = paths_.subspan(1);
    start();
}

void Shard::look(milliseconds passed)
{
    const bool ended = child_->has_ended();  // before the look at its progress: that is its last, then
    const Progress now = board().progress;
    idle_ = std::exchange(seen_, now) == now ? idle_ + passed : milliseconds{0};
    if (!ended && now.entry < paths_.size() && idle_ < limits_.entry_time)
        return;
    const bool full = board().full;
    take(now);
    if (is_done())
        return;
    if (full) {
        truncated_ = true;
        paths_ = {};
    } else
        pass_over(ended ? "its reader was killed"
                        : "no answer within " + std::to_string(limits_.entry_time.count()) + " ms");
}

/// Folder and entry, of each entry whose name can stand in a line.
std::vector<std::string> paths_of(const std::string& folder, std::string_view names)
{
    std::vector<std::string> paths;
    for (const auto part : names | std::views::split('\n'))
        if (const std::string_view name{part}; !name.empty() && name.front() != '.' && !name.contains('\t'))
            paths.push_back((folder == "/" ? "" : folder) + '/' + std::string{name});
    return paths;
}

std::vector<Shard> shards_of(const LocalFiles& files, const ReadEach& query, std::span<const std::string> paths,
                             const EachLimits& limits)
{
    const auto cores = std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
    const auto count = std::clamp(paths.size() / entries_worth_a_child, std::size_t{1}, std::min(cores, most_children));
    std::vector<Shard> shards;
    for (std::size_t i = 0; i < count; ++i) {
        const auto begin = paths.size() * i / count;
        shards.emplace_back(files, query, paths.subspan(begin, paths.size() * (i + 1) / count - begin), limits);
    }
    return shards;
}

/// Looks at the shards until all are done. False: the deadline came first. A pause of the whole machine (a VM that was
/// stopped) counts as one step: no child is given up that had no chance to run.
bool work_off(std::vector<Shard>& shards, const EachLimits& limits)
{
    const milliseconds step = std::max(limits.entry_time / 8, milliseconds{1});
    while (!std::ranges::all_of(shards, &Shard::is_done)) {
        if (limits.deadline.passed())
            return false;
        std::vector<const Forked*> children;
        for (const Shard& shard : shards)
            if (!shard.is_done())
                children.push_back(shard.child());
        const auto begin = Clock::now();
        Forked::wait_for_any(children, std::min(step, limits.deadline.left() + milliseconds{1}));
        const auto passed = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
        for (Shard& shard : shards)
            if (!shard.is_done())
                shard.look(std::min(passed, step));
    }
    return true;
}

}  // namespace

Answer read_each(const LocalFiles& files, const ReadEach& query, const EachLimits& limits)
{
    const Answer list = files.answer(ListDir{query.folder}, default_answer_limit);
    if (!list.ok())
        return list;
    const auto paths = paths_of(query.folder, list.out);
    auto shards = shards_of(files, query, paths, limits);
    Answer answer{.truncated = list.truncated};
    if (!work_off(shards, limits))
        answer.state = Answer::State::timed_out;
    for (Shard& shard : shards) {
        if (!shard.is_done())
            shard.give_up();
        if (shard.error() != 0)
            return {.exit_code = 1, .out = {}, .err = "no process: " + words_of(shard.error()) + "\n"};
        answer.out += shard.text();
        answer.truncated |= shard.is_truncated();
    }
    answer.truncated |= answer.out.size() > limits.answer_limit;
    answer.out.resize(std::min(answer.out.size(), limits.answer_limit));
    return answer;
}

}  // namespace gpupass
