#include "transport/recording.hpp"

namespace gpupass {
namespace {

/// Requests to a web service hold what changes from session to session: they are known by their names alone.
Query key_of(const Query& query)
{
    const auto* http = std::get_if<Http>(&query);
    return http ? Query{Http{.name = http->name}} : query;
}

bool is_recorded(const Query& query)
{
    const auto* http = std::get_if<Http>(&query);
    return !is_change(query) && (!http || !http->name.empty());
}

class Recorder : public Machine {
public:
    Recorder(std::unique_ptr<Machine> machine, Recording& recording) : machine_{std::move(machine)}, recording_{recording}
    {
        query_time = machine_->query_time;
        entry_time = machine_->entry_time;
        answer_limit = machine_->answer_limit;
        each_limit = machine_->each_limit;
    }

    std::string name() const override { return machine_->name(); }
    void disconnect() override { machine_->disconnect(); }

    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline deadline) override
    {
        machine_->query_time = query_time;
        machine_->entry_time = entry_time;
        machine_->answer_limit = answer_limit;
        machine_->each_limit = each_limit;
        auto answers = machine_->ask(queries, deadline);
        for (std::size_t i = 0; answers && i < queries.size(); ++i)
            if (is_recorded(queries[i]) && (*answers)[i].state != Answer::State::not_recorded)
                recording_.answers.insert_or_assign(key_of(queries[i]), (*answers)[i]);
        return answers;
    }

private:
    std::unique_ptr<Machine> machine_;
    Recording& recording_;
};

class Replay : public Machine {
public:
    explicit Replay(Recording recording) : recording_{std::move(recording)} {}

    std::string name() const override { return recording_.host; }

    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline) override
    {
        std::vector<Answer> answers;
        for (const Query& query : queries) {
            if (is_change(query))
                return at(Error{ErrorKind::unsupported, "a recording cannot be changed", {describe(query)}, {}}, "recording of " + name());
            const auto found = recording_.answers.find(key_of(query));
            answers.push_back(found == recording_.answers.end() ? Answer{.state = Answer::State::not_recorded, .out = {}, .err = {}} : found->second);
        }
        return answers;
    }

private:
    Recording recording_;
};

}  // namespace

std::unique_ptr<Machine> make_recorder(std::unique_ptr<Machine> machine, Recording& recording)
{
    return std::make_unique<Recorder>(std::move(machine), recording);
}

std::unique_ptr<Machine> make_replay(Recording recording)
{
    return std::make_unique<Replay>(std::move(recording));
}

}  // namespace gpupass
