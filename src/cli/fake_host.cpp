#include "cli/fake_host.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace gpupass::cli {

namespace {

const std::string gpu_owner = owner_key("0000:00:02.0");

std::string present_key(const std::string& vm)
{
    return vm_key(vm, "pciPassthru0.present");
}

class FakeHost : public Host {
public:
    explicit FakeHost(FakeWorld& world) : world_(world) {}

    std::string name() const override { return "fake"; }

    Result<HostFacts> probe(Deadline) override
    {
        if (world_.probe_error)
            return std::unexpected(*world_.probe_error);
        return world_.facts;
    }

    Result<Goal> attach_goal(const HostFacts& facts, const AttachRequest& request) const override
    {
        const Vm* vm = find_vm(facts, request.vm);
        if (!vm)
            return fail(ErrorKind::not_found, "no VM is called " + request.vm);
        Goal goal{.sentence = "VM " + vm->name + " has the GPU", .wants = {{gpu_owner, "passthrough"}, {present_key(vm->name), "TRUE"}}};
        goal.device = request.gpu;
        goal.device_id = PciId{0x8086, 0x9a49};
        goal.vm = vm->name;
        if (request.start)
            goal.wants.push_back({vm_key(vm->name, "power"), "on"});
        return goal;
    }

    Result<Goal> detach_goal(const HostFacts&, const DetachRequest& request) const override
    {
        return Goal{.sentence = "the host has the GPU", .wants = {{gpu_owner, "host"}}, .device = request.gpu, .vm = ""};
    }

    Plan plan(const HostFacts& facts, const Goal& goal) const override
    {
        Plan plan{.goal = goal, .blockers = world_.blockers, .warnings = world_.warnings};
        if (goal.vm == "windows11")
            plan.blockers.push_back({"snapshots", "VM windows11 has 1 snapshot", "delete the snapshot"});
        for (const Want& want : goal.wants)
            if (!holds(facts.settings, want))
                plan.steps.push_back(step_for(want));
        return plan;
    }

    std::string rescue_sheet(const HostFacts&, const Plan&) const override { return "by hand: set it back\n"; }

    Result<void> apply(const Step& step, const HostFacts&, RunContext& context) override
    {
        context.watch->note("working on it");
        if (step.id == world_.failing_step)
            return fail(ErrorKind::failed, "it did not work", "try another way");
        ++world_.applied;
        for (const Want& want : step.sets)
            put(want);
        return {};
    }

    std::vector<Finding> explain_failure(const Step&, const HostFacts&, const Error&) override
    {
        return {{.id = "fake-cause", .title = "a fake cause", .fix = {"a fake fix"}}};
    }
    Result<void> claim(const HostFacts&, const Holder&) override { return {}; }
    Result<void> release(const HostFacts&) override { return {}; }
    Result<void> leave_rescue_sheet(const HostFacts&, long, std::string_view) override { return {}; }
    Result<void> clean_up(const HostFacts&, long, const std::vector<BeforeImage>&) override { return {}; }

private:
    static Step step_for(const Want& want)
    {
        const bool owner = want.key == gpu_owner;
        const bool power = want.key.ends_with(".power");
        Step step{.id = owner ? "enable-passthrough" : power ? "start-vm" : "add-device", .title = "Set " + want.key};
        step.change = ProveAccess{};
        step.sets = {want};
        step.impact = owner ? Impact::host_reboot : Impact::none;
        step.loses_console = owner && want.value == "passthrough";
        step.command = "set " + want.key;
        return step;
    }

    void put(const Want& want)
    {
        if (!want.value) {
            world_.facts.settings.erase(want.key);
            return;
        }
        world_.facts.settings[want.key] = {want.value, want.value};
        const auto key = split_vm_key(want.key);
        for (Vm& vm : world_.facts.vms)
            if (key && key->vm == vm.name && key->key == "power")
                vm.power = want.value == "on" ? Power::on : Power::off;
    }

