#include "guest/linux/vaapi/vaapi.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>
#include <optional>

// The real libva with the driver of tests/fake_va.

using namespace gpupass;
using namespace gpupass::guest;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

namespace {

const PciAddress gpu{0, 3, 0, 0};

struct Asked {
    ApiAnswer answer;
    std::vector<std::string> doings;
    const ApiDevice& device() const { return answer.devices.front(); }
    /// nullptr when it was not tried.
    const Computation* computation(const std::string& name) const
    {
        for (const Computation& done : device().computations)
            if (done.name == name)
                return &done;
        return nullptr;
    }
};

Asked ask(const char* mode, const char* folder = FAKE_VA_FOLDER, const char* node = "/dev/null",
          std::optional<PciAddress> address = gpu)
{
    setenv("FAKE_VA", mode, 1);
    setenv("LIBVA_DRIVERS_PATH", folder, 1);
    unsetenv("LIBVA_DRIVER_NAME");
    Asked asked;
    const Wish wish{.address = address, .tell = [&](const ApiAnswer& answer) { asked.doings.push_back(answer.doing); }};
    asked.answer = ask_vaapi(wish, node, {.drm = FAKE_VA_DRM});
    return asked;
}

}  // namespace

TEST(VaApi, DecodesKnownBytesAndEncodes)
{
    const Asked asked = ask("right");
    EXPECT_EQ(asked.answer.missing, "");
    EXPECT_EQ(asked.answer.doing, "");
    ASSERT_EQ(asked.answer.devices.size(), 1u);
    EXPECT_EQ(asked.device().error, "");
    EXPECT_EQ(asked.device().name, "Fake video driver 1.0");
    EXPECT_THAT(asked.device().driver, StartsWith("VA-API 1."));
    EXPECT_EQ(asked.device().address, gpu);
    EXPECT_THAT(asked.device().features, ElementsAre("H264Main:VLD", "H264High:VLD", "H264High:EncSliceLP"));
    ASSERT_TRUE(asked.computation("decode"));
    EXPECT_TRUE(asked.computation("decode")->right) << asked.computation("decode")->detail;
    EXPECT_EQ(asked.computation("decode")->detail, "H264High:VLD, 256x256, every byte");
    ASSERT_TRUE(asked.computation("encode"));
    EXPECT_TRUE(asked.computation("encode")->right) << asked.computation("encode")->detail;
    EXPECT_THAT(asked.computation("encode")->detail,
                AllOf(StartsWith("H264High:EncSliceLP, 256x256, "), HasSubstr("dB (PSNR)")));
}

TEST(VaApi, TellsWhatItDoesBeforeItDoesIt)
{
    EXPECT_THAT(
        ask("right").doings,
        testing::IsSupersetOf({"loading libva", "opening /dev/null", "asking Fake video driver 1.0 for its profiles",
                               "decoding a picture with H264High:VLD", "encoding a picture with H264High:EncSliceLP",
                               "decoding what H264High:EncSliceLP encoded"}));
}

TEST(VaApi, ReadsTheHeadersThatADriverWritesItself)
{
    const Asked asked = ask("no-packed-headers");
    ASSERT_TRUE(asked.computation("encode"));
    EXPECT_TRUE(asked.computation("encode")->right) << asked.computation("encode")->detail;
}

TEST(VaApi, SeesAWrongPicture)
{
    const Asked asked = ask("wrong-picture");
    ASSERT_TRUE(asked.computation("decode"));
    EXPECT_FALSE(asked.computation("decode")->right);
    EXPECT_THAT(asked.computation("decode")->detail, StartsWith("luma at 5,2 is "));
    ASSERT_TRUE(asked.computation("encode"));
    EXPECT_FALSE(asked.computation("encode")->right);
    EXPECT_THAT(asked.computation("encode")->detail, HasSubstr("dB (PSNR)"));
}

