#include "transport/recording.hpp"

#include "transport/local.hpp"
#include "transport/simulator_access.hpp"
#include "transport/test_server.hpp"

#include <gmock/gmock.h>

namespace gpupass {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using Cmd = Run;  // Run is a member of testing::Test

Recording sample()
{
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes += static_cast<char>(i);
    return {.host = "esxi+ssh://root@nuc",
            .kind = "esxi",
            .answers = {{ReadFile{"/a \xff"}, {.out = bytes}},
                        {ReadFile{"/a", 100}, {.exit_code = 1, .out = "", .err = "no\n"}},
                        {ReadLink{"/l"}, {.out = "\xf0\x9d\x84\x9e"}},
                        {ListDir{"/"}, {.out = "a\nb\n", .truncated = true}},
                        {ReadEach{"/sys", {"vendor", "\xff"}}, {.out = "a\tvendor\t=1\n"}},
                        {Libvirt{Libvirt::Call::domains}, {.out = "a\x1f\x1e"}},
                        {Libvirt{Libvirt::Call::version}, {.exit_code = 1, .err = "no"}},
                        {Cmd{{"cat", "-"}, "in \xc3"}, {.state = Answer::State::timed_out, .out = "beg"}}}};
}

TEST(Recording, TextReadsBackAsTheSame)
{
    const auto again = parse_recording(to_text(sample()));
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(again->host, sample().host);
    EXPECT_EQ(again->kind, sample().kind);
    EXPECT_EQ(again->answers, sample().answers);
}

TEST(Recording, KeepsTextReadable)
{
    EXPECT_THAT(to_text(sample()), HasSubstr("\"list\": \"/\""));
    EXPECT_THAT(to_text(sample()), HasSubstr("\"schema\": \"gpupass-capture/1\""));
}

TEST(Recording, KeepsBytesOfAnyLength)
{
    for (std::size_t size = 0; size < 10; ++size) {
        const Recording one{.host = {}, .kind = {}, .answers = {{ReadFile{"/a"}, {.out = std::string(size, '\xfe')}}}};
        EXPECT_EQ(parse_recording(to_text(one))->answers, one.answers) << size;
    }
}

std::string error_of(const std::string& answers)
{
    const auto result = parse_recording(R"({"schema":"gpupass-capture/1","host":"h","kind":"esxi","answers":)" + answers + "}");
    if (result)
        return "";
    testing::Message shown;
    shown << result.error();
    return shown.GetString();
}

TEST(Recording, NamesEntryAndFieldOfWhatIsWrong)
{
    EXPECT_EQ(error_of(R"([{"list":"/","exit_code":0,"out":"x"}])"), "");
    EXPECT_THAT(error_of(R"([{"list":"/","exit_code":0},{"list":"/b","exit_code":"x"}])"), testing::AllOf(HasSubstr("exit_code"), HasSubstr("answer 2")));
    EXPECT_THAT(error_of(R"([{"list":7,"exit_code":0}])"), HasSubstr("'list'"));
    EXPECT_THAT(error_of(R"([{"run":[],"exit_code":0}])"), HasSubstr("answer 1"));
    EXPECT_THAT(error_of(R"([{"run":["a",1],"exit_code":0}])"), HasSubstr("'run'"));
    EXPECT_THAT(error_of(R"([{"read":"/a","tail":-1,"exit_code":0}])"), HasSubstr("'tail'"));
    EXPECT_THAT(error_of(R"([{"read":"/a","exit_code":18446744073709551615}])"), HasSubstr("'exit_code'"));
    EXPECT_THAT(error_of(R"([{"read":"/a","exit_code":0,"state":"x"}])"), HasSubstr("'state'"));
    EXPECT_THAT(error_of(R"([{"read":"/a","exit_code":0,"out":{"base64":"a"}}])"), HasSubstr("'out'"));
    EXPECT_THAT(error_of(R"([{"exit_code":0}])"), HasSubstr("'read'"));
    EXPECT_THAT(error_of(R"([{"read_each":"/a","exit_code":0}])"), HasSubstr("'names'"));
    EXPECT_THAT(error_of(R"([{"read_each":"/a","names":[7],"exit_code":0}])"), HasSubstr("'names'"));
    EXPECT_THAT(error_of(R"([{"read_each":"/a","names":["../b"],"exit_code":0}])"), HasSubstr("../b"));
    EXPECT_THAT(error_of(R"([{"read_each":"a","names":["b"],"exit_code":0}])"), HasSubstr("path"));
    EXPECT_THAT(error_of(R"([{"libvirt":"destroy","exit_code":0}])"), HasSubstr("'libvirt'"));
    EXPECT_THAT(error_of(R"([{"libvirt":7,"exit_code":0}])"), HasSubstr("'libvirt'"));
    EXPECT_THAT(error_of(R"([{"list":"/","exit_code":0},{"list":"/","exit_code":0}])"), HasSubstr("before"));
    EXPECT_THAT(error_of("7"), HasSubstr("'answers'"));
    EXPECT_THAT(error_of("[7]"), HasSubstr("answer 1"));
}

TEST(Recording, RefusesWhatIsNoCapture)
{
    for (const char* text : {"", "{}", "[]", "7", "{\"schema\":\"gpupass-capture/2\"}", "{\"schema\":{}}", "\xff", "{\"schema\":\"gpupass-capture/1\"}"})
        EXPECT_FALSE(parse_recording(text)) << text;
}

TEST(Recording, BoundsDepthAndNumber)
{
    EXPECT_THAT(error_of(std::string(100'000, '[') + std::string(100'000, ']')), HasSubstr("deep"));
    std::string many = "[0";
    for (int i = 0; i < 1'000'001; ++i)
        many += ",0";
    EXPECT_THAT(error_of(many + "]"), HasSubstr("too many"));
}

TEST(Recorder, KeepsReadsAndRunsButNoWrites)
{
    Recording recording;
    const auto machine = make_recorder(make_local_machine("/nonexistent"), recording);
    const std::vector<Query> queries{Cmd{{"echo", "1"}}, ReadFile{"/a"}, WriteFile{"/a", "secret"}};
    ASSERT_TRUE(machine->ask(queries, Deadline::in(5s)));
    EXPECT_EQ(recording.answers.size(), 2u);
    EXPECT_EQ(recording.answers.at(Cmd{{"echo", "1"}}).out, "1\n");
}

TEST(Recorder, KeepsNoChange)
{
    Recording recording;
    test::TempFolder folder;
    test::write_text(folder.file("a"), "");
    const auto machine = make_recorder(make_local_machine(folder.path(), "test:///default"), recording);
    const std::string id = "00000000-0000-0000-0000-000000000000";
    const std::vector<Query> queries{Poke{{{"/a", "x"}}}, ReadEach{"/", {"a"}}, Libvirt{Libvirt::Call::domains},
                                     Libvirt{Libvirt::Call::start, id},
                                     Libvirt{Libvirt::Call::attach_config, id, "<x/>"}};
    ASSERT_TRUE(machine->ask(queries, Deadline::in(5s)));
    ASSERT_EQ(recording.answers.size(), 2u);
    EXPECT_TRUE(recording.answers.contains(queries[1]));
    EXPECT_TRUE(recording.answers.contains(queries[2]));
    const auto replay = make_replay(recording);
    for (const auto i : {0u, 3u, 4u})
        EXPECT_EQ(ask_one(*replay, queries[i], {}).error().kind, ErrorKind::unsupported);
    EXPECT_EQ(ask_one(*replay, Libvirt{Libvirt::Call::version}, {})->state, Answer::State::not_recorded);
}

TEST(Recorder, PassesItsTimesOn)
{
    Recording recording;
    auto inner = make_local_machine("/nonexistent");
    inner->entry_time = std::chrono::milliseconds{77};
    Machine& seen = *inner;
    const auto machine = make_recorder(std::move(inner), recording);
    EXPECT_EQ(machine->entry_time, 77ms);
    machine->entry_time = 78ms;
    ask_one(*machine, ReadFile{"/a"}, Deadline::in(5s)).value();
    EXPECT_EQ(seen.entry_time, 78ms);
}

TEST(Replay, AnswersOnlyWhatWasRecorded)
{
    const auto machine = make_replay(sample());
    EXPECT_EQ(machine->name(), "esxi+ssh://root@nuc");
    EXPECT_EQ(ask_one(*machine, ListDir{"/"}, {})->out, "a\nb\n");
    EXPECT_EQ(ask_one(*machine, ReadFile{"/a", 7}, {})->state, Answer::State::not_recorded);
    EXPECT_FALSE(ask_one(*machine, ReadFile{"/a"}, {})->ok());
    EXPECT_EQ(ask_one(*machine, WriteFile{"/a", "x"}, {}).error().kind, ErrorKind::unsupported);
}

TEST(AccessFile, IsReadWithBounds)
{
    const std::string text = R"({"pid":123,"host":"127.0.0.1","host_port":40022,"guest_port":40023,"identity":"/d/client_key","known_hosts":"/d/known_hosts"})";
    const auto access = parse_access_file(text);
    ASSERT_TRUE(access) << access.error();
    EXPECT_EQ(access->pid, 123);
    EXPECT_EQ(access->guest_port, 40023);
    EXPECT_EQ(access->identity, "/d/client_key");
    EXPECT_FALSE(parse_access_file("{}"));
    EXPECT_FALSE(parse_access_file("[]"));
    EXPECT_FALSE(parse_access_file(R"({"pid":1,"host_port":0,"guest_port":1})"));
}

}  // namespace
}  // namespace gpupass
