#include "diagnose/decoder.hpp"

#include <gtest/gtest.h>
#include <string>

namespace gpupass {
namespace {

using namespace std::string_view_literals;

std::string decoded(std::string_view bytes, std::size_t step)
{
    std::string text;
    const auto out = [&](std::string_view part) { text += part; };
    const auto decoder = decoder_for(bytes.substr(0, 4096));
    if (!decoder)
        return std::string{bytes};
    for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size())))
        decoder->feed(bytes.substr(0, step), out);
    decoder->finish(out);
    return text;
}

void expect(std::string_view bytes, const std::string& text)
{
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{100}})
        EXPECT_EQ(decoded(bytes, step), text) << step;
}

TEST(Decoder, ReadsUtf16OfBothKinds)
{
    expect("\xff\xfe" "C\0o\0d\0e\0 \0\x34\0\x33\0\r\0\n\0"sv, "Code 43\r\n");
    expect("\xfe\xff" "\0C\0o\0d\0e"sv, "Code");
    expect("E\0r\0r\0o\0r\0 \0\xfc\0\xac\x20\n\0"sv, "Error \xc3\xbc\xe2\x82\xac\n");
    expect("\xff\xfe\x3d\xd8\x00\xde"sv, "\xf0\x9f\x98\x80");
}

TEST(Decoder, ShowsLonelySurrogatesAsUnknown) { expect("\xff\xfe\x00\xde" "a\0"sv, "\xef\xbf\xbd" "a"); }

TEST(Decoder, TakesMessagesOutOfAJournalExportAndKeepsTheLines)
{
    expect("__CURSOR=s=1\nPRIORITY=3\nMESSAGE=i915 0000:00:02.0: GuC failed\n_HOSTNAME=a\n\nMESSAGE=last",
           "\n\ni915 0000:00:02.0: GuC failed\n\n\nlast");
}

TEST(Decoder, ReadsFieldsThatTellTheirLength)
{
    expect("__CURSOR=s\nMESSAGE\n\x0b\0\0\0\0\0\0\0first\nsecon\nBIN\n\x0a\0\0\0\0\0\0\0a\0b\0c\0d\0e\0\nMESSAGE=x\n"sv,
           "\n\nfirst\nsecon\n\n\nx\n");
    expect("__CURSOR=s\nMESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff never ends"sv, "\n\n never ends");
}

TEST(Decoder, TakesMessagesOutOfJournalJson)
{
    expect("{\"PRIORITY\":\"3\",\"MESSAGE\":\"a \\\"quoted\\\" \\u00fc\\nline\",\"_PID\":\"1\"}\n{\"_PID\":\"2\"}\n{\"MESSAGE\" : \"last\"",
           "a \"quoted\" \xc3\xbc line\n{\"_PID\":\"2\"}\nlast");
}

TEST(Decoder, ReadsMessagesThatAreArraysOfBytes)
{
    expect("{\"MESSAGE\":[71,117,67,32,102,97,105,108]}\n{\"MESSAGE\":[999,10,300]}\n", "GuC fail\n\xff \xff\n");
}

TEST(Decoder, EndsLinesAtReturnsWhenThereIsNothingElse)
{
    expect("one\rtwo\r", "one\ntwo\n");
    expect("one\r\ntwo\r\n", "one\r\ntwo\r\n");
}

TEST(EscapeFilter, TakesColoursOutWhereverTheBytesAreCut)
{
    const std::string text = "a \x1b[31mred\x1b(B\x1b[m, \x1b]8;;http://x\x1b\\link\x1b]0;title\a!\n\x1b[1;3\nnext\n";
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{100}}) {
        EscapeFilter filter;
        std::string room, all;
        for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(std::min(step, rest.size())))
            all += filter.without(rest.substr(0, step), room);
        EXPECT_EQ(all, "a red, link!\n\nnext\n") << step;
    }
}

TEST(Decoder, LeavesTextAsItIs)
{
    expect("[    1.0] i915\n", "[    1.0] i915\n");
    expect("{\"level\":\"error\",\"msg\":\"x\"}\n", "{\"level\":\"error\",\"msg\":\"x\"}\n");
    expect("", "");
}

TEST(Decoder, TellsWhatNobodyReads)
{
    std::string noise;
    for (int i = 0; i < 3'000; ++i)
        noise += static_cast<char>(i * 37 % 251);
    EXPECT_TRUE(is_binary(noise));
    EXPECT_FALSE(is_binary("a short note\x0f\x0e\x01\n"));
    EXPECT_TRUE(is_binary("\x7f" "ELF\2\1\1\0\0\0\0"sv));
    EXPECT_FALSE(is_binary("text\n"));
    EXPECT_FALSE(is_binary(std::string(200, '\0') + "\ntext after a power cut\n"));
    EXPECT_EQ(decoder_for(std::string(200, '\0') + "\ntext after a power cut\n"), nullptr);
    EXPECT_FALSE(is_binary("\xff\xfe" "a\0"sv));
    EXPECT_TRUE(is_event_log("ElfFile\0\0\0"sv));
}

}  // namespace
}  // namespace gpupass
