#include "guest/answer.hpp"

#include <nlohmann/json.hpp>

namespace gpupass::guest {

namespace {

using nlohmann::json;

constexpr auto lossy = json::error_handler_t::replace;  // names come from drivers

json to_value(const ApiDevice& device)
{
    json value{{"platform", device.platform}, {"name", device.name}, {"driver", device.driver}, {"software", device.software},
               {"compute_units", device.compute_units}, {"clock_mhz", device.clock_mhz}, {"features", device.features},
               {"computations", json::array()}, {"figures", json::object()}, {"error", device.error}};
    if (device.address)
        value["address"] = to_string(*device.address);
    if (device.id)
        value["id"] = to_string(*device.id);
    for (const Computation& c : device.computations)
        value["computations"].push_back({{"name", c.name}, {"right", c.right}, {"detail", c.detail}});
    for (const Figure& figure : device.figures)
        value["figures"][figure.name] = figure.value ? json(*figure.value) : json(nullptr);
    if (!device.engine_grew)
        return value;
    value["engine_grew"] = json::object();
    for (const auto& [address, time] : *device.engine_grew)
        value["engine_grew"][to_string(address)] = time ? json(*time) : json(nullptr);
    return value;
}

ApiDevice device_of(const json& value)
{
    ApiDevice device{.platform = value.value("platform", ""), .name = value.value("name", ""), .driver = value.value("driver", ""),
                     .software = value.value("software", ""), .address = parse_pci_address(value.value("address", "")),
                     .id = parse_pci_id(value.value("id", "")), .compute_units = value.value("compute_units", 0u),
                     .clock_mhz = value.value("clock_mhz", 0u), .features = value.value("features", std::vector<std::string>{}),
                     .computations = {}, .figures = {}, .engine_grew = {}, .error = value.value("error", "")};
    for (const json& c : value.value("computations", json::array()))
        device.computations.push_back({c.value("name", ""), c.value("right", false), c.value("detail", "")});
    const json figures = value.value("figures", json::object());
    for (const auto& [name, figure] : figures.items())
        device.figures.push_back({name, figure.is_null() ? std::nullopt : std::optional{figure.get<double>()}});
    if (!value.contains("engine_grew"))
        return device;
    device.engine_grew.emplace();
    for (const auto& [address, time] : value["engine_grew"].items())
        if (const auto parsed = parse_pci_address(address))
            (*device.engine_grew)[*parsed] = time.is_null() ? std::nullopt : std::optional{time.get<std::uint64_t>()};
    return device;
}

}  // namespace

std::string to_json(const ApiAnswer& answer)
{
    json value{{"api", answer.api}, {"missing", answer.missing}, {"ended", answer.ended}, {"doing", answer.doing},
               {"devices", json::array()}};
    for (const ApiDevice& device : answer.devices)
        value["devices"].push_back(to_value(device));
    return value.dump(-1, ' ', false, lossy);
}

std::optional<ApiAnswer> parse_answer(std::string_view text)
{
    try {
        const json value = json::parse(text);
        ApiAnswer answer{value.value("api", ""), value.value("missing", ""), value.value("ended", ""), value.value("doing", ""), {}};
        for (const json& device : value.value("devices", json::array()))
            answer.devices.push_back(device_of(device));
        return answer;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

}  // namespace gpupass::guest
