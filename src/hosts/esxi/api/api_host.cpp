#include "hosts/esxi/api/api_host.hpp"

#include "hosts/esxi/api/cluster.hpp"
#include "hosts/esxi/api/command.hpp"
#include "hosts/esxi/api/datastore.hpp"
#include "hosts/esxi/api/host_facts.hpp"
#include "hosts/esxi/api/privileges.hpp"
#include "hosts/esxi/api/steps.hpp"
#include "hosts/esxi/api/tasks.hpp"
#include "hosts/esxi/marks.hpp"
#include "hosts/esxi/plan.hpp"
#include "hosts/esxi/text.hpp"
#include "hosts/host_logs.hpp"
#include "rules/rules.hpp"

#include <algorithm>

namespace gpupass::esxi {

namespace {

class ApiHost : public Host {
public:
    ApiHost(std::shared_ptr<Session> session, ApiPlace place, ApiTimes times) : session_{std::move(session)}, place_{std::move(place)}, times_{times} {}

    std::string name() const override { return session_->name() + (place_.host.empty() ? "" : "/" + place_.host); }

    Result<HostFacts> probe(Deadline deadline) override
    {
        if (auto found = find(deadline); !found)
            return std::unexpected(std::move(found.error()));
        std::optional<Result<HostFacts>> facts;
        Ref options;
        std::size_t stray = 0;
        const std::int64_t now = session_->time(deadline);
        const auto take = [&](const std::vector<ObjectContent>& page) {
            for (const ObjectContent& object : page)
                if (object.object == entry_->host) {
                    facts = host_facts_of(object, now);
                    options = ref_of(object.node("configManager.advancedOption"));
                }
            for (const ObjectContent& object : page)
                if (object.object.type == "VirtualMachine" && !facts)
                    ++stray;
                else if (object.object.type == "VirtualMachine" && *facts)
                    add_vm(object, place_.local_dmi, **facts);
        };
        const auto read = retrieve(*session_, {host_properties(), vm_properties()}, {{.object = entry_->host, .follow_type = "HostSystem", .follow_path = "vm"}},
                                   "facts of " + entry_->host.id, take, deadline);
        if (!read)
            return at(read.error(), name());
        if (!facts)
            return fail(ErrorKind::not_found, "the host is gone from the inventory", "look at `gpupass inspect` without the name of a host");
        if (!*facts)
            return at(facts->error(), name());
        if (stray > 0)
            return fail(ErrorKind::parse, std::to_string(stray) + " VMs came before their host: what it runs is not known");
        const auto vga = boot_option(*session_, options, "vga", deadline);
        if (!vga)
            (*facts)->unknown.push_back("kernel option vga: " + vga.error().what);
        complete_facts(**facts, vga.value_or(std::nullopt));
        read_licence(**facts, deadline);
        const auto content = session_->open(deadline);
        read_tasks(**facts, content && content->is_vcenter, deadline);
        find_movers(*session_, content && content->is_vcenter ? entry_->parent : Ref{}, **facts, deadline);
        read_privileges(**facts, deadline);
        return std::move(*facts);
    }

    Result<Goal> attach_goal(const HostFacts& facts, const AttachRequest& request) const override { return esxi::attach_goal(facts, request); }
    Result<Goal> detach_goal(const HostFacts& facts, const DetachRequest& request) const override { return esxi::detach_goal(facts, request); }
    std::string rescue_sheet(const HostFacts& facts, const Plan& plan) const override { return esxi::rescue_sheet(facts, plan); }
    Finding explain_no_effect(const Step& step, const HostFacts& facts) const override { return esxi::explain_no_effect(step, facts); }

    Plan plan(const HostFacts& facts, const Goal& goal) const override
    {
        Plan plan = esxi::plan(facts, goal);
        for (Step& step : plan.steps)
            step.command = render_calls(step.change, facts.settings.contains(maintenance_key) && !facts.maintenance.value_or(false));
        if (facts.licence == "free" && !plan.steps.empty())
            plan.blockers.push_back({"licence-forbids-writes", "the licence of this host lets its API be read, not change anything", way_past_licence});
        if (!plan.steps.empty())
            add_privilege_blockers(facts, plan);
        return plan;
    }

    Result<void> apply(const Step& step, const HostFacts& facts, RunContext& context) override
    {
        if (auto found = find(Deadline::in(times_.call)); !found)
            return found;
        ApiHands hands{*session_, entry_->host, facts, context, times_};
        return std::visit([&](const auto& change) { return carry_out(hands, change); }, step.change);
    }

    HostLogs logs(const HostFacts& facts) override
    {
        HostLogs logs;
        for (const Vm& vm : facts.vms)
            if (!vm.devices.empty())
                if (auto text = log_of(vm))
                    logs.texts.push_back(std::move(*text));
        return logs;
    }

