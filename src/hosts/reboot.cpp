#include "hosts/reboot.hpp"

#include <string>

namespace gpupass {

namespace {

const char* note_of(Seen seen)
{
    switch (seen) {
    case Seen::nothing: return "the host is away; waiting for it to answer again";
    case Seen::old_boot: return "the host is going down";
    case Seen::new_boot: return "the host is back; waiting for its management service";
    case Seen::ready: break;
    }
    return "the host is back";
}

}  // namespace

Result<void> wait_for_return(const std::function<Result<Seen>()>& look, const std::function<Result<void>(std::string_view note)>& wait,
                             std::chrono::milliseconds limit)
{
    const auto end = std::chrono::steady_clock::now() + limit;
    Seen last = Seen::old_boot;
    while (std::chrono::steady_clock::now() < end) {
        if (auto waited = wait(note_of(last)); !waited)
            return waited;
        const auto seen = look();
        if (!seen)
            return std::unexpected(seen.error());
        if (*seen == Seen::ready)
            return {};
        last = *seen;
    }
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(limit).count();
    return fail(ErrorKind::timeout, "the host did not come back within " + std::to_string(minutes) + " minutes (" + note_of(last) + ")",
                "look at the host; when it answers SSH: `gpupass resume`");
}

}  // namespace gpupass
