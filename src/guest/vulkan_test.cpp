#include "guest/ask.hpp"

#include <gmock/gmock.h>

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>

namespace gpupass::guest {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

/// The software renderer of this system.
class Lavapipe : public testing::Test {
protected:
    /// Its library keeps some bytes for as long as it is loaded. The loader unloads it with the instance, and LeakSanitizer,
    /// which then sees nobody who holds them, would take them for lost: so it stays.
    static void SetUpTestSuite() { dlopen("libvulkan_lvp.so", RTLD_NOW | RTLD_NODELETE); }

    static const ApiDevice* find(const ApiAnswer& answer)
    {
        const auto found = std::ranges::find_if(answer.devices, [](const ApiDevice& d) { return !d.software.empty(); });
        return found == answer.devices.end() ? nullptr : &*found;
    }
};

std::vector<std::string> names_of(const auto& items)
{
    std::vector<std::string> names;
    for (const auto& item : items)
        names.push_back(item.name);
    return names;
}

TEST_F(Lavapipe, IsListedAsSoftwareAndLeftAlone)
{
    const ApiAnswer answer = ask_vulkan({.address = parse_pci_address("0000:00:02.0")});
    const ApiDevice* device = find(answer);
    if (!device)
        GTEST_SKIP() << "no software renderer: " << answer.missing;
    EXPECT_EQ(answer.api, "vulkan");
    EXPECT_EQ(answer.missing, "");
    EXPECT_EQ(answer.doing, "");
    EXPECT_EQ(device->software, "device type CPU");
    EXPECT_EQ(device->platform, "llvmpipe");
    EXPECT_THAT(device->name, testing::HasSubstr("llvmpipe"));
    EXPECT_THAT(device->driver, testing::HasSubstr("Mesa"));
    EXPECT_EQ(device->address, std::nullopt);
    EXPECT_EQ(device->id, std::nullopt) << "0x10005 is no PCI vendor";
    EXPECT_THAT(device->computations, IsEmpty());
    EXPECT_THAT(device->figures, IsEmpty());
}

TEST_F(Lavapipe, ComputesEverythingRight)
{
    const ApiAnswer answer = ask_vulkan({.allow_software = true});
    const ApiDevice* device = find(answer);
    if (!device)
        GTEST_SKIP() << "no software renderer: " << answer.missing;
    EXPECT_EQ(device->error, "");
    EXPECT_THAT(names_of(device->computations), ElementsAre("buffer", "int", "float", "local"));
    for (const Computation& computation : device->computations)
        EXPECT_TRUE(computation.right) << computation.name << ": " << computation.detail;
    EXPECT_THAT(device->figures, IsEmpty());
    EXPECT_EQ(device->engine_grew, std::nullopt) << "nobody could look";
}

TEST_F(Lavapipe, IsMeasuredOnRequest)
{
    const ApiAnswer answer = ask_vulkan({.figures = true, .allow_software = true});
    const ApiDevice* device = find(answer);
    if (!device)
        GTEST_SKIP() << "no software renderer: " << answer.missing;
    EXPECT_EQ(device->error, "");
    const auto names = names_of(device->figures);
    for (const char* name : {"fp32", "int32", "bandwidth", "launch"})
        EXPECT_THAT(names, Contains(name));
    const auto has_fp16 = std::ranges::find(device->features, "fp16") != device->features.end();
    EXPECT_EQ(std::ranges::find(names, "fp16") != names.end(), has_fp16);
    for (const Figure& figure : device->figures)
        EXPECT_GT(figure.value, 0) << figure.name;
}

TEST_F(Lavapipe, TellsWhatItDoesAndEveryComputationAtOnce)
{
    std::vector<std::string> doing;
    std::vector<std::size_t> counts;
    const ApiAnswer answer = ask_vulkan({.allow_software = true, .tell = [&](const ApiAnswer& now) {
                                             doing.push_back(now.doing);
                                             if (const ApiDevice* device = find(now))
                                                 counts.push_back(device->computations.size());
                                         }});
    const ApiDevice* device = find(answer);
    if (!device)
        GTEST_SKIP() << "no software renderer: " << answer.missing;
    EXPECT_THAT(doing, Contains("opening " + device->name));
    EXPECT_THAT(doing, Contains("compiling and computing on " + device->name));
    EXPECT_EQ(doing.back(), "");
    for (std::size_t count = 0; count <= 4; ++count)
        EXPECT_THAT(counts, Contains(count));
}

TEST_F(Lavapipe, EngineTimesAreThoseBetween)
{
    const PciAddress address{.bus = 0, .slot = 2};
    std::uint64_t time = 1000;
    const ApiAnswer answer = ask_vulkan({.allow_software = true, .engine_times = [&] {
                                             time *= 5;
                                             return std::optional{EngineTimes{{address, time}}};
                                         }});
    const ApiDevice* device = find(answer);
    if (!device)
        GTEST_SKIP() << "no software renderer: " << answer.missing;
    ASSERT_TRUE(device->engine_grew);
    EXPECT_EQ(device->engine_grew->at(address), 20'000u);
}

TEST(Vulkan, SaysThatThereIsNoDriver)
{
    setenv("VK_ICD_FILENAMES", "/nonexistent.json", 1);
    const ApiAnswer answer = ask_vulkan({.allow_software = true});
    unsetenv("VK_ICD_FILENAMES");
    if (answer.missing.find("libvulkan") != std::string::npos)
        GTEST_SKIP() << answer.missing;
    EXPECT_EQ(answer.missing, "no Vulkan driver is installed (the loader found none)");
    EXPECT_THAT(answer.devices, IsEmpty());
}

}  // namespace
}  // namespace gpupass::guest
