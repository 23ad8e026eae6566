#include "transport/script.hpp"

#include <gmock/gmock.h>

namespace gpupass {
namespace {

using Cmd = Run;  // Run is a member of testing::Test

const std::string mark = "0123456789abcdef0123456789abcdef";

std::string only(const Query& query)
{
    const std::string script = render_script({&query, 1}, mark);
    const auto first = script.find('\n') + 1;
    return script.substr(first, script.find("\nprintf", first) - first);
}

TEST(QuoteWord, LeavesHarmlessWordsBare)
{
    EXPECT_EQ(quote_word("/vmfs/volumes/ds-1/a_b.vmx"), "/vmfs/volumes/ds-1/a_b.vmx");
}

TEST(QuoteWord, QuotesEverythingElse)
{
    EXPECT_EQ(quote_word(""), "''");
    EXPECT_EQ(quote_word("a b"), "'a b'");
    EXPECT_EQ(quote_word("it's"), R"('it'\''s')");
    EXPECT_EQ(quote_word("$(touch x)"), "'$(touch x)'");
    EXPECT_EQ(quote_word("~root"), "'~root'");
    EXPECT_EQ(quote_word("\xf0\x9d\x84\x9e"), "'\xf0\x9d\x84\x9e'");
}

TEST(RenderScript, WritesTheAgreedForms)
{
    EXPECT_EQ(only(Cmd{{"esxcli", "system", "version get"}}), "esxcli system 'version get' </dev/null");
    EXPECT_EQ(only(Cmd{{"wc", "-c"}, "a'b"}), R"(printf '%s' 'a'\''b' | wc -c)");
    EXPECT_EQ(only(Cmd{{"if"}}), "'if' </dev/null");
    EXPECT_EQ(only(ReadFile{"/a b"}), "cat '/a b'");
    EXPECT_EQ(only(ReadFile{"/a", 100}), "tail -c 100 /a");
    EXPECT_EQ(only(ReadLink{"/a"}), "readlink /a");
    EXPECT_EQ(only(ListDir{"/a"}), "ls -1A /a");
}

TEST(RenderScript, WritesCompareAndSwap)
{
    EXPECT_EQ(only(WriteFile{"/f", "new", "old"}),
              "if [ -L /f ] || [ \"$(cat /f && echo x)\" != oldx ]; then (exit 3); else rm -f /f.gpupass-new && "
              "cp -p /f /f.gpupass-new && printf '%s' new >/f.gpupass-new && mv /f.gpupass-new /f || "
              "{ rm -f /f.gpupass-new; false; }; fi");
    EXPECT_EQ(only(WriteFile{"/f", "new"}),
              "if [ -L /f ] || [ -e /f ]; then (exit 3); else rm -f /f.gpupass-new && (umask 077; printf '%s' new "
              ">/f.gpupass-new) && chmod 0600 /f.gpupass-new && mv /f.gpupass-new /f || { rm -f /f.gpupass-new; false; }; fi");
}

TEST(CheckQuery, RefusesWhatAShellCannotHold)
{
    EXPECT_FALSE(check_query(ReadFile{std::string{"/a\0b", 4}}));
    EXPECT_FALSE(check_query(ReadFile{"relative"}));
    EXPECT_FALSE(check_query(ListDir{""}));
    EXPECT_FALSE(check_query(Cmd{}));
    EXPECT_FALSE(check_query(Cmd{{"A=b"}}));
    EXPECT_FALSE(check_query(Cmd{{"cat"}, std::string(1, '\0')}));
    EXPECT_FALSE(check_query(WriteFile{"/a", "x", std::string(1, '\0')}));
    EXPECT_TRUE(check_query(Cmd{{"cat", "\n"}}));
}

std::string stream(const std::vector<std::pair<std::string, int>>& sections)
{
    std::string out = "noise of a login shell\n" + mark + " 0\n";
    for (const auto& [text, code] : sections)
        out += text + "\n" + mark + " " + std::to_string(code) + "\n";
    return out;
}

TEST(SectionParser, SplitsWhateverTheChunks)
{
    const std::string text = stream({{"one\n", 0}, {"", 127}, {"\n" + mark.substr(0, 9) + "\n", 3}});
    for (std::size_t step = 1; step <= text.size(); ++step) {
        SectionParser parser{mark, true, 1000};
        for (std::size_t i = 0; i < text.size(); i += step)
            ASSERT_TRUE(parser.feed(std::string_view{text}.substr(i, step)));
        ASSERT_EQ(parser.complete().size(), 3u) << step;
        EXPECT_EQ(parser.complete()[0].text, "one\n");
        EXPECT_EQ(parser.complete()[1].exit_code, 127);
        EXPECT_EQ(parser.complete()[2].text, "\n" + mark.substr(0, 9) + "\n");
        EXPECT_EQ(parser.complete()[2].exit_code, 3);
    }
}

TEST(SectionParser, KeepsTheBeginningOfLongOutput)
{
    SectionParser parser{mark, true, 10};
    EXPECT_TRUE(parser.feed(stream({{std::string(5000, 'a'), 0}, {"0123456789", 0}})));
    EXPECT_EQ(parser.complete()[0].text, std::string(10, 'a'));
    EXPECT_TRUE(parser.complete()[0].truncated);
    EXPECT_EQ(parser.complete()[1].text, "0123456789");
    EXPECT_FALSE(parser.complete()[1].truncated);
}

TEST(SectionParser, HoldsNoMoreThanTheLimitOfAnEndlessStream)
{
    SectionParser parser{mark, true, 10};
    ASSERT_TRUE(parser.feed(stream({})));
    for (int i = 0; i < 1000; ++i)
        ASSERT_TRUE(parser.feed(std::string(1000, 'x')));
    EXPECT_EQ(parser.rest().text, std::string(10, 'x'));
    EXPECT_TRUE(parser.rest().truncated);
}

TEST(SectionParser, RefusesABrokenMarkerLine)
{
    for (const char* tail : {" x\n", " \n", "\n", " 0 and so on and on", "7\n", " -1\n", " 256\n"}) {
        SectionParser parser{mark, true, 10};
        EXPECT_FALSE(parser.feed("\n" + mark + tail)) << tail;
    }
}

TEST(SectionParser, ReadsMarkersWithoutACode)
{
    SectionParser parser{mark, false, 100};
    EXPECT_TRUE(parser.feed("\n" + mark + "\nerr\n\n" + mark + "\n"));
    ASSERT_EQ(parser.complete().size(), 1u);
    EXPECT_EQ(parser.complete()[0].text, "err\n");
}

}  // namespace
}  // namespace gpupass
