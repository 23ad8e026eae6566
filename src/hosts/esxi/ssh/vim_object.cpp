#include "hosts/esxi/ssh/vim_object.hpp"

#include "hosts/esxi/text.hpp"

#include <algorithm>

namespace gpupass::esxi {

namespace {

constexpr std::size_t deepest = 32;
constexpr std::size_t most_leaves = 100'000;

/// A name of the object model: letters, digits, underscore.
bool is_name(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
}

/// One line, taken apart: `name = (type) rest`.
struct Part {
    std::string_view name;
    std::string_view type;
    std::string_view rest;
};

Part split_line(std::string_view text)
{
    Part part;
    const auto sign = text.find(" = ");
    if (sign != std::string_view::npos && is_name(text.substr(0, sign))) {
        part.name = text.substr(0, sign);
        text = trim(text.substr(sign + 3));
    } else if (text.ends_with(" =") && is_name(text.substr(0, text.size() - 2))) {
        part.name = text.substr(0, text.size() - 2);
        text = {};
    }
    if (const auto close = text.find(')'); text.starts_with('(') && close != std::string_view::npos) {
        part.type = text.substr(1, close - 1);
        text = trim(text.substr(close + 1));
    }
    part.rest = text;
    return part;
}

std::string_view drop_comma(std::string_view text)
{
    text = trim(text);
    if (text.ends_with(','))
        text.remove_suffix(1);
    return trim(text);
}

bool is_quoted(std::string_view text)
{
    return text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
}

struct Level {
    std::string path;    // with a dot at its end, unless it is the root's
    bool is_list{};
    std::size_t count{};  // members so far, of a list
};

class ObjectReader {
public:
    explicit ObjectReader(std::string_view text) : lines_(split_lines(text)) {}

    Result<VimObject> read()
    {
        for (at_ = 0; at_ < lines_.size() && !done_; ++at_)
            if (auto taken = take_line(); !taken)
                return std::unexpected(taken.error());
        if (!done_)
            return bad_text(lines_.empty() ? 0 : lines_.back().number, levels_.empty() ? "" : levels_.back().path,
                            levels_.empty() ? "no object in the text" : "the object does not end");
        return std::move(object_);
    }

private:
    Result<void> take_line()
    {
        const std::string_view text = trim(lines_[at_].text);
        if (!levels_.empty() && (drop_comma(text) == "}" || drop_comma(text) == "]"))
            return close();
        const Part part = split_line(text);
        const std::string_view rest = drop_comma(part.rest);
        if (rest == "{" || rest == "[")
            return open(part, rest == "[");
        if (rest == "{}" || rest == "[]")
            return take_empty(part);
        return levels_.empty() || text.empty() ? Result<void>{} : take_leaf(part);
    }

    std::string path_of(const Part& part)
    {
        if (levels_.empty())
            return "";
        Level& level = levels_.back();
        return level.path + (level.is_list ? std::to_string(level.count++) : std::string{part.name});
    }

    Result<void> open(const Part& part, bool is_list)
    {
        if (levels_.size() >= deepest)
            return bad_text(lines_[at_].number, "", "the object is nested too deep");
        if (levels_.empty())
            object_.type = part.type;
        const std::string path = path_of(part);
        levels_.push_back({path.empty() ? "" : path + ".", is_list, 0});
        return {};
    }

    Result<void> take_empty(const Part& part)
    {
        if (!levels_.empty()) {
            path_of(part);
            return {};
        }
        object_.type = part.type;
        done_ = true;
        return {};
    }

    Result<void> close()
    {
        levels_.pop_back();
        done_ = levels_.empty();
        return {};
    }

    /// A text may hold newlines: it goes on to the line that ends with a quote.
    Result<std::string> take_text(std::string_view rest)
    {
        const long first = lines_[at_].number;
        std::string whole{rest};
        while (!is_quoted(drop_comma(whole))) {
            if (++at_ >= lines_.size())
                return bad_text(first, levels_.back().path, "a text that does not end");
            whole += "\n" + std::string{lines_[at_].text};
        }
        const std::string_view quoted = drop_comma(whole);
        return std::string{quoted.substr(1, quoted.size() - 2)};
    }

    Result<void> take_leaf(const Part& part)
    {
        if (object_.leaves.size() >= most_leaves)
            return bad_text(lines_[at_].number, "", "the object is too large");
        VimLeaf leaf{.path = path_of(part), .value = {}, .line = lines_[at_].number};
        const std::string_view rest = drop_comma(part.rest);
        if (rest.starts_with('"')) {
            auto text = take_text(trim(part.rest));
            if (!text)
                return std::unexpected(text.error());
            leaf.value = std::move(*text);
        } else if (rest.size() >= 2 && rest.starts_with('\'') && rest.ends_with('\'')) {
            leaf.value = rest.substr(1, rest.size() - 2);
        } else if (rest != "<unset>" && rest != "null") {
            leaf.value = rest;
        }
        object_.leaves.push_back(std::move(leaf));
        return {};
    }

    std::vector<TextLine> lines_;
    std::size_t at_{};
    std::vector<Level> levels_;
    VimObject object_;
    bool done_{};
};

}  // namespace

const VimLeaf* VimObject::find(std::string_view path) const
{
    const auto found = std::ranges::find(leaves, path, &VimLeaf::path);
    return found == leaves.end() ? nullptr : &*found;
}

std::optional<std::string> VimObject::value(std::string_view path) const
{
    const VimLeaf* leaf = find(path);
    return leaf ? leaf->value : std::nullopt;
}

std::vector<std::string> VimObject::values_named(std::string_view path, std::string_view name) const
{
    std::vector<std::string> values;
    for (const VimLeaf& leaf : leaves) {
        const auto dot = leaf.path.rfind('.');
        const std::string_view last = std::string_view{leaf.path}.substr(dot == std::string::npos ? 0 : dot + 1);
        if (leaf.value && last == name && leaf.path.starts_with(path))
            values.push_back(*leaf.value);
    }
    return values;
}

Result<VimObject> parse_vim_object(std::string_view text)
{
    return ObjectReader{text}.read();
}

}  // namespace gpupass::esxi
