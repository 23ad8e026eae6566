#include "transport/ssh_config.hpp"
#include "transport/ssh_route.hpp"
#include "transport/test_server.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

namespace gpupass {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<SshHostConfig> config_for(const std::string& text, std::string_view host, const std::string& included = "")
{
    const IncludeReader include = [&](std::string_view) { return std::vector<ConfigText>{{"included", included}}; };
    return ssh_config_for({"config", text}, host, include);
}

TEST(SshConfig, TakesTheFirstValueOfBlocksThatMatch)
{
    const auto config = config_for("User anna\nHost nuc\n  HostName 192.0.2.1\n  Port=2222\n  User bert\nHost other\n Port 7\nHost *\n  Port 99\n  HostName x\n", "nuc");
    ASSERT_TRUE(config) << config.error();
    EXPECT_EQ(config->host_name, "192.0.2.1");
    EXPECT_EQ(config->port, 2222);
    EXPECT_EQ(config->user, "anna");
}

TEST(SshConfig, ReadsQuotesCommentsAndLists)
{
    const auto config = config_for("# comment\r\nhost nuc # more\r\n  identityfile \"a b\"\r\n\tIdentityFile = c\n  UserKnownHostsFile one \"two 2\"\n  ProxyJump a,b\n  IdentitiesOnly yes", "nuc");
    ASSERT_TRUE(config) << config.error();
    EXPECT_THAT(config->identity_files, ElementsAre("a b", "c"));
    EXPECT_THAT(config->known_hosts_files, ElementsAre("one", "two 2"));
    EXPECT_EQ(config->proxy_jump, "a,b");
    EXPECT_TRUE(config->identities_only);
}

TEST(SshConfig, MatchesPatterns)
{
    EXPECT_TRUE(matches_host_patterns({"nuc*"}, "NUC11"));
    EXPECT_TRUE(matches_host_patterns({"*.lan", "!bad.lan"}, "good.lan"));
    EXPECT_FALSE(matches_host_patterns({"*.lan", "!bad.lan"}, "bad.lan"));
    EXPECT_TRUE(matches_host_patterns({"n?c"}, "nuc"));
    EXPECT_FALSE(matches_host_patterns({"n?c"}, "nc"));
    EXPECT_TRUE(matches_host_patterns({"*a*b*"}, "xaxbx"));
    EXPECT_FALSE(matches_host_patterns({"!nuc"}, "other"));
}

TEST(SshConfig, ReadsIncludedFilesAndComesBackToItsBlock)
{
    const auto config = config_for("Host nuc\n Include x\n Port 5\n", "nuc", "Host other\n Port 1\nHost nuc\n User anna\n");
    ASSERT_TRUE(config) << config.error();
    EXPECT_EQ(config->user, "anna");
    EXPECT_EQ(config->port, 5);
}

TEST(SshConfig, EndsAnIncludeThatIncludesItself)
{
    EXPECT_FALSE(config_for("Include x\n", "nuc", "Include x\n"));
}

TEST(SshConfig, SaysWhatItCannotHonour)
{
    const auto match = config_for("\nMatch host nuc\n  ProxyJump far\n", "nuc");
    ASSERT_FALSE(match);
    EXPECT_EQ(match.error().kind, ErrorKind::unsupported);
    EXPECT_THAT(match.error().where, ElementsAre("config line 3"));
    EXPECT_TRUE(config_for("Match host nuc\n  ForwardAgent yes\nHost nuc\n User anna\n", "nuc"));
    EXPECT_EQ(config_for("Match all\n  User anna\n", "nuc")->user, "anna");
    EXPECT_FALSE(config_for("Host nuc\n ProxyCommand nc %h %p\n", "nuc"));
    EXPECT_TRUE(config_for("Host nuc\n ProxyCommand none\n ProxyJump far\n", "nuc"));
    EXPECT_TRUE(config_for("Host other\n ProxyCommand nc %h %p\n", "nuc"));
}

TEST(SshConfig, NamesTheLineOfAMistake)
{
    for (const char* text : {"Port", "Port x", "Port 0", "Port 70000", "User \"anna", "Host"}) {
        const auto config = config_for(text, "nuc");
        ASSERT_FALSE(config) << text;
        EXPECT_THAT(config.error().where, ElementsAre("config line 1"));
    }
}

class SshRoute : public testing::Test {
protected:
    void SetUp() override
    {
        setenv("HOME", home_.path().c_str(), 1);
        std::filesystem::create_directory(home_.file(".ssh"));
    }
    Result<std::vector<SshHop>> route(const std::string& uri, const std::string& config)
    {
        test::write_text(home_.file(".ssh/config"), config);
        return ssh_route(*parse_host_uri(uri), options_);
    }
    static std::vector<std::string> places(const std::vector<SshHop>& hops)
    {
        std::vector<std::string> names;
        for (const auto& hop : hops)
            names.push_back(hop.text());
        return names;
    }

