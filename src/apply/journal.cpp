#include "apply/journal.hpp"

#include "apply/sqlite.hpp"
#include "model/json.hpp"

#include <nlohmann/json.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace gpupass {

namespace {

constexpr int schema_version = 1;

constexpr const char* schema = R"(
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host_uuid TEXT NOT NULL, host_name TEXT NOT NULL, uri TEXT NOT NULL, command TEXT NOT NULL,
    goal TEXT NOT NULL,              -- JSON, see model/json.hpp
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,   -- Unix seconds; 0: open
    undoes INTEGER, message TEXT NOT NULL,
    images TEXT NOT NULL);           -- JSON: before-images on the host, hashes only, never their content
CREATE INDEX runs_by_host ON runs (host_uuid, id);
CREATE TABLE steps (
    run INTEGER NOT NULL REFERENCES runs (id),
    position INTEGER NOT NULL,
    id TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL, seconds REAL NOT NULL,
    uptime_s INTEGER, boot_started_at INTEGER,
    sets TEXT NOT NULL, before TEXT NOT NULL,                 -- JSON lists of key and value
    times INTEGER NOT NULL,
    PRIMARY KEY (run, position),
    UNIQUE (run, id, sets));
CREATE TABLE hosts (uri TEXT PRIMARY KEY, uuid TEXT NOT NULL);
PRAGMA user_version = 1;
)";

template <class Enum, std::size_t count>
Enum read_word(const std::string& word, const std::array<Enum, count>& all, Enum otherwise)
{
    const auto found = std::ranges::find_if(all, [&](Enum value) { return to_string(value) == word; });
    return found == all.end() ? otherwise : *found;
}

RunState run_state(const std::string& word)
{
    using enum RunState;
    return read_word(word, std::array{running, done, stopped, waiting, failed, undone}, stopped);
}

StepState step_state(const std::string& word)
{
    using enum StepState;
    return read_word(word, std::array{planned, begun, done, failed, skipped}, begun);
}

