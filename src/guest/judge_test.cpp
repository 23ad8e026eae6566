#include "guest/judge.hpp"

#include "guest/expectation.hpp"
#include "guest/known_answers.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace gpupass::guest {
namespace {

using testing::HasSubstr;

constexpr PciAddress address{0, 0, 2, 0};
constexpr PciId iris_xe{0x8086, 0x9a49};

PlatformReport iris_report()
{
    return {.gpu = Gpu{.address = address, .id = iris_xe, .name = "Iris Xe", .driver = "i915", .execution_units = 80, .clock_mhz = 1300,
                       .engine_times_expected = true, .has_video_engine = false},
            .system = "debian",
            .checks = {{.id = "pci-present", .result = "pass", .detail = ""}}};
}

ApiAnswer answer_of(const std::string& api, ApiDevice device)
{
    ApiAnswer answer{.api = api};
    answer.devices.push_back(std::move(device));
    return answer;
}

ApiDevice good_device()
{
    return {.platform = "Intel(R) OpenCL Graphics", .name = "Xe", .address = address, .computations = {{"int", true, "all"}},
            .engine_grew = EngineTimes{{address, 1000}}};
}

std::vector<ApiAnswer> both(const ApiDevice& device) { return {answer_of("opencl", device), answer_of("vulkan", device)}; }

TEST(Judge, IsWorkingWhenAllApisComputeOnThatFunction)
{
    EXPECT_EQ(judge(iris_report(), both(good_device()), {}).word, "working");
}

TEST(Judge, IsDegradedWhenAnApiIsMissingOrSlow)
{
    EXPECT_EQ(judge(iris_report(), std::vector{answer_of("opencl", good_device()), ApiAnswer{.api = "vulkan", .missing = "libvulkan.so.1 is not there"}}, {}).word,
              "degraded");
    ApiDevice slow = good_device();
    slow.figures = {{"fp32", 500}};
    const Verdict verdict = judge(iris_report(), both(slow), {});
    EXPECT_EQ(verdict.word, "degraded");
    EXPECT_THAT(verdict.why, HasSubstr("speed-opencl-fp32"));
}

TEST(Judge, ASpeedThatThereWasNoTimeToMeasureIsNoFault)
{
    ApiDevice hurried = good_device();
    hurried.figures = {{"fp32", std::nullopt}};
    const Verdict verdict = judge(iris_report(), both(hurried), {});
    EXPECT_EQ(verdict.word, "working");
    const auto check = std::ranges::find(verdict.checks, "speed-opencl-fp32", &Check::id);
    ASSERT_NE(check, verdict.checks.end());
    EXPECT_EQ(check->result, "skip");
}

TEST(Judge, IsNotWorkingWhenOneAnswerIsWrong)
{
    ApiDevice wrong = good_device();
    wrong.computations.push_back({"float", false, "item 3 is 1, not 2"});
    EXPECT_EQ(judge(iris_report(), std::vector{answer_of("opencl", good_device()), answer_of("vulkan", wrong)}, {}).word, "not-working");
}

TEST(Judge, DoesNotBelieveAnAddressWithoutWorkOfItsEngines)
{
    ApiDevice liar = good_device();
    liar.engine_grew = EngineTimes{{address, 0}};
    EXPECT_EQ(judge(iris_report(), both(liar), {}).word, "not-working");
    liar.engine_grew = EngineTimes{};  // it did not even open the GPU
    EXPECT_EQ(judge(iris_report(), both(liar), {}).word, "not-working");
    liar.engine_grew = EngineTimes{{address, std::nullopt}};  // opened, and the kernel does not count
    EXPECT_EQ(judge(iris_report(), both(liar), {}).word, "working");
}

TEST(Judge, TakesADeviceWithoutAddressOnlyForItsWork)
{
    ApiDevice shy = good_device();
    shy.address.reset();
    EXPECT_EQ(judge(iris_report(), both(shy), {}).word, "working");
    shy.engine_grew = EngineTimes{{PciAddress{0, 1, 0, 0}, 5000}};
    EXPECT_EQ(judge(iris_report(), both(shy), {}).word, "unproven");
}

TEST(Judge, ComparesTheIdThatTheDriverTells)
{
    ApiDevice other = good_device();
    other.id = PciId{0x8086, 0x46a6};
    EXPECT_EQ(judge(iris_report(), both(other), {}).word, "not-working");
}

TEST(Judge, NeverTakesSoftwareForTheGpu)
{
    ApiDevice software = good_device();
    software.software = "device type CPU";
    const Verdict verdict = judge(iris_report(), both(software), {});
    EXPECT_EQ(verdict.word, "unproven");
    const Verdict allowed = judge(iris_report(), both(software), {.allow_software = true});
    EXPECT_EQ(allowed.word, "unproven");
    EXPECT_TRUE(allowed.software);
}

TEST(Judge, SoftwareThatComputesWronglyIsNotWorkingEvenWhenItIsAllowed)
{
    ApiDevice software = good_device();
    software.software = "device type CPU";
    software.computations.push_back({"local", false, "wrong"});
    EXPECT_EQ(judge(PlatformReport{}, both(software), {.allow_software = true}).word, "not-working");
}

TEST(ExpectedFigure, ComesFromUnitsAndClock)
{
    const Gpu gpu = *iris_report().gpu;
    EXPECT_NEAR(expected_figure(gpu, {}, "fp32")->value, 80 * 16 * 1.3 * 0.7, 0.1);
    EXPECT_NEAR(expected_figure(gpu, {}, "fp16")->value, 80 * 32 * 1.3 * 0.7, 0.1);
    EXPECT_FALSE(expected_figure(gpu, {}, "launch"));
    Gpu lunar_lake = gpu;
    lunar_lake.id = {0x8086, 0x64a0};
    EXPECT_FALSE(expected_figure(lunar_lake, {}, "fp32"));
}

TEST(KnownAnswers, AreTheNumbersWorkedOutByHand)
{
    EXPECT_EQ(float_answer(2).exact, 2 * 3 + 2 - 3);
    EXPECT_EQ(float_answer(1021 * 2).exact, 0 * 7 + 0 - 7.0f);  // 2042 % 509 = 6
    // 16 rounds of MurmurHash3's finisher in Python: x = item + seed; x = mix((x + r * 0x9e3779b9) & 0xffffffff)
    EXPECT_EQ(int_answer(0, 0), 1197622635u);
    EXPECT_EQ(int_answer(99, int_seed), 582691554u);
}

TEST(KnownAnswers, NameTheFirstWrongItem)
{
    std::vector<std::uint32_t> found{int_answer(0, 1), int_answer(1, 1) ^ 1u};
    EXPECT_THAT(wrong_ints(found, 1), HasSubstr("item 1 of 2 is"));
    std::vector<FloatAnswer> floats{float_answer(0), {float_answer(1).exact, __builtin_nanf("")}};
    EXPECT_THAT(wrong_floats(floats), HasSubstr("item 1"));
}

TEST(Answer, IsTheSameAfterItsJson)
{
    ApiAnswer answer = answer_of("opencl", good_device());
    answer.devices[0].figures = {{"fp32", 1.5}, {"launch", std::nullopt}};
    answer.devices[0].engine_grew->emplace(PciAddress{0, 1, 0, 0}, std::nullopt);
    const auto read = parse_answer(to_json(answer));
    ASSERT_TRUE(read);
    EXPECT_EQ(to_json(*read), to_json(answer));
    EXPECT_FALSE(parse_answer("{"));
    EXPECT_FALSE(parse_answer(R"({"devices":[{"figures":{"fp32":"x"}}]})"));
}

}  // namespace
}  // namespace gpupass::guest
