#include "integration/world.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>

// The promise, tried: whatever dies or breaks in the middle of an attach, `resume` reaches the goal and `undo` brings
// everything back. GPUPASS_CHAOS=N sets how many random moments are tried of each kind (200 by default),
// GPUPASS_CHAOS_SEED the seed.

namespace gpupass::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::vector<std::string> attach_debian{"attach", "auto", "--vm", "debian", "--start", "--yes"};

int number_from(const char* name, int otherwise)
{
    const char* text = std::getenv(name);
    return text ? std::atoi(text) : otherwise;
}

std::uint32_t seed_of(int round)
{
    return static_cast<std::uint32_t>(number_from("GPUPASS_CHAOS_SEED", 11)) * 1'000'003u + static_cast<std::uint32_t>(round);
}

std::mutex failures;

/// gtest's own assertions are for its thread; here a failure is a text.
void report(const std::string& text)
{
    const std::scoped_lock lock{failures};
    ADD_FAILURE() << text;
}

/// A host that reboots by itself may do so in the middle of what mends the attach, too: then a person does that once more.
enum class Strikes { once, late_too };

/// One try: `disturb` starts an attach and breaks it; then half of the tries resume first, and all undo.
void try_once(int round, const std::string& what, const std::function<void(World&, std::mt19937&)>& disturb, Strikes strikes = Strikes::once)
{
    std::mt19937 random{seed_of(round)};
    World world;
    const auto files = world.files();
    json before = essence(world.gpupass_json({"inspect"}));
    const auto complain = [&](const std::string& text) {
        report(what + ", round " + std::to_string(round) + ": " + text + "\nsimulator: " + world.simulator_log());
    };

    const auto mend = [&](const std::vector<std::string>& command) {
        Finished finished = world.gpupass(command, {.limit = seconds{120}});
        if (finished.exit_code != 4 || strikes == Strikes::once)
            return finished;
        world.settle();
        return world.gpupass(command, {.limit = seconds{120}});
    };

    disturb(world, random);
    world.clear_faults();
    const int status = world.gpupass({"status"}).exit_code;
    const bool open = status == 5;
    if (!open) {  // no run was begun: a VM that the host's own reboot stopped is not ours to start
        world.settle();
        if (const json now = essence(world.gpupass_json({"inspect"})); now.at("gpus") == before.at("gpus"))
            before = now;
    }
    if (random() % 2 == 0 || !open) {
        const Finished on = mend(open ? std::vector<std::string>{"resume", "--yes"} : attach_debian);
        if (on.exit_code != 0)
            return complain((open ? "resume" : "attach") + std::string{" exits "} + std::to_string(on.exit_code) + ": " + on.err);
        const json during = world.gpupass_json({"inspect"});
        if (during.at("gpus").at(0).at("state") != "active" || during.at("gpus").at(0).at("vm") != "debian")
            return complain("the goal does not hold after resume: " + during.at("gpus").dump());
        for (const json& vm : during.at("vms"))
            if (vm.at("power") != (vm.at("name") == "windows11" ? "off" : "on"))
                return complain("after resume " + vm.dump());
    }
    const Finished back = mend({"undo", "--yes"});
    if (back.exit_code != 0)
        return complain("undo exits " + std::to_string(back.exit_code) + ": " + back.err);
    const json after = essence(world.gpupass_json({"inspect"}));
    if (after != before)
        complain("settings differ after undo:\n" + before.dump() + "\n" + after.dump());
    if (const std::string lost = difference(files, world.files()); !lost.empty())
        complain("files differ after undo:\n" + lost);
    const int reboots = world.calls().at("reboots");
    if (reboots > 2)
        complain("a reboot too many: " + std::to_string(reboots));
}

void in_parallel(int rounds, const std::function<void(int)>& one)
{
    std::atomic<int> next{0};
    std::vector<std::jthread> workers;
    for (int w = 0; w < 16; ++w)
        workers.emplace_back([&] {
            for (int round = next++; round < rounds; round = next++)
                one(round);
        });
}

/// How long an undisturbed attach takes here.
milliseconds usual_time()
{
    World world;
    return world.gpupass(attach_debian).took;
}

TEST(Chaos, KilledAtRandomMoments)
{
    const auto usual = usual_time();
    in_parallel(number_from("GPUPASS_CHAOS", 200), [&](int round) {
        try_once(round, "killed", [&](World& world, std::mt19937& random) {
            // Six at a time on few cores are slower than one alone: the moments reach beyond its time.
            const milliseconds moment{std::uniform_int_distribution<long>{0, 2 * usual.count()}(random)};
            (void)world.gpupass(attach_debian, {.kill_after = moment});
        });
    });
}

TEST(Chaos, KilledAtEveryJournalWrite)
{
    std::atomic<int> last{1'000};
    in_parallel(120, [&](int round) {
        const int write = round / 2 + 1;
        if (write > last)
            return;
        try_once(round, std::string{"killed "} + (round % 2 ? "after" : "before") + " journal write " + std::to_string(write), [&](World& world, std::mt19937&) {
            Launch launch = world.launch(attach_debian);
            launch.argv[0] = GPUPASS_MORTAL;
            launch.environment["MORTAL_WRITE"] = std::to_string(write);
            launch.environment["MORTAL_AFTER"] = std::to_string(round % 2);
            if (run(launch).exit_code != 128 + 9)
                last = std::min(last.load(), write);
        });
    });
    EXPECT_GT(last, 20) << "the journal is written before and after every step";
    EXPECT_LT(last, 1'000) << "some number of writes is enough for a whole run";
}

TEST(Chaos, ConnectionCutAtRandomBytes)
{
    in_parallel(number_from("GPUPASS_CHAOS", 200), [&](int round) {
        try_once(round, "cut", [&](World& world, std::mt19937& random) {
            const int bytes = std::uniform_int_distribution<int>{0, 60'000}(random);
            world.set_faults({"cut:" + std::to_string(bytes)});
            (void)world.gpupass(attach_debian);
        });
    });
}

TEST(Chaos, HostRebootsByItself)
{
    in_parallel(std::max(1, number_from("GPUPASS_CHAOS", 200) / 4), [&](int round) {
        try_once(round, "rebooted", [&](World& world, std::mt19937& random) {
            const bool clean = random() % 2 == 0;
            const int commands = std::uniform_int_distribution<int>{1, 150}(random);
            world.set_faults({(clean ? "reboot-now-clean:" : "reboot-now:") + std::to_string(commands)});
            (void)world.gpupass(attach_debian);
            world.settle();  // nobody waits for a host that is down for reasons of its own
        }, Strikes::late_too);
    });
}

}  // namespace
}  // namespace gpupass::test
