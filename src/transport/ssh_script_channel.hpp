#pragma once

#include "transport/script.hpp"
#include "transport/ssh_batch.hpp"

#include <libssh/callbacks.h>

namespace gpupass {

/// One channel with the script of some queries running in it.
class ScriptChannel {
public:
    /// `after`: render_script()
    ScriptChannel(SshSession& session, std::span<const Query> queries, const BatchLimits& limits,
                  const std::string& after);
    ~ScriptChannel();
    ScriptChannel(const ScriptChannel&) = delete;
    ScriptChannel& operator=(const ScriptChannel&) = delete;

    /// Answers of the first queries, at least one. Fewer than all: the last of them timed out.
    Result<std::vector<Answer>> run();

private:
    ScriptChannel(SshSession& session, std::span<const Query> queries, const BatchLimits& limits,
                  const std::string& mark, const std::string& after);
    static int take_data(ssh_session, ssh_channel, void* data, std::uint32_t size, int is_err, void* self);

    Result<void> open();
    bool send();
    bool drive();
    void collect();
    void begin_query();
    void heard_of_it();
    Answer unfinished() const;
    Error ended() const;
    std::string doing() const;
    bool all_answered() const { return answers_.size() == queries_.size(); }

    SshSession& session_;
    std::span<const Query> queries_;
    BatchLimits limits_;
    std::string script_;  // what is not yet sent
    SectionParser out_, err_;
    bool garbled_{};
    bool eof_sent_{};
    bool accepted_{};
    bool started_{};
    ssh_channel channel_{};
    ssh_channel_callbacks_struct callbacks_{};
    std::vector<Answer> answers_;
    bool heard_{};
    Deadline query_end_;       // of the first query that is not answered
    Deadline query_deadline_;  // the same, or of its next sign of life, or of the start
};

}  // namespace gpupass
