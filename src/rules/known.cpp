#include "rules/known.hpp"

#include "knowledge/gpu_table.hpp"

#include <algorithm>
#include <iterator>

namespace gpupass {
namespace {

constexpr std::size_t max_values = 8;
constexpr std::size_t max_told = 8'192;

/// What a line that was observed says; "" when nothing.
std::string value_of(const Observation& observation, const Fields& fields)
{
    if (!observation.value.empty())
        return observation.value;
    const auto found = std::ranges::find(fields, "value", &Fields::value_type::first);
    return found == fields.end() ? "" : found->second;
}

/// In the order of the lines: of a version, the last one counts.
void observe_log(KnownFacts& known, const RuleSet& rules, const Sightings& log)
{
    std::vector<std::pair<const Observation*, const Sighting*>> seen;
    for (const auto& [pattern, sightings] : log.of)
        if (const SearchPattern& searched = rules.patterns()[pattern]; searched.role == Role::observes)
            for (const Sighting& one : sightings)
                seen.emplace_back(&rules.observations()[searched.owner], &one);
    std::ranges::stable_sort(seen, {}, [](const auto& one) { return one.second->evidence.line; });
    for (const auto& [observation, one] : seen)
        known.see(observation->fact, value_of(*observation, one->fields), one->evidence);
}

void observe_told(KnownFacts& known, const RuleSet& rules, const Told& told)
{
    MatchSpace space;
    for (std::size_t i = 0; i < rules.patterns().size(); ++i) {
        const SearchPattern& searched = rules.patterns()[i];
        if (searched.role != Role::observes)
            continue;
        const Observation& observation = rules.observations()[searched.owner];
        for (const auto& [key, text] : told)
            if (const auto match = rules.match(i, std::string_view{text}.substr(0, max_told), space))
                known.see(observation.fact, value_of(observation, match->fields), {"told: " + key, 0, printable(text, 500), 0, 0});
    }
}

/// What the user told of it stands above it.
void tell_host(KnownFacts& known, const HostFacts& host)
{
    std::vector<std::pair<std::string, std::string>> facts{{"platform", host.kind == "linux" ? "libvirt" : host.kind},
                                                           {"side", "host"}};
    for (const PciDevice* gpu : gpus(host))
        facts.emplace_back("gpu.id", to_string(gpu->id));
    if (host.kind == "linux" && !host.version.empty())
        facts.emplace_back("kernel", host.version);
    std::erase_if(facts, [&](const auto& fact) { return known.find(fact.first) != nullptr; });
    for (auto& [key, value] : facts)
        known.tell(key, std::move(value));
}

std::string yes_or_no(bool yes) { return yes ? "yes" : "no"; }

Evidence table_evidence(const std::string& text)
{
    return {.source = "what was told", .line = 0, .text = text, .from = 0, .to = 0};
}

/// What the table has on a GPU that was named by its ids.
void derive_from_id(KnownFacts& known, const KnownFacts::Value& named)
{
    const auto id = parse_pci_id(named.text);
    const GpuModel* model = id ? find_gpu_model(*id) : nullptr;
    if (!model)
        return;
    const Evidence seen = named.seen.value_or(table_evidence(named.text));
    known.see("gpu.vendor", "intel", seen);
    known.see("gpu.codename", std::string{model->codename}, seen);
    if (model->gvtg == "yes" || model->gvtg == "no")
        known.see("gpu.gvtg", std::string{model->gvtg}, seen);
    if (!model->sriov_vfs.ends_with('?'))
        known.see("gpu.sriov", yes_or_no(model->sriov_vfs != "0"), seen);
}

/// yes or no when all say the same, else "".
template <class Range, class Predicate>
std::string common(const Range& models, Predicate predicate)
{
    const auto count = std::ranges::count_if(models, predicate);
    const auto all = std::ranges::distance(models);
    return all == 0 || (count != 0 && count != all) ? "" : yes_or_no(count != 0);
}

/// What all models of a codename have in common. No vendor: it may be the processor of a machine with another's card. "Alder Lake" is Alder Lake-N, -P and -S.
void derive_from_codename(KnownFacts& known, const KnownFacts::Value& named)
{
    const Evidence seen = named.seen.value_or(table_evidence(named.text));
    std::vector<GpuModel> models;
    std::ranges::copy_if(gpu_models(), std::back_inserter(models),
                         [&](const GpuModel& model) { return model.codename.starts_with(named.text); });
    if (models.empty())
        return;
    known.see("gpu.integrated", common(models, [](const GpuModel& model) { return !is_discrete(model); }), seen);
    if (std::ranges::none_of(models, [](const GpuModel& model) { return model.gvtg == "partial"; }))
        known.see("gpu.gvtg", common(models, [](const GpuModel& model) { return model.gvtg == "yes"; }), seen);
    if (std::ranges::none_of(models, [](const GpuModel& model) { return model.sriov_vfs.ends_with('?'); }))
        known.see("gpu.sriov", common(models, [](const GpuModel& model) { return model.sriov_vfs != "0"; }), seen);
}

void derive(KnownFacts& known, std::string_view key, void (*from)(KnownFacts&, const KnownFacts::Value&))
{
    if (const auto* values = known.find(key))
        for (const KnownFacts::Value& value : std::vector{*values})
            from(known, value);
}

}  // namespace

void KnownFacts::tell(std::string key, std::string value)
{
    Entry& entry = facts_[std::move(key)];
    entry.told = true;
    if (entry.values.size() < max_values)
        entry.values.push_back({std::move(value), std::nullopt});
}

void KnownFacts::see(const std::string& key, std::string value, const Evidence& where)
{
    if (value.empty())
        return;
    Entry& entry = facts_[key];
    if (entry.told && key != "want")
        return;
    std::erase_if(entry.values, [&](const Value& one) { return one.text == value; });
    if (entry.values.size() >= max_values)
        entry.values.erase(entry.values.begin());
    entry.values.push_back({std::move(value), where});
}

void KnownFacts::told_all()
{
    for (auto& [key, entry] : facts_)
        entry.told = true;
}

const std::vector<KnownFacts::Value>* KnownFacts::find(std::string_view key) const
{
    const auto found = facts_.find(key);
    return found == facts_.end() ? nullptr : &found->second.values;
}

const KnownFacts::Value* KnownFacts::meeting(const Condition& condition) const
{
    const auto* values = find(condition.fact);
    if (!values || values->empty())
        return nullptr;
    const auto meets = [&](const Value& one) { return holds(condition, one.text); };
    if (is_order(condition))
        return meets(values->back()) ? &values->back() : nullptr;
    const auto says = [&](std::string_view word) { return std::ranges::find(*values, word, &Value::text) != values->end(); };
    if (says("yes") && says("no"))
        return nullptr;
    if (condition.op == Condition::Operator::differs)
        return std::ranges::all_of(*values, meets) ? &values->front() : nullptr;
    const auto found = std::ranges::find_if(*values, meets);
    return found == values->end() ? nullptr : &*found;
}

bool KnownFacts::only_meets(const Condition& condition) const
{
    const auto* values = find(condition.fact);
    if (!values || values->empty() || condition.fact == "want" || is_order(condition))
        return meeting(condition) != nullptr;
    return std::ranges::all_of(*values, [&](const Value& one) { return holds(condition, one.text); });
}

KnownFacts known_facts(const RuleSet& rules, const std::vector<Sightings>& logs, const Told& told, const HostFacts* host)
{
    KnownFacts known;
    for (const auto& [key, value] : told)
        if (key != "context")
            known.tell(key, value);
    if (host)
        tell_host(known, *host);
    observe_told(known, rules, told);
    known.told_all();
    for (const Sightings& log : logs)
        observe_log(known, rules, log);
    derive(known, "gpu.id", derive_from_id);
    derive(known, "gpu.codename", derive_from_codename);
    return known;
}

}  // namespace gpupass
