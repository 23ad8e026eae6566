#include "diagnose/log_reader.hpp"

#include "diagnose/diagnose.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

// Archives are made by libarchive itself, as people's tools make them, and then bent.

namespace gpupass {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view needle = "Failed to register the device pciPassthru0\n";

struct File {
    std::string name;
    std::string text;
    unsigned type = AE_IFREG;
};

std::string packed(const std::vector<File>& files, int (*format)(archive*), int (*filter)(archive*) = nullptr)
{
    std::string bytes(64u << 20, '\0');
    std::size_t used = 0;
    archive* out = archive_write_new();
    format(out);
    if (filter)
        filter(out);
    archive_write_open_memory(out, bytes.data(), bytes.size(), &used);
    for (const File& file : files) {
        archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, file.name.c_str());
        archive_entry_set_filetype(entry, file.type);
        archive_entry_set_perm(entry, 0600);
        archive_entry_set_size(entry, static_cast<la_int64_t>(file.text.size()));
        archive_write_header(out, entry);
        archive_write_data(out, file.text.data(), file.text.size());
        archive_entry_free(entry);
    }
    archive_write_close(out);
    archive_write_free(out);
    bytes.resize(used);
    return bytes;
}

std::string tar(const std::vector<File>& files) { return packed(files, archive_write_set_format_pax_restricted); }
std::string tgz(const std::vector<File>& files)
{
    return packed(files, archive_write_set_format_pax_restricted, archive_write_add_filter_gzip);
}

Result<ReadLogs> read(const std::string& bytes)
{
    TextSource source{bytes};
    return read_logs(RuleSet::builtin(), source, "in");
}

/// Where the needle was found.
std::vector<std::string> places(const Result<ReadLogs>& read)
{
    std::vector<std::string> all;
    for (const Sightings& log : read.value().logs)
        for (const auto& [pattern, lines] : log.of)
            if (RuleSet::builtin().rules()[RuleSet::builtin().patterns()[pattern].owner].id == "vm-iommu-exposed-with-passthrough" &&
                RuleSet::builtin().patterns()[pattern].role == Role::betrays)
                for (const Sighting& line : lines)
                    all.push_back(line.evidence.source + ":" + std::to_string(line.evidence.line));
    return all;
}

const std::string log = "first line\n" + std::string{needle};

TEST(LogReader, ReadsPlainAndCompressedLogs)
{
    EXPECT_THAT(places(read(log)), ElementsAre("in:2"));
    for (const auto filter : {archive_write_add_filter_gzip, archive_write_add_filter_xz, archive_write_add_filter_zstd,
                              archive_write_add_filter_bzip2})
        EXPECT_THAT(places(read(packed({{"x", log}}, archive_write_set_format_raw, filter))), ElementsAre("in:2"));
}

TEST(LogReader, ReadsArchivesAndNamesTheFilesInThem)
{
    const std::vector<File> files{{"a/", "", AE_IFDIR}, {"a/empty.log", ""}, {"a/vmware.log", log}};
    EXPECT_THAT(places(read(tar(files))), ElementsAre("in:a/vmware.log:2"));
    EXPECT_THAT(places(read(tgz(files))), ElementsAre("in:a/vmware.log:2"));
    EXPECT_THAT(places(read(packed(files, archive_write_set_format_zip))), ElementsAre("in:a/vmware.log:2"));
}

TEST(LogReader, ReadsArchivesInArchivesOnce)
{
    const std::string inner = tgz({{"vmware-1.log", log}});
    const std::string rotated = packed({{"x", log}}, archive_write_set_format_raw, archive_write_add_filter_gzip);
    const auto found = read(tgz({{"vm.tgz", inner}, {"vmkernel.0.gz", rotated}, {"too-deep.tgz", tgz({{"a.tgz", inner}})}}));

    EXPECT_THAT(places(found), ElementsAre("in:vm.tgz:vmware-1.log:2", "in:vmkernel.0.gz:2"));
    EXPECT_THAT(found->notes, ElementsAre(HasSubstr("unpack it first")));
}