    FakeWorld& world_;
};

std::vector<std::string> split(const std::string& words)
{
    std::istringstream in{words};
    std::vector<std::string> list;
    for (std::string word; in >> word;)
        list.push_back(word);
    return list;
}

/// Guests are shared with the test; a command wants to own what it opens.
class Borrowed : public Machine {
public:
    explicit Borrowed(std::shared_ptr<Machine> machine) : machine_(std::move(machine)) {}
    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline deadline) override
    {
        return machine_->ask(queries, deadline);
    }
    std::string name() const override { return machine_->name(); }

private:
    std::shared_ptr<Machine> machine_;
};

}  // namespace

FakeWorld nuc_world()
{
    FakeWorld world;
    HostFacts& f = world.facts;
    f.kind = "esxi";
    f.name = "nuc";
    f.version = "7.0.3";
    f.uuid = f.system_id = "uuid-of-nuc";
    f.iommu = true;
    f.console_gpu = PciAddress{0, 0, 2, 0};
    f.pci = {{.address = {0, 0, 2, 0}, .id = {0x8086, 0x9a49}, .class_code = 0x0300, .driver = "None",
              .configured_owner = "host", .current_owner = "host", .passthrough_capable = true},
             {.address = {0, 2, 0, 0}, .id = {0x8086, 0x15f3}, .class_code = 0x0200, .device_name = "Ethernet Controller I225-V"}};
    f.vms = {{.id = "1", .name = "debian", .config_path = "/vmfs/volumes/d/debian/debian.vmx", .power = Power::off,
              .guest_os = "debian11-64", .memory_mb = 4096, .memory_reserved_mb = 0, .viommu = true, .snapshots = 0},
             {.id = "2", .name = "windows11", .power = Power::off, .guest_os = "windows9-64", .snapshots = 1}};
    f.settings = {{gpu_owner, {"host", "host"}}, {vm_key("debian", "power"), {"off", "off"}}};
    f.boot = Boot{7200, 1000};
    return world;
}

std::unique_ptr<Host> make_fake_host(FakeWorld& world)
{
    return std::make_unique<FakeHost>(world);
}

Desk::Desk()
{
    char pattern[] = "/tmp/gpupass-cli-test-XXXXXX";
    folder = mkdtemp(pattern);
    worlds["nuc"] = nuc_world();
}

Desk::~Desk()
{
    std::error_code error;
    std::filesystem::remove_all(folder, error);
}

void Desk::types(const std::string& lines)
{
    in_.clear();
    in_.str(lines);
    has_person_ = true;
}

int Desk::run(const std::string& words)
{
    out_.str("");
    err_.str("");
    Surroundings around{.in = in_, .out = out_, .err = err_, .terminal = {.in = has_person_},
                        .state_folder = folder / "state", .config_folder = folder / "config", .program_folder = folder,
                        .password = std::nullopt, .open = nullptr, .open_guest = nullptr};
    around.open = [this](const HostChoice& choice, const OpenWish&, Surroundings&) -> Result<OpenedHost> {
        const auto world = worlds.find(choice.uri.substr(choice.uri.find(':') + 1));
        if (world == worlds.end())
            return fail(ErrorKind::unreachable, "no route to " + choice.uri, "turn it on");
        OpenedHost opened{.uri = choice.uri};
        opened.host = make_fake_host(world->second);
        if (choice.uri.starts_with("sim:"))
            opened.simulator = SimulatorAccess{.guest = {"linux+ssh", "user", "guest", 0}};
        return opened;
    };
    around.open_guest = [this](const HostChoice& choice, Surroundings&) -> Result<std::unique_ptr<Machine>> {
        const auto guest = guests.find(choice.uri);
        if (guest == guests.end())
            return fail(ErrorKind::unauthorised, "no way in");
        return std::make_unique<Borrowed>(guest->second);
    };
    return run_program(split(words), around);
}

}  // namespace gpupass::cli
