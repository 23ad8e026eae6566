#include "hosts/esxi/api/guest_operations.hpp"

#include <gtest/gtest.h>

namespace gpupass::esxi {
namespace {

TEST(TransferUrl, NamesTheServiceItselfOrAHost)
{
    const auto own = parse_transfer_url("https://*:443/guestFile?id=1&token=52");
    ASSERT_TRUE(own);
    EXPECT_EQ(own->host, "");
    EXPECT_EQ(own->path, "/guestFile?id=1&token=52");
    const auto other = parse_transfer_url("https://10.0.0.7:8443/guestFile?id=1");
    ASSERT_TRUE(other);
    EXPECT_EQ(other->host, "10.0.0.7");
    EXPECT_EQ(other->port, 8443);
    EXPECT_EQ(parse_transfer_url("https://[fd00::7]/guestFile")->host, "fd00::7");
}

TEST(TransferUrl, IsNothingElse)
{
    for (const char* url : {"", "http://a/b", "https://a", "https://user@a/b", "https:///b", "https://a:x/b", "https://a/b\r\nHost: c", "file:///etc/passwd"})
        EXPECT_FALSE(parse_transfer_url(url)) << url;
    EXPECT_FALSE(parse_transfer_url("https://a/" + std::string(5000, 'b')));
}

}  // namespace
}  // namespace gpupass::esxi
