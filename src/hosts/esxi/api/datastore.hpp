#pragma once

#include "hosts/esxi/api/inventory.hpp"
#include "hosts/host.hpp"

#include <cstdint>
#include <optional>
#include <string>

// Files of a datastore, over HTTPS.

namespace gpupass::esxi {

struct DatastoreFile {
    Datacenter datacenter;
    std::string datastore;  // its name
    std::string path;       // below it: "debian/vmware.log"
    std::string text() const { return "[" + datastore + "] " + path; }
};

struct FileContent {
    std::string text;
    std::optional<std::int64_t> age_s;  // since it was last changed, by the host's clock
};
/// nullopt: it is not there.
Result<std::optional<FileContent>> read_file(Session& session, const DatastoreFile& file, Deadline deadline);
Result<void> write_file(Session& session, const DatastoreFile& file, const std::string& content, Deadline deadline);
/// Puts our marker there, or refreshes it; `mine` becomes its text. `busy` when another computer's fresh marker is there.
Result<void> claim_file(Session& session, const DatastoreFile& file, const Holder& holder, std::string& mine, Deadline deadline);
/// Takes it away, when it is still ours.
Result<void> release_file(Session& session, const DatastoreFile& file, std::string& mine, Deadline deadline);
/// Good when it was not there.
Result<void> delete_file(Session& session, const DatastoreFile& file, Deadline deadline);

/// The host's datastores that plain files can be written to now, by name.
Result<std::vector<std::string>> writable_datastores(Session& session, const Ref& host, Deadline deadline);

}  // namespace gpupass::esxi
