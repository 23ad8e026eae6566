#include "hosts/esxi/ssh/vmx.hpp"

#include "hosts/esxi/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

// For any document, also one that is garbage: printing gives it back, an edit touches one line, the inverse edit gives
// the bytes back.

namespace gpupass::esxi {
namespace {

std::string some_text(const std::string& letters, std::size_t most)
{
    const auto size = *rc::gen::inRange<std::size_t>(0, most + 1);
    return *rc::gen::container<std::string>(size, rc::gen::elementOf(letters));
}

const std::string value_letters = "aZ09 .:/|#=\t\"'$();\n\x7f";

std::string some_value()
{
    return some_text(value_letters, 8);
}

std::string some_name(int number)
{
    return (*rc::gen::elementOf(std::vector<std::string>{"sched.mem.min", "pciPassthru0.id", "x", ".encoding", "vvtd.enable"})) + std::to_string(number);
}

std::string some_line(int number)
{
    const std::string blanks = some_text(" \t", 2);
    const std::string comment = *rc::gen::elementOf(std::vector<std::string>{"", "  # note", "#\"x"});
    switch (*rc::gen::inRange(0, 6)) {
    case 0: return blanks + "# " + some_text("a=\" ", 6);
    case 1: return some_text("xy=\" #|", 10);
    case 2: return blanks + some_name(number) + blanks + "=" + blanks + some_text("xY0.|-", 5) + comment;
    default: return blanks + some_name(number) + blanks + "=" + blanks + "\"" + escape_vmx(some_value()) + "\"" + comment;
    }
}

std::string some_document()
{
    std::string text = *rc::gen::elementOf(std::vector<std::string>{"", "\xef\xbb\xbf", ".encoding = \"UTF-8\"\n"});
    const std::string end = *rc::gen::elementOf(std::vector<std::string>{"\n", "\r\n"});
    const int lines = *rc::gen::inRange(0, 8);
    for (int i = 0; i < lines; ++i)
        text += some_line(i) + (i + 1 < lines || *rc::gen::arbitrary<bool>() ? end : "");
    return text;
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    for (const TextLine& line : split_lines(text))
        lines.emplace_back(line.text);
    return lines;
}

/// The value as we would write it: in quotes, with no more and no fewer escapes.
bool is_canonical(const std::string& line, const std::string& value)
{
    const auto first = line.find_first_not_of(" \t", line.find('=') + 1);
    return first != std::string::npos && line.substr(first).starts_with("\"" + escape_vmx(value) + "\"");
}

TEST(VmxProperty, ParseAndPrintIsIdentity)
{
    EXPECT_TRUE(rc::check([] {
        const auto bytes = *rc::gen::oneOf(rc::gen::exec(some_document), rc::gen::arbitrary<std::string>());
        RC_ASSERT(VmxDocument{bytes}.text() == bytes);
    }));
}

TEST(VmxProperty, EscapesAreUndone)
{
    EXPECT_TRUE(rc::check([](const std::string& value) { RC_ASSERT(unescape_vmx(escape_vmx(value)) == value); }));
}

TEST(VmxProperty, WhatIsAppendedComesAwayWithoutATrace)
{
    EXPECT_TRUE(rc::check([] {
        const std::string before = some_document();
        VmxDocument document{before};
        const std::string value = some_value();
        RC_ASSERT(document.set("added.key", value));
        VmxDocument again{document.text()};
        RC_ASSERT(again.get("ADDED.key") == value);
        RC_ASSERT(again.remove("added.KEY"));
        RC_ASSERT(again.text() == before);
    }));
}

TEST(VmxProperty, AnEditTouchesItsLineAndItsInverseRestoresTheBytes)
{
    EXPECT_TRUE(rc::check([] {
        const std::string before = some_document();
        VmxDocument document{before};
        const auto entries = document.entries();
        RC_PRE(!entries.empty() && document.duplicates().empty());
        const auto& entry = *rc::gen::elementOf(entries);
        const std::string value = some_value();
        RC_ASSERT(document.set(entry.name, value));
        RC_ASSERT(document.get(entry.name) == value);

        const auto old_lines = lines_of(before);
        const auto new_lines = lines_of(document.text());
        RC_ASSERT(old_lines.size() == new_lines.size());
        for (std::size_t i = 0; i < old_lines.size(); ++i)
            RC_ASSERT(static_cast<long>(i) + 1 == entry.line || old_lines[i] == new_lines[i]);

        VmxDocument again{document.text()};
        RC_ASSERT(again.set(entry.name, entry.value));
        RC_ASSERT(again.get(entry.name) == entry.value);
        // A bare value that had to be quoted meanwhile stays quoted; the meaning is the same.
        if (is_canonical(old_lines[static_cast<std::size_t>(entry.line) - 1], entry.value))
            RC_ASSERT(again.text() == before);
    }));
}

TEST(VmxProperty, RemovingTakesOneLine)
{
    EXPECT_TRUE(rc::check([] {
        const std::string before = some_document();
        VmxDocument document{before};
        const auto entries = document.entries();
        RC_PRE(!entries.empty() && document.duplicates().empty());
        const auto& entry = *rc::gen::elementOf(entries);
        RC_ASSERT(document.remove(entry.name));
        RC_ASSERT(document.get(entry.name) == std::nullopt);
        RC_ASSERT(document.entries().size() == entries.size() - 1);
        RC_ASSERT(VmxDocument{document.text()}.text() == document.text());
    }));
}

}  // namespace
}  // namespace gpupass::esxi