    /// The task's own words are the error's; the VM's log says more.
    std::vector<Finding> explain_failure(const Step& step, const HostFacts& facts, const Error& error) override
    {
        const auto* start = std::get_if<StartVms>(&step.change);
        if (!start)
            return {};
        std::vector<LogText> texts{{"the task's error", error.what + "\n"}};
        for (const std::string& name : start->vms)
            if (const Vm* vm = find_vm(facts, name))
                if (auto text = log_of(*vm))
                    texts.push_back(std::move(*text));
        auto findings = match_rules(texts, &facts);
        std::erase_if(findings, names_no_cause);
        return findings;
    }

    Result<void> claim(const HostFacts& facts, const Holder& holder) override
    {
        const auto file = our_file(facts, marker());
        if (!file || !*file)
            return file ? Result<void>{} : std::unexpected(file.error());
        claimed_ = **file;
        return claim_file(*session_, *claimed_, holder, mine_, Deadline::in(times_.call));
    }

    Result<void> release(const HostFacts&) override
    {
        return claimed_ && !mine_.empty() ? release_file(*session_, *claimed_, mine_, Deadline::in(times_.call)) : Result<void>{};
    }

    Result<void> leave_rescue_sheet(const HostFacts& facts, long run, std::string_view text) override
    {
        const auto file = our_file(facts, sheet_name(run));
        if (!file)
            return std::unexpected(file.error());
        if (!*file)
            return fail(ErrorKind::not_found, "the host has no datastore for the rescue sheet that can be written to");
        return write_file(*session_, **file, std::string{text}, Deadline::in(times_.call));
    }

    /// Wherever the sheet was left: a datastore may be away when it is written, and here when it is not needed any more.
    Result<void> clean_up(const HostFacts& facts, long run, const std::vector<BeforeImage>&) override
    {
        const auto files = places(facts, sheet_name(run));
        if (!files)
            return std::unexpected(files.error());
        for (const DatastoreFile& file : *files)
            if (auto gone = delete_file(*session_, file, Deadline::in(times_.call)); !gone)
                return gone;
        return {};
    }

private:
    static Result<void> carry_out(ApiHands& hands, const StopVms& change) { return stop_vms(hands, change); }
    static Result<void> carry_out(ApiHands& hands, const StartVms& change) { return start_vms(hands, change); }
    static Result<void> carry_out(ApiHands& hands, const SetKernelOption& change) { return set_kernel_option(hands, change); }
    static Result<void> carry_out(ApiHands& hands, const SetOwner& change) { return set_owner(hands, change); }
    static Result<void> carry_out(ApiHands& hands, const SetMaintenance& change) { return set_maintenance(hands, change); }
    static Result<void> carry_out(ApiHands& hands, const RebootHost&) { return reboot_host(hands); }
    static Result<void> carry_out(ApiHands& hands, const EditVm& change) { return edit_vm(hands, change); }
    template <class Other>
    static Result<void> carry_out(ApiHands&, const Other&)
    {
        return fail(ErrorKind::unsupported, "ESXi has no such change");
    }

    /// Which HostSystem it is: looked up once.
    Result<void> find(Deadline deadline)
    {
        if (entry_)
            return {};
        const auto hosts = list_hosts(*session_, deadline);
        if (!hosts)
            return at(hosts.error(), name());
        auto entry = find_host(*hosts, place_.host);
        if (!entry)
            return at(std::move(entry.error()), name());
        entry_ = std::move(*entry);
        return {};
    }

    /// What a run that was cut asked for, and what still goes on. Behind a vCenter, a host that is about to enter maintenance mode counts as one
    /// that has: whoever wants it out must stop that.
    void read_tasks(HostFacts& facts, bool behind_vcenter, Deadline deadline)
    {
        const auto tasks = recent_tasks(*session_, entry_->host, deadline);
        if (!tasks)
            facts.unknown.push_back("tasks of the host: " + tasks.error().what);
        const std::vector<HostTask> seen = tasks.value_or(std::vector<HostTask>{});
        facts.reboot_asked_for = facts.boot && std::ranges::any_of(seen, [&](const HostTask& task) { return is_reboot(task, facts.boot->started_at); });
        if (!behind_vcenter || !facts.maintenance)
            return;
        facts.maintenance = *facts.maintenance || std::ranges::any_of(seen, is_entering);
        const Value value = *facts.maintenance ? Value{"TRUE"} : tasks ? Value{"FALSE"} : Value{};
        facts.settings[maintenance_key] = {value, value};
    }

    /// Nobody's licence key is read: only what kind of licence it is.
    void read_licence(HostFacts& facts, Deadline deadline)
    {
        const auto content = session_->open(deadline);
        if (!content || content->is_vcenter || content->licence_manager.id.empty())
            return;
        const auto take = [&](const std::vector<ObjectContent>& page) {
            for (const ObjectContent& object : page) {
                const std::string_view key = text_of(object.node("licenses").first_child(), "editionKey");
                if (key.starts_with("esx.hypervisor") || key == "esxBasic")
                    facts.licence = "free";
                else if (!key.empty())
                    facts.licence = key == "eval" || key.starts_with("esx.eval") ? "evaluation" : "licensed";
            }
        };
        const auto read = retrieve(*session_, {{"LicenseManager", {"licenses"}}}, {{.object = content->licence_manager}}, "licences", take, deadline);
        if (!read)
            facts.unknown.push_back("licence: " + read.error().what);
    }

