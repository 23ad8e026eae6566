#pragma once

#include "hosts/esxi/api/soap.hpp"
#include "transport/machine.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace gpupass::esxi {

/// Who logs in. The password comes from one of the two; it is nowhere else, and not in recordings.
struct Credentials {
    std::string user;
    std::optional<std::string> password;
    std::function<std::optional<std::string>(std::string_view prompt)> ask;
};

/// What the service offers, and what it is.
struct ServiceContent {
    bool is_vcenter{};
    std::string api_version;  // "7.0.3.0"
    Ref root_folder;
    Ref property_collector;
    Ref view_manager;
    Ref session_manager;
    Ref licence_manager;
    Ref file_manager;
    Ref authorization_manager;
    Ref guest_operations;
    std::string session_key;  // of the login; "" before it
    /// Fields that came with 7.0 may be sent.
    bool is_7() const;
};

/// A login that lasts: renewed when it ends, made again after the connection broke. Every call has a deadline.
class Session {
public:
    /// `is_recording`: the machine is a replay, which knows no login.
    Session(std::unique_ptr<Machine> machine, Credentials credentials, bool is_recording = false);
    ~Session();  // logs out
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Connects and logs in, unless that was done.
    Result<ServiceContent> open(Deadline deadline);
    /// Sends a call; the reply may be a fault. After NotAuthenticated it logs in and sends it once more; what was answered 503, or
    /// is a read whose connection broke, is sent up to three times.
    Result<Reply> call(const Call& call, Deadline deadline);
    /// The same; a fault is an error.
    Result<Reply> ask(const Call& call, Deadline deadline);
    /// Requests outside of SOAP, with the session's cookie: files of datastores.
    Result<Answer> http(const Http& query, Deadline deadline);

    /// Unix time by the clock of the other side; ours when it does not tell.
    std::int64_t time(Deadline deadline);
    /// Drops connection and login: the host reboots.
    void forget();
    std::string name() const { return machine_->name(); }

private:
    Result<Reply> send(const Call& call, Deadline deadline);
    Result<Answer> send_patiently(const Call& call, Deadline deadline);
    Result<ServiceContent> read_content(Deadline deadline);
    Result<void> log_in(Deadline deadline);
    Result<std::string> password();

    std::unique_ptr<Machine> machine_;
    Credentials credentials_;
    std::optional<ServiceContent> content_;
    bool is_recording_{};
    bool is_logged_in_{};
};

}  // namespace gpupass::esxi
