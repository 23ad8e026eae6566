#include "rules/rule.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>

// One list of members, read by both directions: every text is its length in four bytes and its characters.

namespace gpupass {
namespace {

void members(Rule& rule, auto&& each)
{
    for (std::string* text : {&rule.id, &rule.title, &rule.area, &rule.check, &rule.cause})
        each(*text);
    for (auto* texts : {&rule.also, &rule.patterns, &rule.told, &rule.said, &rule.present, &rule.absent, &rule.before, &rule.after,
                        &rule.settled, &rule.facts, &rule.unless, &rule.over, &rule.fix, &rule.collect, &rule.links,
                        &rule.matches, &rule.ignores})
        each(*texts);
    each(rule.variant);
    each(rule.umbrella);
    each(rule.check_alone);
    each(rule.severity);
    each(rule.certainty);
}

void members(Observation& observation, auto&& each)
{
    each(observation.fact);
    each(observation.value);
    each(observation.patterns);
}

struct Writer {
    std::string out;

    void number(std::size_t value)
    {
        std::array<char, 4> bytes{};
        const auto small = static_cast<std::uint32_t>(value);
        std::memcpy(bytes.data(), &small, bytes.size());
        out.append(bytes.data(), bytes.size());
    }
    void operator()(const std::string& text)
    {
        number(text.size());
        out += text;
    }
    void operator()(const std::vector<std::string>& texts)
    {
        number(texts.size());
        for (const std::string& text : texts)
            (*this)(text);
    }
    void operator()(auto small) { number(static_cast<std::size_t>(small)); }
};

struct Reader {
    std::string_view in;

    std::string_view take(std::size_t size)
    {
        if (size > in.size())
            throw std::logic_error{"packed rules end early"};
        const std::string_view taken = in.substr(0, size);
        in.remove_prefix(size);
        return taken;
    }
    std::size_t number()
    {
        std::uint32_t value = 0;
        std::memcpy(&value, take(4).data(), 4);
        return value;
    }
    void operator()(std::string& text) { text = take(number()); }
    void operator()(std::vector<std::string>& texts)
    {
        texts.resize(number());
        for (std::string& text : texts)
            (*this)(text);
    }
    template <class Small>
    void operator()(Small& small)
    {
        small = static_cast<Small>(number());
    }
};

}  // namespace

std::string pack(const Knowledge& knowledge)
{
    Knowledge copy = knowledge;
    Writer writer;
    writer.number(copy.rules.size());
    for (Rule& rule : copy.rules)
        members(rule, writer);
    writer.number(copy.observations.size());
    for (Observation& observation : copy.observations)
        members(observation, writer);
    return std::move(writer.out);
}

Knowledge unpack(std::string_view bytes)
{
    Reader reader{bytes};
    Knowledge knowledge;
    knowledge.rules.resize(reader.number());
    for (Rule& rule : knowledge.rules)
        members(rule, reader);
    knowledge.observations.resize(reader.number());
    for (Observation& observation : knowledge.observations)
        members(observation, reader);
    return knowledge;
}

}  // namespace gpupass