TEST(LogReader, ReadsWhatWindowsWrites)
{
    std::string utf16 = "\xff\xfe";
    for (const char c : log) {
        utf16 += c;
        utf16 += '\0';
    }
    EXPECT_THAT(places(read(utf16)), ElementsAre("in:2"));
    EXPECT_THAT(places(read(tar({{"system.txt", utf16}}))), ElementsAre("in:system.txt:2"));
    EXPECT_THAT(read(std::string("ElfFile\0\0\0", 10)).error().next, HasSubstr("wevtutil"));
}

TEST(LogReader, SkipsWhatIsNoLog)
{
    const auto found = read(tar({{"core", std::string("\x7f" "ELF\0\0\0\0", 8) + log},
                                 {"dev/sda", "", AE_IFBLK},
                                 {"link", "", AE_IFLNK},
                                 {"fifo", "", AE_IFIFO}}));
    EXPECT_THAT(places(found), IsEmpty());
}

TEST(LogReader, RefusesNamesThatLeadOutside)
{
    for (const char* name : {"../escape.log", "a/../../b", "..\\x.log", "a/b/../../../c"}) {
        const auto refused = read(tar({{name, log}}));
        ASSERT_FALSE(refused) << name;
        EXPECT_THAT(refused.error().what, HasSubstr("outside of itself"));
        EXPECT_FALSE(refused.error().next.empty());
    }
    EXPECT_THAT(places(read(tar({{"a..b/c..log", log}}))), SizeIs(1));
    EXPECT_THAT(places(read(tar({{"a/../b.log", log}}))), SizeIs(1));
}

TEST(LogReader, RefusesBombs)
{
    std::string layer(300u << 20, ' ');
    std::string bytes = packed({{"bomb", layer}}, archive_write_set_format_raw, archive_write_add_filter_gzip);
    const auto refused = read(bytes);

    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what, HasSubstr("200 times"));
}

