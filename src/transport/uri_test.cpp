#include "transport/uri.hpp"

#include <gtest/gtest.h>

namespace gpupass {
namespace {

TEST(HostUri, ReadsUserHostAndPort)
{
    const auto uri = parse_host_uri("esxi+ssh://root@nuc:2222");
    ASSERT_TRUE(uri) << uri.error();
    EXPECT_EQ(*uri, (HostUri{"esxi+ssh", "root", "nuc", 2222}));
}

TEST(HostUri, ReadsIpv6InBrackets)
{
    const auto uri = parse_host_uri("linux+ssh://[fe80::1%25eth0]:22/");
    ASSERT_TRUE(uri) << uri.error();
    EXPECT_EQ(uri->host, "fe80::1%eth0");
    EXPECT_EQ(uri->port, 22);
}

TEST(HostUri, ReadsTheHostBehindAVcenter)
{
    const auto uri = parse_host_uri("vsphere://a%40b@vc:8443/esx%2001");
    ASSERT_TRUE(uri) << uri.error();
    EXPECT_EQ(uri->inner, "esx 01");
    EXPECT_EQ(uri->text(), "vsphere://a%40b@vc:8443/esx%2001");
    EXPECT_EQ(parse_host_uri("vsphere://vc/")->inner, "");
    for (const char* text : {"esxi+ssh://nuc/esx01", "vsphere://vc/a/b", "vsphere://vc/a%00b", "vsphere://vc/a%0ab"})
        EXPECT_FALSE(parse_host_uri(text)) << text;
}

TEST(HostUri, DecodesPercentInUser)
{
    const auto uri = parse_host_uri("linux+ssh://a%40b%20c@host");
    ASSERT_TRUE(uri) << uri.error();
    EXPECT_EQ(uri->user, "a@b c");
    EXPECT_EQ(uri->text(), "linux+ssh://a%40b%20c@host");
}

TEST(HostUri, ReadsTheSchemesWithoutAHost)
{
    EXPECT_EQ(parse_host_uri("local:")->scheme, "local");
    EXPECT_EQ(parse_host_uri("capture:a/b c.json")->host, "a/b c.json");
    EXPECT_EQ(parse_host_uri("sim:nuc11")->host, "nuc11");
}

TEST(HostUri, TextReadsBackAsTheSame)
{
    for (const char* text : {"esxi+ssh://root@nuc:2222", "linux+ssh://[::1]:22", "local:", "sim:nuc11", "capture:x.json"}) {
        const auto uri = parse_host_uri(text);
        ASSERT_TRUE(uri) << text;
        EXPECT_EQ(uri->text(), text);
    }
}

TEST(HostUri, RefusesAPasswordWithoutRepeatingIt)
{
    const auto uri = parse_host_uri("esxi+ssh://root:tiger@nuc");
    ASSERT_FALSE(uri);
    EXPECT_EQ(uri.error().what.find("tiger"), std::string::npos);
}

TEST(HostUri, RefusesWhatIsNotAHost)
{
    for (const char* text : {"", "nuc", "ftp://nuc", "esxi+ssh:nuc", "esxi+ssh://", "esxi+ssh://root@", "esxi+ssh://@nuc", "esxi+ssh://nuc:0",
                             "esxi+ssh://nuc:70000", "esxi+ssh://nuc:", "esxi+ssh://nuc:2x", "esxi+ssh://::1", "esxi+ssh://[::1",
                             "esxi+ssh://-oProxyCommand=x", "esxi+ssh://a%0ab", "esxi+ssh://a%zz", "esxi+ssh://a b", "esxi+ssh://nuc/path",
                             "local:x", "sim:", "capture:", "linux+ssh://a%00b@h"})
        EXPECT_FALSE(parse_host_uri(text)) << text;
}

}  // namespace
}  // namespace gpupass
