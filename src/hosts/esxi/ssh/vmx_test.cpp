#include "hosts/esxi/ssh/vmx.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Vmx, ReadsAllForms)
{
    const VmxDocument document{"\xef\xbb\xbf.encoding = \"UTF-8\"\r\n# a comment = \"x\"\nbare=TRUE # why\n  tabbed\t=\t\"a # b\"\t# c\nempty =\nquoted = \"\"\n"
                               "escaped = \"a|22b|7Cc|0Ad||22|7\"\nlost = \"x\" y\nno sign\n= \"nameless\"\nlast = \"1\""};
    EXPECT_EQ(document.get(".ENCODING"), "UTF-8");
    EXPECT_EQ(document.get("bare"), "TRUE");
    EXPECT_EQ(document.get("Tabbed"), "a # b");
    EXPECT_EQ(document.get("empty"), "");
    EXPECT_EQ(document.get("quoted"), "");
    EXPECT_EQ(document.get("escaped"), "a\"b|c\nd|\"|7");
    EXPECT_EQ(document.get("lost"), std::nullopt);
    EXPECT_EQ(document.get(""), std::nullopt);
    EXPECT_EQ(document.get("last"), "1");
    EXPECT_EQ(document.entries().size(), 7u);
    EXPECT_TRUE(document.is_utf8_encoded());
}

TEST(Vmx, ChangesOneValueOnly)
{
    VmxDocument document{".encoding = \"UTF-8\"\r\nMemSize = \"4096\" # big\r\nvvtd.enable = TRUE\r\nodd line\r\n"};
    ASSERT_TRUE(document.set("memsize", "8192"));
    ASSERT_TRUE(document.set("vvtd.enable", "FALSE"));
    EXPECT_EQ(document.text(), ".encoding = \"UTF-8\"\r\nMemSize = \"8192\" # big\r\nvvtd.enable = FALSE\r\nodd line\r\n");
}

TEST(Vmx, AppendsInTheFilesOwnLineEnds)
{
    VmxDocument windows{"a = \"1\"\r\n"};
    ASSERT_TRUE(windows.set("b", "x\"|\n"));
    EXPECT_EQ(windows.text(), "a = \"1\"\r\nb = \"x|22|7C|0A\"\r\n");
    VmxDocument open{"a = \"1\""};
    ASSERT_TRUE(open.set("b", "2"));
    EXPECT_EQ(open.text(), "a = \"1\"\nb = \"2\"");
    ASSERT_TRUE(open.remove("B"));
    EXPECT_EQ(open.text(), "a = \"1\"");
    VmxDocument lone{"a = \"1\"\r"};
    ASSERT_TRUE(lone.set("b", "2"));
    ASSERT_TRUE(lone.remove("b"));
    EXPECT_EQ(lone.text(), "a = \"1\"\r");
    VmxDocument empty;
    ASSERT_TRUE(empty.set("a", "1"));
    EXPECT_EQ(empty.text(), "a = \"1\"\n");
}

TEST(Vmx, FillsAnEmptyValue)
{
    VmxDocument document{"a =\nb =# note\n"};
    ASSERT_TRUE(document.set("a", "1"));
    ASSERT_TRUE(document.set("b", "2"));
    EXPECT_EQ(document.text(), "a = \"1\"\nb = \"2\" # note\n");
}

TEST(Vmx, ReportsAndRefusesDuplicates)
{
    VmxDocument document{"a = \"1\"\nb = \"2\"\nA = \"3\"\n"};
    const auto doubles = document.duplicates();
    ASSERT_EQ(doubles.size(), 1u);
    EXPECT_EQ(doubles[0].first, 1);
    EXPECT_EQ(doubles[0].second, 3);
    const auto edited = document.set("a", "4");
    ASSERT_FALSE(edited);
    EXPECT_THAT(edited.error().what, HasSubstr("lines 1 and 3"));
    EXPECT_FALSE(document.remove("A"));
    EXPECT_TRUE(document.set("b", "5"));
}

TEST(Vmx, WritesForeignLettersToUtf8FilesOnly)
{
    const std::string clef = "\xf0\x9d\x84\x9e";
    VmxDocument utf8{".encoding = \"utf-8\"\n"};
    ASSERT_TRUE(utf8.set("displayName", clef));
    EXPECT_EQ(utf8.text(), ".encoding = \"utf-8\"\ndisplayName = \"" + clef + "\"\n");
    VmxDocument latin{".encoding = \"windows-1252\"\ndisplayName = \"\xe4\"\n"};
    EXPECT_FALSE(latin.set("displayName", clef));
    EXPECT_FALSE(VmxDocument{""}.set("displayName", clef));
    EXPECT_FALSE(utf8.set("displayName", "\xff"));
    EXPECT_EQ(latin.text(), ".encoding = \"windows-1252\"\ndisplayName = \"\xe4\"\n");
}

TEST(Vmx, RefusesNamesTheFileCannotHold)
{
    VmxDocument document{"a = \"1\"\n"};
    for (const std::string name : {"", "a b", "a=b", "#a", "a\nb", "a\"", "\xc3\xa4"})
        EXPECT_FALSE(document.set(name, "1")) << name;
    EXPECT_EQ(document.text(), "a = \"1\"\n");
}

TEST(Vmx, KeepsTheByteOrderMarkWhenItsLineGoes)
{
    VmxDocument document{"\xef\xbb\xbf" "a = \"1\"\nb = \"2\"\n"};
    ASSERT_TRUE(document.remove("a"));
    EXPECT_EQ(document.text(), "\xef\xbb\xbf" "b = \"2\"\n");
}

TEST(Vmx, AMarkElsewhereIsAnOrdinaryLine)
{
    const std::string text = "a = \"1\"\n\xef\xbb\xbf";
    VmxDocument document{text};
    ASSERT_TRUE(document.set("b", "2"));
    ASSERT_TRUE(document.remove("b"));
    EXPECT_EQ(document.text(), text);
}

}  // namespace
}  // namespace gpupass::esxi
