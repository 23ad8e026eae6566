#include "hosts/esxi/ssh/vm_list.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string heading = "Vmid       Name                                   File                                   Guest OS       Version   Annotation\n";

VmList read(const std::string& rows)
{
    const auto list = parse_vm_list(heading + rows);
    EXPECT_TRUE(list) << list.error();
    return list.value_or(VmList{});
}

TEST(VmList, ReadsRowsAlignedOrNot)
{
    const auto list = read("102    GitLabRunner    [samsung_4t] virtualMachine/GitLabRunner/GitLabRunner.vmx     rhel9_64Guest      vmx-19\r\n"
                           "130    fnOS            [samsung_4t] virtualMachine/fnOS/fnOS.vmx                     debian11_64Guest   vmx-19   a note\n");
    ASSERT_EQ(list.rows.size(), 2u);
    EXPECT_EQ(list.rows[0].id, "102");
    EXPECT_EQ(list.rows[0].name, "GitLabRunner");
    EXPECT_EQ(list.rows[0].config_path(), "/vmfs/volumes/samsung_4t/virtualMachine/GitLabRunner/GitLabRunner.vmx");
    EXPECT_EQ(list.rows[1].name, "fnOS");
    EXPECT_TRUE(list.refused.empty());
}

TEST(VmList, TakesNamesWithAnything)
{
    for (const std::string name : {"a b", "it's", "$(touch x)", "\";reboot;\"", "\xf0\x9d\x84\x9e", "[x] y", "12 13", "a.vmx"}) {
        const auto list = read("7      " + name + "      [my disk (1)] " + name + "/" + name + ".vmx      otherGuest      vmx-19    \n");
        ASSERT_EQ(list.rows.size(), 1u) << name;
        EXPECT_EQ(list.rows[0].name, name);
        EXPECT_EQ(list.rows[0].datastore, "my disk (1)");
        EXPECT_EQ(list.rows[0].file, name + "/" + name + ".vmx");
    }
}

TEST(VmList, TakesANameWithANewline)
{
    const auto list = read("7      two\nlines      [ds] two/two.vmx      otherGuest      vmx-19    \n8   b   [ds] b/b.vmx   otherGuest   vmx-19\n");
    ASSERT_EQ(list.rows.size(), 2u);
    EXPECT_EQ(list.rows[0].name, "two\nlines");
    EXPECT_EQ(list.rows[0].file, "two/two.vmx");
    EXPECT_EQ(list.rows[1].name, "b");
}

TEST(VmList, AnAnnotationMaySpillOver)
{
    const auto list = read("7   a   [ds] a/a.vmx   otherGuest   vmx-19   first line\nsecond line [ds] x/x.vmx  y vmx-1\n\n   third\n8   b   [ds] b/b.vmx   otherGuest   vmx-19\n");
    ASSERT_EQ(list.rows.size(), 2u);
    EXPECT_EQ(list.rows[1].id, "8");
    EXPECT_TRUE(list.refused.empty());
}

TEST(VmList, ARowWithTwoReadingsIsRefusedUnlessTheColumnsTell)
{
    const std::string twice = "7   evil  [ds] router/router.vmx  x vmx-19   [ds] evil/evil.vmx   otherGuest   vmx-19\n";
    const auto list = read(twice + "8   b   [ds] b/b.vmx   otherGuest   vmx-19\n");
    ASSERT_EQ(list.rows.size(), 1u);
    EXPECT_EQ(list.rows[0].id, "8");
    EXPECT_THAT(list.refused, ElementsAre(HasSubstr("several ways")));

    const std::size_t column = heading.find("File");
    std::string aligned = "7      evil  [ds] r/r.vmx  x vmx-19";
    aligned.resize(column, ' ');
    const auto told = read(aligned + "[ds] evil/evil.vmx   otherGuest   vmx-19\n");
    ASSERT_EQ(told.rows.size(), 1u);
    EXPECT_EQ(told.rows[0].file, "evil/evil.vmx");
}

TEST(VmList, AMadeUpRowBelievesNobody)
{
    // An annotation that imitates a row for the router's file, and one for its id.
    const auto file = read("3   router   [ds] router/router.vmx   otherGuest   vmx-19\n7   a   [ds] a/a.vmx   otherGuest   vmx-19   note\n99   r   [ds] router/router.vmx   x   vmx-19\n");
    ASSERT_EQ(file.rows.size(), 1u);
    EXPECT_EQ(file.rows[0].id, "7");
    EXPECT_EQ(file.refused.size(), 2u);
    const auto id = read("3   router   [ds] router/router.vmx   otherGuest   vmx-19\n3   r   [ds] x/x.vmx   x   vmx-19\n");
    EXPECT_TRUE(id.rows.empty());
}

TEST(VmList, ANameThatGoesOnWithANumberIsRefused)
{
    const auto list = read("7      two\n3      [ds] two/two.vmx      otherGuest      vmx-19    \n");
    EXPECT_TRUE(list.rows.empty());
    EXPECT_EQ(list.refused.size(), 2u);
}

TEST(VmList, PathsCannotLeaveTheDatastore)
{
    EXPECT_TRUE(read("7   a   [ds] ../../../etc/a.vmx   otherGuest   vmx-19\n").rows.empty());
    EXPECT_TRUE(read("7   a   [..] etc/a.vmx   otherGuest   vmx-19\n").rows.empty());
    EXPECT_TRUE(read("7   a   [x/../..] etc/a.vmx   otherGuest   vmx-19\n").rows.empty());
}

TEST(VmList, InvalidVmsAndMissingFilesAreListed)
{
    const auto list = parse_vm_list("Skipping invalid VM '12'\n" + heading + "9   nothing here\n");
    ASSERT_TRUE(list);
    EXPECT_THAT(list->refused, ElementsAre(HasSubstr("'12'"), HasSubstr("without a file")));
    EXPECT_TRUE(parse_vm_list(heading)->rows.empty());
    EXPECT_FALSE(parse_vm_list("Failed to login\n"));
}

TEST(VmList, FileTextBecomesAPath)
{
    EXPECT_EQ(path_of_file("[a b] c/d e.vmx"), "/vmfs/volumes/a b/c/d e.vmx");
    EXPECT_EQ(path_of_file("c/d.vmx"), "");
}

}  // namespace
}  // namespace gpupass::esxi
