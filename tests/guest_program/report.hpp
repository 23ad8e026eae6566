#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace gpupass::test {

/// A report of gpupass-guest or gpupass verify, read for assertions.
class Report {
public:
    explicit Report(const std::string& text) : document_(nlohmann::json::parse(text, nullptr, false)) {}
    bool is_json() const { return document_.is_object(); }
    std::string verdict() const { return document_.value("verdict", ""); }
    std::string why() const { return document_.value("why", ""); }
    /// "" for a check that is not there.
    std::string result(const std::string& id) const { return text(id, "result"); }
    std::string detail(const std::string& id) const { return text(id, "detail"); }
    std::string fix(const std::string& id) const { return text(id, "fix"); }

private:
    std::string text(const std::string& id, const char* key) const
    {
        for (const auto& check : document_.value("checks", nlohmann::json::array()))
            if (check.value("id", "") == id && check[key].is_string())
                return check[key].get<std::string>();
        return "";
    }

    nlohmann::json document_;
};

}  // namespace gpupass::test
