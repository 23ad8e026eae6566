#include "cli/change.hpp"
#include "cli/commands.hpp"
#include "cli/proof.hpp"
#include "cli/run_choice.hpp"

namespace gpupass::cli {

Result<int> resume(Context& context)
{
    if (auto guest = check_guest(context); !guest)
        return std::unexpected(guest.error());
    const auto run = run_to_resume(context);
    if (!run)
        return std::unexpected(run.error());
    const auto choice = host_of_run(context, *run);
    if (!choice)
        return std::unexpected(choice.error());
    auto host = context.around.open(*choice, {}, context.around);
    if (!host)
        return std::unexpected(host.error());
    const auto options = run_options(context, host->uri, run->command);
    return run_and_report(context, *host, run->host_name, [&](Journal& journal, RunTalk& talk) {
        return resume_run(*host->host, journal, run->id, context.options.consents, options, talk);
    });
}

}  // namespace gpupass::cli