    /// Once a session: rights seldom change while we work.
    void read_privileges(HostFacts& facts, Deadline deadline)
    {
        if (missing_)
            return;
        std::vector<Ref> vms;
        for (const Vm& vm : facts.vms)
            vms.push_back({"VirtualMachine", vm.id});
        auto missing = missing_privileges(*session_, entry_->host, vms, deadline);
        if (missing)
            missing_ = std::move(*missing);
        else
            facts.unknown.push_back("privileges of the user: " + missing.error().what);
    }

    static bool changes_host(const Step& step)
    {
        return std::holds_alternative<SetOwner>(step.change) || std::holds_alternative<SetKernelOption>(step.change) ||
               std::holds_alternative<RebootHost>(step.change) || std::holds_alternative<SetMaintenance>(step.change);
    }

    /// On the host where that is changed, and on the VMs that the steps touch.
    void add_privilege_blockers(const HostFacts& facts, Plan& plan) const
    {
        for (const MissingPrivilege& missing : missing_.value_or(std::vector<MissingPrivilege>{})) {
            const auto vm = std::ranges::find(facts.vms, missing.object.id, &Vm::id);
            const bool is_host = missing.object.type == "HostSystem" && std::ranges::any_of(plan.steps, changes_host);
            const bool touched = vm != facts.vms.end() && std::ranges::any_of(plan.steps, [&](const Step& step) {
                return std::ranges::any_of(step.sets, [&](const Want& want) { return want.key.starts_with(vm_key(vm->name, "")); });
            });
            if (is_host || touched)
                plan.blockers.push_back({"missing-privilege", "the user lacks the privilege " + excerpt(missing.privilege, 80) + " on " + (is_host ? "host " + facts.name : "VM " + vm->name),
                                         "give the user a role that has it; docs/vsphere.md lists all that are needed"});
        }
    }

    Result<Datacenter> datacenter(Deadline deadline)
    {
        if (!datacenter_) {
            if (auto found = find(deadline); !found)
                return std::unexpected(std::move(found.error()));
            auto found = datacenter_of(*session_, entry_->host, deadline);
            if (!found)
                return found;
            datacenter_ = std::move(*found);
        }
        return *datacenter_;
    }

    bool is_shared() const { return entry_ && entry_->host.id != "ha-host"; }

    /// Hosts of a vCenter share datastores: each has a marker of its own there.
    std::string marker() const
    {
        return is_shared() ? std::string{marker_name} + "-" + entry_->host.id : marker_name;
    }

    /// Where a file of ours may lie, the best place first. On a host alone that is where SSH puts it, beside its VMs; behind a vCenter VMs come
    /// and go.
    Result<std::vector<DatastoreFile>> places(const HostFacts& facts, const std::string& name)
    {
        const Deadline deadline = Deadline::in(times_.call);
        auto place = datacenter(deadline);
        if (!place)
            return std::unexpected(std::move(place.error()));
        auto datastores = writable_datastores(*session_, entry_->host, deadline);
        if (!datastores)
            return std::unexpected(std::move(datastores.error()));
        if (const auto with_vm = first_datastore(facts); with_vm && !is_shared()) {
            std::erase(*datastores, *with_vm);
            datastores->insert(datastores->begin(), *with_vm);
        }
        std::vector<DatastoreFile> files;
        for (std::string& datastore : *datastores)
            files.push_back({*place, std::move(datastore), name});
        return files;
    }

    /// nullopt: no datastore can be written to.
    Result<std::optional<DatastoreFile>> our_file(const HostFacts& facts, const std::string& name)
    {
        auto files = places(facts, name);
        if (!files)
            return std::unexpected(std::move(files.error()));
        return files->empty() ? std::nullopt : std::optional{std::move(files->front())};
    }

    std::optional<LogText> log_of(const Vm& vm)
    {
        const std::string root = "/vmfs/volumes/" + vm.datastore + "/";
        if (vm.datastore.empty() || !vm.config_path.starts_with(root))
            return std::nullopt;
        const std::string below = vm.config_path.substr(root.size());
        const auto place = datacenter(Deadline::in(times_.call));
        if (!place)
            return std::nullopt;
        const DatastoreFile file{*place, vm.datastore, below.substr(0, below.rfind('/') + 1) + "vmware.log"};
        auto content = read_file(*session_, file, Deadline::in(times_.call));
        if (!content || !*content)
            return std::nullopt;
        return LogText{file.text(), std::move((*content)->text)};
    }

    std::shared_ptr<Session> session_;
    ApiPlace place_;
    ApiTimes times_;
    std::optional<HostEntry> entry_;
    std::optional<Datacenter> datacenter_;
    std::optional<std::vector<MissingPrivilege>> missing_;
    std::optional<DatastoreFile> claimed_;  // the marker
    std::string mine_;  // text of the marker this process put there
};

}  // namespace

std::unique_ptr<Host> make_api_host(std::shared_ptr<Session> session, ApiPlace place, ApiTimes times)
{
    return std::make_unique<ApiHost>(std::move(session), std::move(place), times);
}

}  // namespace gpupass::esxi
