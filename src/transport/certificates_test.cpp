#include "transport/certificates.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace gpupass {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string sha1 = "85:04:A0:46:E1:F2:7A:C1:7B:E9:DC:61:EF:D0:32:E6:57:15:6B:A2";

TEST(Thumbprint, IsReadInTheFormsPeopleCopy)
{
    EXPECT_EQ(parse_thumbprint(sha1), sha1);
    EXPECT_EQ(parse_thumbprint("8504a046e1f27ac17be9dc61efd032e657156ba2"), sha1);
    EXPECT_EQ(parse_thumbprint("SHA1:" + sha1), sha1);
    EXPECT_TRUE(parse_thumbprint(std::string(64, 'a')));
}

TEST(Thumbprint, IsNothingElse)
{
    for (const std::string text : {"", "85:04", ":8504", "85:0:4A0", "zz04a046e1f27ac17be9dc61efd032e657156ba2", "8504a046e1f27ac17be9dc61efd032e657156ba2a"})
        EXPECT_FALSE(parse_thumbprint(text)) << text;
    EXPECT_FALSE(parse_thumbprint(sha1 + " "));
}

class Pins : public testing::Test {
protected:
    std::string file = testing::TempDir() + "gpupass-pins-" + std::to_string(getpid());
    void TearDown() override { std::filesystem::remove(file); }
};

TEST_F(Pins, AreReadForTheirNameOnly)
{
    std::ofstream{file} << "vc:443 " << sha1 << "\r\nother:443 " << sha1 << "\n[vc]:22 ssh-ed25519 AAAA\nvc:443 \t" << sha1 << " \nnonsense";
    EXPECT_THAT(*pinned_thumbprints(file, "vc:443"), ElementsAre(sha1, sha1));
    EXPECT_THAT(*pinned_thumbprints(file, "vc:44"), IsEmpty());
    EXPECT_THAT(*pinned_thumbprints(file + ".none", "vc:443"), IsEmpty());
}

TEST_F(Pins, ThatMakeNoSenseAreNotTakenForNone)
{
    for (const char* text : {"vc:443 nonsense\n", "vc:443\n", "vc:443 85:04"}) {
        std::ofstream{file, std::ios::trunc} << text;
        EXPECT_FALSE(pinned_thumbprints(file, "vc:443")) << text;
        EXPECT_TRUE(pinned_thumbprints(file, "other:443")) << text;
    }
}

TEST_F(Pins, AreRemembered)
{
    std::ofstream{file} << "a:1 " << sha1;  // no end of line
    ASSERT_TRUE(remember_certificate(file, "vc:443", sha1));
    EXPECT_THAT(*pinned_thumbprints(file, "vc:443"), ElementsAre(sha1));
    EXPECT_THAT(*pinned_thumbprints(file, "a:1"), ElementsAre(sha1));
}

TEST(IsPinned, NeedsTheVerySameCertificate)
{
    const ShownCertificate shown{.sha1 = sha1, .sha256 = "AA"};
    EXPECT_TRUE(is_pinned({"BB", sha1}, shown));
    EXPECT_FALSE(is_pinned({"BB"}, shown));
    EXPECT_FALSE(is_pinned({}, shown));
    EXPECT_FALSE(is_pinned({""}, ShownCertificate{})) << "nothing is no certificate";
}

}  // namespace
}  // namespace gpupass
