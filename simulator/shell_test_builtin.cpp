#include "shell.hpp"
#include "text.hpp"

#include <cctype>
#include <span>

// [ ... ] and $((...)).

namespace gpupass::sim {

int test_builtin(Process& process);

namespace {

struct Tester {
    Shell& shell;
    std::span<const std::string> words;
    bool wrong{};

    bool file(char kind, const std::string& name) const
    {
        const auto path = shell.path(name);
        const auto info = shell.disk().status(path, kind == 'L' || kind == 'h' ? Disk::Last::keep : Disk::Last::follow);
        if (name.empty() || !info)
            return false;
        switch (kind) {
        case 'f': return S_ISREG(info->st_mode);
        case 'd': return S_ISDIR(info->st_mode);
        case 'L':
        case 'h': return S_ISLNK(info->st_mode);
        case 's': return info->st_size > 0;
        case 'x': return S_ISDIR(info->st_mode) || (info->st_mode & 0111) != 0;
        default: return true;  // root reads and writes everything
        }
    }

    bool one(const std::string& op, const std::string& value) const
    {
        if (op == "-n")
            return !value.empty();
        if (op == "-z")
            return value.empty();
        return file(op[1], value);
    }

    bool two(const std::string& left, const std::string& op, const std::string& right)
    {
        if (op == "=" || op == "==")
            return left == right;
        if (op == "!=")
            return left != right;
        const auto a = to_number(trim(left));
        const auto b = to_number(trim(right));
        wrong = wrong || !a || !b;
        if (wrong)
            return false;
        return op == "-eq" ? *a == *b
            : op == "-ne"  ? *a != *b
            : op == "-lt"  ? *a < *b
            : op == "-le"  ? *a <= *b
            : op == "-gt"  ? *a > *b
                           : *a >= *b;
    }

    static bool is_two(const std::string& op)
    {
        for (const char* known : {"=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge"})
            if (op == known)
                return true;
        return false;
    }

    static bool is_one(const std::string& op)
    {
        return op.size() == 2 && op[0] == '-' && std::string_view{"nzefdLhsrwx"}.contains(op[1]);
    }

    bool primary()
    {
        const auto take = [&](std::size_t count) { words = words.subspan(count); };
        if (words.size() >= 3 && is_two(words[1])) {
            const bool result = two(words[0], words[1], words[2]);
            take(3);
            return result;
        }
        if (words.size() >= 2 && words[0] == "!") {
            take(1);
            return !primary();
        }
        if (words.size() >= 2 && is_one(words[0])) {
            const bool result = one(words[0], words[1]);
            take(2);
            return result;
        }
        if (words.empty())
            return false;
        const bool result = !words[0].empty();
        take(1);
        return result;
    }

    bool expression()
    {
        bool any = false;
        for (bool all = true;;) {
            all = primary() && all;
            if (words.empty() || wrong)
                return any || all;
            if (words[0] == "-o") {
                any = any || all;
                all = true;
            } else if (words[0] != "-a") {
                wrong = true;
                return false;
            }
            words = words.subspan(1);
        }
    }
};

struct Arithmetic {
    std::string_view text;
    const std::map<std::string, std::string>& variables;
    bool wrong{};
    int depth{};

    bool take(std::string_view op)
    {
        while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
            text.remove_prefix(1);
        if (!text.starts_with(op))
            return false;
        text.remove_prefix(op.size());
        return true;
    }

    long long value()
    {
        if (++depth > 100 || wrong) {
            wrong = true;
            return 0;
        }
        if (take("("))
            return inside();
        if (take("-"))
            return static_cast<long long>(0ULL - static_cast<unsigned long long>(value()));
        take("+");
        std::size_t length = 0;
        take("");
        while (length < text.size() && (std::isalnum(static_cast<unsigned char>(text[length])) || text[length] == '_'))
            ++length;
        const auto number = named_or_literal(std::string{text.substr(0, length)});
        wrong = wrong || !number;
        text.remove_prefix(length);
        return number.value_or(0);
    }

    std::optional<long long> named_or_literal(const std::string& word) const
    {
        if (!is_name(word))
            return to_c_number(word);
        const auto found = variables.find(word);
        return found == variables.end() || found->second.empty() ? 0 : to_c_number(found->second);
    }

    long long inside()
    {
        const auto result = sum();
        wrong = wrong || !take(")");
        return result;
    }

    long long product()
    {
        auto result = value();
        for (; !wrong; --depth) {
            const char op = take("*") ? '*' : take("/") ? '/' : take("%") ? '%' : '\0';
            if (op == '\0')
                break;
            const auto right = value();
            wrong = wrong || (op != '*' && (right == 0 || right == -1));
            if (wrong)
                break;
            result = op == '*' ? static_cast<long long>(static_cast<unsigned long long>(result) *
                                                        static_cast<unsigned long long>(right))
                : op == '/'    ? result / right
                               : result % right;
        }
        return result;
    }

    long long sum()
    {
        auto result = product();
        while (!wrong) {
            const char op = take("+") ? '+' : take("-") ? '-' : '\0';
            if (op == '\0')
                break;
            const auto right = static_cast<unsigned long long>(product());
            const auto left = static_cast<unsigned long long>(result);
            result = static_cast<long long>(op == '+' ? left + right : left - right);
        }
        return result;
    }
};

}  // namespace

int test_builtin(Process& process)
{
    std::span<const std::string> words{process.argv};
    words = words.subspan(1);
    if (process.argv[0] == "[") {
        if (words.empty() || words.back() != "]")
            return process.fail(process.shell.report("[: missing ]"), 2);
        words = words.first(words.size() - 1);
    }
    Tester tester{process.shell, words, false};
    const bool result = !words.empty() && tester.expression();
    if (tester.wrong)
        return process.fail(process.shell.report(process.argv[0] + ": bad expression"), 2);
    return result ? 0 : 1;
}

std::optional<long long> evaluate(std::string_view expression, const std::map<std::string, std::string>& variables)
{
    Arithmetic arithmetic{expression, variables, false, 0};
    const auto result = arithmetic.sum();
    arithmetic.take("");
    if (arithmetic.wrong || !arithmetic.text.empty())
        return std::nullopt;
    return result;
}

}  // namespace gpupass::sim
