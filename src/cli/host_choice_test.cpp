#include "cli/host_choice.hpp"

#include "cli/fake_host.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace gpupass::cli {
namespace {

using testing::HasSubstr;

TEST(ParseHostsFile, ReadsNamesAndKeys)
{
    const auto hosts = parse_hosts_file("hosts:\n  nuc: {uri: 'esxi+ssh://root@nuc', identity: /k}\n  b: {uri: 'sim:nuc11'}\n", "f");
    ASSERT_TRUE(hosts) << hosts.error();
    ASSERT_EQ(hosts->size(), 2u);
    EXPECT_EQ(hosts->front().label, "nuc");
    EXPECT_EQ(hosts->front().uri, "esxi+ssh://root@nuc");
    EXPECT_EQ(hosts->front().identity, "/k");
}

TEST(ParseHostsFile, NamesTheLineOfWhatIsWrong)
{
    for (const char* text : {"", "- a", "hosts: [a]", "hosts:\n  a: x", "hosts:\n  a: {}", "hosts:\n  a: {uri: [1]}", "hosts: {a: {uri: x",
                             "hosts:\n  a: {uri: x, pasword: y}", "\xff\xfe\x01", "hosts: &a {b: *a}"}) {
        const auto hosts = parse_hosts_file(text, "hosts.yaml");
        ASSERT_FALSE(hosts) << text;
        EXPECT_EQ(hosts.error().kind, ErrorKind::parse) << text;
        EXPECT_THAT(hosts.error().where.front(), HasSubstr("hosts.yaml:"));
    }
    EXPECT_EQ(parse_hosts_file("hosts:\n  a: {uri: x, pasword: y}", "f").error().where.front(), "f:2");
}

class ChooseHosts : public testing::Test {
protected:
    void write(const std::string& text)
    {
        std::filesystem::create_directories(desk.folder / "config");
        std::ofstream{desk.folder / "config" / "hosts.yaml"} << text;
    }
    Result<std::vector<HostChoice>> choose(Options options) { return choose_hosts(options, desk.folder / "config"); }
    Desk desk;
};

TEST_F(ChooseHosts, TakesTheOnlyEntryOfTheFile)
{
    write("hosts: {nuc: {uri: 'sim:nuc11'}}");
    EXPECT_EQ(choose({})->front().uri, "sim:nuc11");
    write("hosts: {a: {uri: 'sim:a'}, b: {uri: 'sim:b'}}");
    EXPECT_THAT(choose({}).error().next, HasSubstr("a, b"));
    EXPECT_EQ(choose({.all = true})->size(), 2u);
    EXPECT_EQ(choose({.hosts = {"b", "sim:a", "b"}})->size(), 2u);
}

TEST_F(ChooseHosts, WithoutANameAndAFileItIsThisComputer)
{
    EXPECT_EQ(choose({})->front().uri, "local:");
    const auto none = choose({.all = true});
    ASSERT_FALSE(none) << "of no hosts there are none";
    EXPECT_THAT(none.error().next, HasSubstr("--host esxi+ssh://"));
}

TEST_F(ChooseHosts, AUriOfTheFileBringsItsKeyAndTheCommandLineWins)
{
    write("hosts: {nuc: {uri: 'sim:nuc11', identity: /from/file}}");
    EXPECT_EQ(choose({.hosts = {"sim:nuc11"}})->front().identity, "/from/file");
    EXPECT_EQ(choose({.hosts = {"nuc"}, .identity = "/mine"})->front().identity, "/mine");
}

TEST_F(ChooseHosts, ADamagedFileMattersOnlyWhereItIsNeeded)
{
    write("hosts: {");
    EXPECT_TRUE(choose({.hosts = {"sim:nuc11"}}));
    EXPECT_FALSE(choose({.hosts = {"nuc"}}));
    EXPECT_FALSE(choose({.all = true}));
}

TEST_F(ChooseHosts, AnUnknownNameGetsTheNearest)
{
    write("hosts: {kitchen: {uri: 'sim:a'}}");
    EXPECT_THAT(choose({.hosts = {"kitchn"}}).error().next, HasSubstr("kitchen"));
}

}  // namespace
}  // namespace gpupass::cli