std::string images_json(const std::vector<BeforeImage>& images)
{
    auto list = nlohmann::json::array();
    for (const BeforeImage& image : images)
        list.push_back({{"path", image.path}, {"image", image.image_path}, {"before", image.before_hash}, {"after", image.after_hash}});
    return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<std::vector<BeforeImage>> read_images(const std::string& text)
{
    try {
        std::vector<BeforeImage> images;
        for (const auto& item : nlohmann::json::parse(text))
            images.push_back({item.at("path"), item.at("image"), item.at("before"), item.at("after")});
        return images;
    } catch (const nlohmann::json::exception& error) {
        return fail(ErrorKind::parse, std::string{"the list of before-images in the journal is damaged: "} + error.what());
    }
}

constexpr const char* select_runs =
    "SELECT id, host_uuid, host_name, uri, command, goal, state, started_at, ended_at, undoes, message, images FROM runs ";

Result<RunRecord> read_run_row(const Statement& row)
{
    auto goal = goal_from_json(row.text(5));
    if (!goal)
        return std::unexpected(goal.error());
    auto images = read_images(row.text(11));
    if (!images)
        return std::unexpected(images.error());
    RunRecord run{.id = row.number(0), .host_uuid = row.text(1), .host_name = row.text(2), .uri = row.text(3),
                  .command = row.text(4), .goal = std::move(*goal), .state = run_state(row.text(6)),
                  .started_at = row.number(7), .ended_at = row.number(8), .message = row.text(10),
                  .images = std::move(*images)};
    if (!row.is_null(9))
        run.undoes = row.number(9);
    return run;
}

Result<StepRecord> read_step_row(const Statement& row)
{
    auto sets = wants_from_json(row.text(6));
    auto before = wants_from_json(row.text(7));
    if (!sets || !before)
        return std::unexpected(!sets ? sets.error() : before.error());
    StepRecord step{.id = row.text(0), .title = row.text(1), .state = step_state(row.text(2)), .seconds = row.real(3),
                    .sets = std::move(*sets), .before = std::move(*before), .times = static_cast<int>(row.number(8))};
    if (!row.is_null(4))
        step.boot = Boot{row.number(4), row.number(5)};
    return step;
}

class SqliteJournal : public Journal {
public:
    explicit SqliteJournal(Database database) : database_(std::move(database)) {}

    Result<long> begin_run(const RunRecord& run) override
    {
        auto insert = Statement::prepare(database_.get(),
            "INSERT INTO runs (host_uuid, host_name, uri, command, goal, state, started_at, ended_at, undoes, message, images)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, '', ?)");
        if (!insert)
            return std::unexpected(insert.error());
        insert->bind(run.host_uuid).bind(run.host_name).bind(run.uri).bind(run.command).bind(to_json(run.goal))
            .bind(to_string(RunState::running)).bind(std::int64_t{std::time(nullptr)});
        run.undoes ? insert->bind(std::int64_t{*run.undoes}) : insert->bind_null();
        insert->bind(images_json(run.images));
        if (auto ran = insert->run(); !ran)
            return std::unexpected(ran.error());
        const long id = sqlite3_last_insert_rowid(database_.get());
        if (auto seen = remember_host(run.uri, run.host_uuid); !seen)
            return std::unexpected(seen.error());
        return id;
    }

    Result<void> save_step(long run, const StepRecord& step) override
    {
        auto save = Statement::prepare(database_.get(),
            "INSERT INTO steps (run, position, id, title, state, seconds, uptime_s, boot_started_at, sets, before, times)"
            " VALUES (?1, (SELECT count(*) FROM steps WHERE run = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
            " ON CONFLICT (run, id, sets) DO UPDATE SET state = excluded.state, seconds = excluded.seconds,"
            " uptime_s = excluded.uptime_s, boot_started_at = excluded.boot_started_at, before = excluded.before, times = excluded.times");
        if (!save)
            return std::unexpected(save.error());
        save->bind(std::int64_t{run}).bind(step.id).bind(step.title).bind(to_string(step.state)).bind(step.seconds);
        if (step.boot)
            save->bind(step.boot->uptime_s).bind(step.boot->started_at);
        else
            save->bind_null().bind_null();
        return save->bind(to_json(step.sets)).bind(to_json(step.before)).bind(std::int64_t{step.times}).run();
    }

    Result<void> save_images(long run, const std::vector<BeforeImage>& images) override
    {
        auto save = Statement::prepare(database_.get(), "UPDATE runs SET images = ? WHERE id = ?");
        if (!save)
            return std::unexpected(save.error());
        return save->bind(images_json(images)).bind(std::int64_t{run}).run();
    }

    Result<void> end_run(long run, RunState state, const std::string& message) override
    {
        auto save = Statement::prepare(database_.get(), "UPDATE runs SET state = ?, message = ?, ended_at = ? WHERE id = ?");
        if (!save)
            return std::unexpected(save.error());
        const bool open = state == RunState::running;
        return save->bind(to_string(state)).bind(message).bind(open ? std::int64_t{0} : std::int64_t{std::time(nullptr)})
            .bind(std::int64_t{run}).run();
    }

    Result<RunRecord> read_run(long id) override
    {
        auto select = Statement::prepare(database_.get(), (std::string{select_runs} + "WHERE id = ?").c_str());
        if (!select)
            return std::unexpected(select.error());
        auto found = read_runs(select->bind(std::int64_t{id}));
        if (!found)
            return std::unexpected(found.error());
        if (found->empty())
            return fail(ErrorKind::not_found, "there is no run " + std::to_string(id), "list the runs with `gpupass history`");
        return std::move(found->front());
    }

    Result<std::vector<RunRecord>> runs(const std::string& host_uuid) override
    {
        const std::string sql = std::string{select_runs} + "WHERE ?1 = '' OR host_uuid = ?1 ORDER BY id DESC";
        auto select = Statement::prepare(database_.get(), sql.c_str());
        if (!select)
            return std::unexpected(select.error());
        return read_runs(select->bind(host_uuid));
    }

    Result<std::optional<RunRecord>> open_run(const std::string& host_uuid) override
    {
        const std::string sql = std::string{select_runs} +
                                "WHERE host_uuid = ? AND state NOT IN ('done', 'undone') ORDER BY id DESC LIMIT 1";
        auto select = Statement::prepare(database_.get(), sql.c_str());
        if (!select)
            return std::unexpected(select.error());
        auto found = read_runs(select->bind(host_uuid));
        if (!found)
            return std::unexpected(found.error());
        return found->empty() ? std::nullopt : std::optional{std::move(found->front())};
    }

    Result<std::optional<std::string>> host_seen_at(const std::string& uri) override
    {
        auto select = Statement::prepare(database_.get(), "SELECT uuid FROM hosts WHERE uri = ?");
        if (!select)
            return std::unexpected(select.error());
        const auto row = select->bind(uri).step();
        if (!row)
            return std::unexpected(row.error());
        return *row ? std::optional{select->text(0)} : std::nullopt;
    }

private:
    Result<void> remember_host(const std::string& uri, const std::string& uuid)
    {
        auto save = Statement::prepare(database_.get(), "INSERT OR REPLACE INTO hosts (uri, uuid) VALUES (?, ?)");
        if (!save)
            return std::unexpected(save.error());
        return save->bind(uri).bind(uuid).run();
    }

    Result<std::vector<RunRecord>> read_runs(Statement& select)
    {
        std::vector<RunRecord> found;
        for (;;) {
            const auto row = select.step();
            if (!row)
                return std::unexpected(row.error());
            if (!*row)
                return found;
            auto run = read_run_row(select);
            if (!run)
                return std::unexpected(run.error());
            auto steps = read_steps(run->id);
            if (!steps)
                return std::unexpected(steps.error());
            run->steps = std::move(*steps);
            found.push_back(std::move(*run));
        }
    }

    Result<std::vector<StepRecord>> read_steps(long run)
    {
        auto select = Statement::prepare(database_.get(),
            "SELECT id, title, state, seconds, uptime_s, boot_started_at, sets, before, times FROM steps WHERE run = ? ORDER BY position");
        if (!select)
            return std::unexpected(select.error());
        select->bind(std::int64_t{run});
        std::vector<StepRecord> steps;
        for (;;) {
            const auto row = select->step();
            if (!row)
                return std::unexpected(row.error());
            if (!*row)
                return steps;
            auto step = read_step_row(*select);
            if (!step)
                return std::unexpected(step.error());
            steps.push_back(std::move(*step));
        }
    }

    Database database_;
};

Result<void> prepare_schema(sqlite3* database)
{
    // One writer at a time decides on the schema; synchronous FULL makes every commit durable before it returns.
    if (auto set = execute(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE"); !set)
        return set;
    auto read = Statement::prepare(database, "PRAGMA user_version");
    if (!read)
        return std::unexpected(read.error());
    if (const auto row = read->step(); !row)
        return std::unexpected(row.error());
    const auto version = read->number(0);
    *read = *Statement::prepare(database, "SELECT 1");  // ends the read before COMMIT
    if (version > schema_version)
        return fail(ErrorKind::unsupported, "the journal was written by a newer gpupass", "use that version");
    if (version == 0)
        if (auto made = execute(database, schema); !made)
            return made;
    return execute(database, "COMMIT");
}

}  // namespace

std::string to_string(RunState state)
{
    switch (state) {
    case RunState::running: return "running";
    case RunState::done: return "done";
    case RunState::stopped: return "stopped";
    case RunState::waiting: return "waiting";
    case RunState::failed: return "failed";
    case RunState::undone: return "undone";
    }
    return "stopped";
}

std::string to_string(StepState state)
{
    switch (state) {
    case StepState::planned: return "planned";
    case StepState::begun: return "begun";
    case StepState::done: return "done";
    case StepState::failed: return "failed";
    case StepState::skipped: return "skipped";
    }
    return "begun";
}

Result<std::unique_ptr<Journal>> open_journal(const std::filesystem::path& state_folder)
{
    std::error_code error;
    std::filesystem::create_directories(state_folder, error);
    if (error)
        return fail(ErrorKind::failed, "cannot create the state folder " + state_folder.string() + ": " + error.message());
    const auto path = state_folder / "journal.db";
    const mode_t before = umask(0077);  // goals name hosts and VMs: nobody else's business
    sqlite3* handle{};
    const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    umask(before);
    Database database{handle};
    if (code != SQLITE_OK)
        return fail(ErrorKind::failed, "cannot open " + path.string() + ": " + sqlite3_errstr(code), "check the rights of the state folder");
    sqlite3_busy_timeout(handle, 10'000);
    if (auto ready = prepare_schema(handle); !ready)
        return at(ready.error(), path.string());
    return std::make_unique<SqliteJournal>(std::move(database));
}

}  // namespace gpupass
