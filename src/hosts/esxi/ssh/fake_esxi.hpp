#pragma once

#include "transport/machine.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

// For tests: a host with files, links and commands. VMs have state: what is asked of them shows in the next list.

namespace gpupass::esxi {

struct FakeVm {
    std::string id;
    std::string name;
    std::string file;  // below /vmfs/volumes/ds1/
    bool running{};
    bool tools{true};
    std::string question{};
    bool obeys{true};                 // stops when asked
    std::string start_failure{};      // what power.on prints instead of starting
    bool listed{true};
};

class FakeEsxi : public Machine {
public:
    using Words = std::vector<std::string>;

    std::map<std::string, std::string> files;
    std::map<std::string, std::string> links{{"/vmfs/volumes/ds1", "6107a9c3-0001"}, {"/bootbank", "/vmfs/volumes/3f1c-02"}};
    std::map<Words, Answer> commands;
    std::vector<FakeVm> vms;
    std::vector<Words> ran;
    std::vector<int> batches;                                  // how many queries each batch had
    std::function<void(const Words&)> before_run;              // may change anything
    std::function<std::optional<Error>(FakeEsxi&)> on_batch;   // an error breaks the connection
    int disconnects{};
    bool disk_full{};

    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline) override
    {
        batches.push_back(static_cast<int>(queries.size()));
        if (on_batch)
            if (auto error = on_batch(*this))
                return std::unexpected(*error);
        std::vector<Answer> answers;
        for (const Query& query : queries)
            answers.push_back(std::visit([&](const auto& q) { return reply(q); }, query));
        return answers;
    }
    std::string name() const override { return "esxi+ssh://root@nuc"; }
    void disconnect() override { ++disconnects; }

    FakeVm* vm(const std::string& id)
    {
        for (FakeVm& vm : vms)
            if (vm.id == id)
                return &vm;
        return nullptr;
    }
    int count_runs(const std::string& program) const
    {
        int count = 0;
        for (const Words& words : ran)
            count += words.front() == program;
        return count;
    }
    bool has_run(const Words& words) const
    {
        for (const Words& other : ran)
            if (other == words)
                return true;
        return false;
    }
    static Answer text(std::string out) { return {.out = std::move(out)}; }
    static Answer failure(int code, std::string err) { return {.exit_code = code, .err = std::move(err)}; }
    static Answer missing(const std::string& path) { return failure(1, "cat: can't open '" + path + "': No such file or directory\n"); }

private:
    Answer reply(const ReadFile& query)
    {
        const auto found = files.find(query.path);
        return found == files.end() ? missing(query.path) : text(found->second);
    }
    Answer reply(const ReadLink& query)
    {
        const auto found = links.find(query.path);
        return found == links.end() ? failure(1, "") : text(found->second + "\n");
    }
    Answer reply(const ListDir&) { return failure(1, "ls: not here\n"); }
    Answer reply(const WriteFile& query)
    {
        const auto found = files.find(query.path);
        const auto now = found == files.end() ? std::nullopt : std::optional{found->second};
        if (now != query.expected)
            return failure(3, "");
        if (disk_full)
            return failure(1, "printf: No space left on device\n");
        files[query.path] = query.content;
        return {};
    }
    Answer reply(const Run& query)
    {
        ran.push_back(query.argv);
        if (before_run)
            before_run(query.argv);
        if (const auto found = commands.find(query.argv); found != commands.end())
            return found->second;
        return built_in(query.argv);
    }
    /// What other platforms ask.
    template <class Other>
    Answer reply(const Other&)
    {
        return failure(127, "not asked of ESXi\n");
    }
    Answer built_in(const Words& words)
    {
        if (words.front() == "rm") {
            for (std::size_t i = 2; i < words.size(); ++i)
                files.erase(words[i]);
            return {};
        }
        if (words.front() == "readlink")
            return reply(ReadLink{words.back()});
        if (words == Words{"esxcli", "vm", "process", "list"})
            return text(process_list());
        if (words == Words{"vim-cmd", "vmsvc/getallvms"})
            return text(vm_list());
        if (words.front() == "vim-cmd" && words.size() == 3 && vm(words[2]))
            return vm_command(words[1], *vm(words[2]));
        return failure(127, "sh: " + words.front() + ": not found\n");
    }
    std::string process_list() const
    {
        std::string out;
        for (const FakeVm& vm : vms)
            if (vm.running)
                out += vm.name + "\n   World ID: 20" + vm.id + "\n   Process ID: 0\n   VMX Cartel ID: 7\n" +
                       "   UUID: 56 4d 48 08 86 8b 8f 67-a5 4a 33 f3 87 a8 d0 " + vm.id.substr(0, 2) + "\n   Display Name: " + vm.name +
                       "\n   Config File: /vmfs/volumes/6107a9c3-0001/" + vm.file + "\n\n";
        return out;
    }
    std::string vm_list() const
    {
        std::string out = "Vmid       Name                   File                    Guest OS       Version   Annotation\n";
        for (const FakeVm& vm : vms)
            if (vm.listed)
                out += vm.id + "     " + vm.name + "       [ds1] " + vm.file + "   debian11_64Guest    vmx-19    \n";
        return out;
    }
    Answer vm_command(const std::string& action, FakeVm& vm)
    {
        if (action == "vmsvc/get.summary")
            return text(summary(vm));
        if (action == "vmsvc/message")
            return text(vm.question.empty() ? "No message.\n" : "Virtual machine message 12:\n" + vm.question + "\n   0. Cancel\n   1. I Moved It\n");
        if (action == "vmsvc/power.getstate")
            return text(std::string{"Retrieved runtime info\nPowered "} + (vm.running ? "on" : "off") + "\n");
        if (action == "vmsvc/power.on") {
            vm.running = vm.running || vm.start_failure.empty();
            return text("Powering on VM:\n" + vm.start_failure);
        }
        if (action == "vmsvc/power.shutdown" && vm.obeys && vm.tools)
            vm.running = false;
        if (action == "vmsvc/power.off")
            vm.running = false;
        return {};
    }
    std::string summary(const FakeVm& vm) const
    {
        return "Listsummary:\n\n(vim.vm.Summary) {\n   vm = 'vim.VirtualMachine:" + vm.id + "', \n   runtime = (vim.vm.RuntimeInfo) {\n" +
               "      connectionState = \"connected\", \n      powerState = \"" + (vm.running ? "poweredOn" : "poweredOff") +
               "\", \n      question = (vim.vm.QuestionInfo) null, \n   }, \n   guest = (vim.vm.Summary.GuestSummary) {\n" +
               "      toolsRunningStatus = \"" + (vm.tools ? "guestToolsRunning" : "guestToolsNotRunning") +
               "\", \n   }, \n   config = (vim.vm.Summary.ConfigSummary) {\n      name = \"" + vm.name +
               "\", \n      vmPathName = \"[ds1] " + vm.file + "\", \n   }, \n}\n";
    }
};

}  // namespace gpupass::esxi