    test::TempFolder home_;
    SshOptions options_;
};

TEST_F(SshRoute, IsOneHopWithoutAConfig)
{
    std::filesystem::remove_all(home_.file(".ssh"));
    const auto hops = ssh_route(*parse_host_uri("esxi+ssh://NUC"), options_);
    ASSERT_TRUE(hops) << hops.error();
    EXPECT_THAT(places(*hops), ElementsAre("root@NUC"));
    EXPECT_EQ(hops->front().known_name(), "nuc");
    EXPECT_EQ(hops->front().identities.front(), home_.file(".ssh/id_ed25519"));
    EXPECT_THAT(hops->front().known_hosts, ElementsAre(home_.file(".ssh/known_hosts"), "/etc/ssh/ssh_known_hosts"));
}

TEST_F(SshRoute, LeadsOverJumpHostsAndTheirs)
{
    const auto hops = route("linux+ssh://anna@far:7", "Host far\n ProxyJump bert@two:2222,three\nHost two\n ProxyJump one\n User nobody\nHost three\n ProxyJump none\n User carl\nHost one\n HostName one.lan\n User anna\n");
    ASSERT_TRUE(hops) << hops.error();
    EXPECT_THAT(places(*hops), ElementsAre("anna@one.lan", "bert@two port 2222", "carl@three", "anna@far port 7"));
    EXPECT_EQ(hops->at(1).known_name(), "[two]:2222");
}

TEST_F(SshRoute, EndsInACircle)
{
    EXPECT_FALSE(route("linux+ssh://a", "Host a\n ProxyJump b\nHost b\n ProxyJump a\n"));
}

TEST_F(SshRoute, GivesThePasswordToTheHostAlone)
{
    options_.password = "tiger";
    const auto hops = route("linux+ssh://far", "Host far\n ProxyJump one\n");
    ASSERT_TRUE(hops) << hops.error();
    EXPECT_FALSE(hops->front().password);
    EXPECT_EQ(hops->back().password, "tiger");
}

TEST_F(SshRoute, ExpandsTokensAndTilde)
{
    const auto hops = route("linux+ssh://anna@nuc", "Host nuc\n HostName %h.lan\n Port 7\n IdentityFile ~/k_%r_%h_%n_%p_%%\n UserKnownHostsFile %d/kh\n");
    ASSERT_TRUE(hops) << hops.error();
    EXPECT_EQ(hops->front().host, "nuc.lan");
    EXPECT_EQ(hops->front().identities.front(), home_.file("k_anna_nuc.lan_nuc_7_%"));
    EXPECT_EQ(hops->front().known_hosts.front(), home_.file("kh"));
}

TEST_F(SshRoute, RefusesAJumpThatIsNone)
{
    const auto hops = route("linux+ssh://far", "Host far\n ProxyJump -oProxyCommand=x\n");
    ASSERT_FALSE(hops);
    EXPECT_THAT(hops.error().what, HasSubstr("ProxyJump"));
}

}  // namespace
}  // namespace gpupass