TEST(LogReader, ReadsWhatIsLeftOfADamagedArchive)
{
    std::string noise;
    for (int i = 0; i < 400'000; ++i)
        noise += std::to_string(i * 7919L % 100'003) + "\n";
    std::string bytes = tgz({{"a.log", log}, {"b.log", noise}});
    bytes.resize(bytes.size() / 2);
    const auto found = read(bytes);

    EXPECT_THAT(places(found), ElementsAre("in:a.log:2"));
    EXPECT_THAT(found->notes, ElementsAre(HasSubstr("damaged")));
    EXPECT_THAT(read(bytes.substr(0, 20)).error().what, HasSubstr("damaged"));
}

TEST(LogReader, ReadsOnBehindADamagedPart)
{
    const std::string rotated = packed({{"x", log + std::string(10'000, 'x')}}, archive_write_set_format_raw, archive_write_add_filter_gzip);
    const auto found = read(tgz({{"kern.log.2.gz", rotated.substr(0, rotated.size() - 12)}, {"vmware.log", log}}));

    EXPECT_THAT(places(found), testing::Contains("in:vmware.log:2"));
    EXPECT_THAT(found->notes, ElementsAre(HasSubstr("kern.log.2.gz")));
}

TEST(LogReader, ReadsTextThatOnlyLooksPacked)
{
    EXPECT_THAT(places(read("BZhang started\n" + std::string{needle})), ElementsAre("in:2"));
}

TEST(LogReader, IsNotLostInArchivesThatAreTooDeep)
{
    const std::string deep = tgz({{"a.tgz", tgz({{"b.log", log}})}});
    std::vector<File> files(200, {"deep.tgz", deep});
    files.push_back({"text", "BZh" + std::string(5'000, 'x')});
    files.push_back({"vmware.log", log});
    const auto found = read(tar(files));

    EXPECT_THAT(places(found), ElementsAre("in:vmware.log:2"));
    EXPECT_THAT(found->notes.back(), HasSubstr("more"));
}

TEST(LogReader, KeepsTheDecisiveLogOfManyNoisyOnes)
{
    std::string noise;
    for (int i = 0; i < 60; ++i)
        noise += "[    1.0] i915 0000:00:02.0: [drm] Failed to find VBIOS tables (VBT)\nLinux version 6.8.0\n";
    std::vector<File> files(1'500, {"kern.log", noise});
    files.push_back({"vmware.log", log});

    EXPECT_THAT(places(read(tar(files))), ElementsAre("in:vmware.log:2"));
}

TEST(LogReader, ReadsLogsWithHolesAndColours)
{
    EXPECT_THAT(places(read("boot\n" + std::string(4'000, '\0') + "\n" + std::string{needle})), ElementsAre("in:3"));
    EXPECT_THAT(places(read("Failed to register the device \x1b[1mpciPassthru0\x1b[0m\n")), ElementsAre("in:1"));
    EXPECT_THAT(places(read(tar({{"a.log", "boot" + std::string(10, '\0') + "\n" + std::string{needle}}}))), ElementsAre("in:a.log:2"));
}

TEST(LogReader, SaysThatSomethingIsNoText)
{
    std::string bytes = "7z\xbc\xaf\x27\x1c";
    for (int i = 0; i < 3'000; ++i)
        bytes += static_cast<char>(i * 37 % 251);
    EXPECT_THAT(read(bytes).error().what, HasSubstr("no text"));
}

TEST(LogReader, RefusesBombsBehindWhatIsSkipped)
{
    const std::string core = std::string("\x7f" "ELF\1\2\3\4", 8) + std::string(300u << 20, '\0');
    const auto refused = read(tgz({{"core", core}}));

    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what, HasSubstr("200 times"));
}

TEST(LogReader, RefusesDictionariesThatFillTheMemory)
{
    std::string bytes = packed({{"x", log}}, archive_write_set_format_raw, archive_write_add_filter_xz);
    const std::size_t dictionary = bytes.find('\x21', 12) + 2;
    bytes[dictionary] = 40;  // 4 GiB

    ASSERT_FALSE(read(bytes));
    EXPECT_THAT(read(bytes).error().what, HasSubstr("64 MB"));
}

TEST(LogReader, OpensFilesAndNamesThoseThatAreNotThere)
{
    const fs::path folder = fs::path{testing::TempDir()} / "log_reader";
    fs::create_directories(folder);
    std::ofstream{folder / "a.log"} << log;

    EXPECT_THAT(places(read_log_file(RuleSet::builtin(), folder / "a.log")), SizeIs(1));
    EXPECT_EQ(read_log_file(RuleSet::builtin(), folder / "none").error().kind, ErrorKind::not_found);
    EXPECT_FALSE(read_log_file(RuleSet::builtin(), folder));
    fs::remove_all(folder);
}

TEST(Diagnose, ReadsSeveralFilesInTheOrderGiven)
{
    const fs::path folder = fs::path{testing::TempDir()} / "diagnose_many";
    fs::create_directories(folder);
    DiagnoseRequest request;
    for (int i = 0; i < 20; ++i) {
        request.files.push_back(folder / (std::to_string(i) + ".log"));
        std::ofstream{request.files.back()} << log;
    }
    const auto diagnosis = diagnose(RuleSet::builtin(), request);

    ASSERT_TRUE(diagnosis) << diagnosis.error();
    EXPECT_EQ(diagnosis->lines, 40);
    ASSERT_FALSE(diagnosis->findings.empty());
    EXPECT_EQ(diagnosis->findings[0].id, "vm-iommu-exposed-with-passthrough");
    ASSERT_GE(diagnosis->findings[0].evidence.size(), 3U);
    EXPECT_EQ(diagnosis->findings[0].evidence[2].source, request.files[2]);
    fs::remove_all(folder);
}

}  // namespace
}  // namespace gpupass