TEST(VaApi, DoesWithoutAnEncoder)
{
    const Asked asked = ask("no-encoder");
    EXPECT_THAT(asked.device().features, ElementsAre("H264Main:VLD", "H264High:VLD"));
    EXPECT_TRUE(asked.computation("decode")->right);
    EXPECT_FALSE(asked.computation("encode"));
}

TEST(VaApi, TellsWhichDriverIsMissing)
{
    const Asked asked = ask("right", "/nowhere/dri");
    ASSERT_EQ(asked.answer.devices.size(), 1u);
    EXPECT_THAT(asked.device().error,
                AllOf(StartsWith("vaInitialize failed with "), HasSubstr("/nowhere/dri/fake_drv_video.so")));
    EXPECT_THAT(asked.device().computations, IsEmpty());
}

TEST(VaApi, TellsThatADriverDidNotStart)
{
    EXPECT_THAT(ask("init-fails").device().error, HasSubstr("fake_drv_video.so init failed"));
}

TEST(VaApi, TellsThatTheNodeDoesNotOpen)
{
    EXPECT_EQ(ask("right", FAKE_VA_FOLDER, "/dev/nothing").device().error,
              "cannot open /dev/nothing: No such file or directory");
    EXPECT_EQ(ask("right", FAKE_VA_FOLDER, "").device().error, "the GPU has no render node");
}

TEST(VaApi, TellsThatTheLibraryIsNotThere)
{
    const ApiAnswer answer = ask_vaapi({.address = gpu}, "/dev/null", {.va = "libva-nothing.so.2", .drm = FAKE_VA_DRM});
    EXPECT_THAT(answer.missing, HasSubstr("libva-nothing.so.2"));
    EXPECT_THAT(answer.devices, IsEmpty());
}

TEST(VaApi, TheRealLibraryTakesNoOtherFileForANode)
{
    const ApiAnswer answer = ask_vaapi({.address = gpu}, "/dev/null");
    ASSERT_EQ(answer.devices.size(), 1u);
    EXPECT_EQ(answer.devices[0].error, "libva-drm takes /dev/null for no GPU");
}

TEST(VaApi, ComputesOnlyForTheWishedGpu)
{
    const Asked asked = ask("right", FAKE_VA_FOLDER, "/dev/null", std::nullopt);
    EXPECT_FALSE(asked.device().features.empty());
    EXPECT_THAT(asked.device().computations, IsEmpty());
}

TEST(VaApi, TellsHowMuchTheEnginesWorked)
{
    setenv("FAKE_VA", "right", 1);
    setenv("LIBVA_DRIVERS_PATH", FAKE_VA_FOLDER, 1);
    std::uint64_t time = 40;
    const Wish wish{.address = gpu, .engine_times = [&] { return EngineTimes{{gpu, time += 2}}; }};
    const ApiAnswer answer = ask_vaapi(wish, "/dev/null", {.drm = FAKE_VA_DRM});
    EXPECT_EQ(answer.devices.at(0).engine_grew, (EngineTimes{{gpu, 2}}));
}

TEST(VaApi, AHostileDriverGivesAnErrorAndNoCrash)
{
    const std::map<const char*, const char*> ways{
        {"absurd-size", "encode: the coded picture has 4294967280 bytes in a buffer of "},
        {"endless", "encode: the coded picture has no end"},
        {"small-image", "decode: the driver made an image that cannot hold its picture"},
        {"no-map", "decode: vaMapBuffer failed with 1 (operation failed)"},
        {"many-profiles", "the driver speaks of 100000 profiles"},
        {"bad-slice", "encode: the coded picture: a slice "},
    };
    for (const auto& [mode, error] : ways) {
        const Asked asked = ask(mode);
        ASSERT_EQ(asked.answer.devices.size(), 1u) << mode;
        std::string said = asked.device().error;
        for (const Computation& done : asked.device().computations)
            if (!done.right)
                said += done.name + ": " + done.detail + "\n";
        EXPECT_THAT(said, HasSubstr(error)) << mode;
    }
}
