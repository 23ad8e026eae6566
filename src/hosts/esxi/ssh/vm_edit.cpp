#include "hosts/esxi/ssh/vm_edit.hpp"

#include "hosts/esxi/ssh/command.hpp"
#include "hosts/esxi/ssh/sha256.hpp"
#include "hosts/esxi/ssh/steps.hpp"
#include "hosts/esxi/text.hpp"

#include <algorithm>

// One edit of one .vmx: nothing is written before the file, the VM's power and the copy of the file are as expected, and
// the journal knows the hashes before the host is touched. The write itself is one rename, and only if the file is
// still the one that was read.

namespace gpupass::esxi {

namespace {

std::vector<std::string> keys_of(const VmxDocument& document, const Want& pattern, const std::vector<Want>& edits)
{
    const std::string prefix = lower(pattern.key.substr(0, pattern.key.size() - 1));
    std::vector<std::string> keys;
    for (const VmxDocument::Entry& entry : document.entries()) {
        const auto is_named = [&](const Want& want) { return equals_ignoring_case(want.key, entry.name); };
        if (lower(entry.name).starts_with(prefix) && std::ranges::none_of(edits, is_named))
            keys.push_back(entry.name);
    }
    return keys;
}

bool is_pattern(const Want& want)
{
    return !want.value && want.key.ends_with(".*");
}

/// One edit at work: what was read and what it leads to.
struct Edit {
    const Vm& vm;
    std::string now;
    std::string after;
    BeforeImage* image{};             // of this run, or of the one undone
    std::optional<std::string> copy;  // content of the image; nullopt: it is not there
};

BeforeImage* find_image(Hands& hands, const std::string& path)
{
    const auto found = std::ranges::find(*hands.context.images, path, &BeforeImage::path);
    return found == hands.context.images->end() ? nullptr : &*found;
}

std::unexpected<Error> blocked(const Vm& vm, const std::string& why, const std::string& next)
{
    return at({.kind = ErrorKind::blocked, .what = "VM " + excerpt(vm.name, 80) + " " + why, .where = {}, .next = next},
              excerpt(vm.config_path) + ", untouched");
}

Result<void> check_document(const Vm& vm, const VmxDocument& document)
{
    if (document.entries().empty())
        return blocked(vm, "has a configuration without a single key", "look at the file");
    if (const auto doubles = document.duplicates(); !doubles.empty())
        return blocked(vm, "has the key " + excerpt(doubles.front().name, 80) + " twice in its configuration, on lines " +
                               std::to_string(doubles.front().first) + " and " + std::to_string(doubles.front().second),
                       "delete one of the two lines by hand");
    if (!document.get("checkpoint.vmState").value_or("").empty())
        return blocked(vm, "is suspended", "resume it and shut it down");
    return {};
}

/// The VM is off, its file is readable and may be edited. Reads the copy as well, when there should be one.
Result<Edit> read_edit(Hands& hands, const Vm& vm, const std::vector<Want>& edits)
{
    Edit edit{.vm = vm, .now = {}, .after = {}, .image = find_image(hands, vm.config_path), .copy = {}};
    std::vector<Query> queries{ReadFile{vm.config_path}};
    if (edit.image)
        queries.push_back(ReadFile{edit.image->image_path});
    const auto answers = hands.machine.ask(queries, Deadline::in(hands.times.batch));
    if (!answers)
        return std::unexpected(answers.error());
    const auto text = output_of(queries[0], answers->front());
    if (!text)
        return std::unexpected(text.error());
    edit.now = *text;
    if (edit.now.contains('\0'))
        return blocked(vm, "has a configuration with a NUL byte in it", "look at the file");
    if (edit.image && answers->back().ok() && !answers->back().truncated)
        edit.copy = answers->back().out;
    if (auto good = check_document(vm, VmxDocument{edit.now}); !good)
        return std::unexpected(good.error());
    auto after = content_after(edit.now, edits, edit.image, edit.copy.value_or(""));
    if (!after)
        return at(after.error(), vm.config_path);
    edit.after = std::move(*after);
    return edit;
}

Result<void> write_file(Hands& hands, const WriteFile& write)
{
    const auto answer = ask_one(hands.machine, write, Deadline::in(hands.times.batch));
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->state == Answer::State::done && answer->exit_code == 3)
        return at({.kind = ErrorKind::changed, .what = "somebody else changed the file meanwhile", .where = {}, .next = "run `gpupass resume`"}, write.path);
    if (const auto done = output_of(write, *answer); !done)
        return at(done.error(), "the file is as it was");
    return {};
}

/// Makes sure that a copy of the file as it was before this run lies beside it. What the journal says comes first.
Result<void> keep_before_image(Hands& hands, Edit& edit)
{
    const bool is_good = edit.image && edit.copy && sha256_hex(*edit.copy) == edit.image->before_hash;
    const std::string after_hash = sha256_hex(edit.after);
    if (is_good) {
        edit.image->after_hash = after_hash;
        return hands.context.save_images();
    }
    if (!edit.image)
        edit.image = &hands.context.images->emplace_back(
            BeforeImage{.path = edit.vm.config_path, .image_path = image_path_of(edit.vm.config_path, hands.context.run), .before_hash = {}, .after_hash = {}});
    edit.image->before_hash = sha256_hex(edit.now);
    edit.image->after_hash = after_hash;
    const std::string image_path = edit.image->image_path;
    if (auto saved = hands.context.save_images(); !saved)
        return saved;
    // A copy that lies there already is from a try that ended before the journal knew of it, or is damaged.
    const auto there = ask_one(hands.machine, ReadFile{image_path}, Deadline::in(hands.times.batch));
    if (!there)
        return std::unexpected(there.error());
    const auto expected = there->ok() ? std::optional{there->out} : std::nullopt;
    if (expected == edit.now)
        return {};
    return write_file(hands, {.path = image_path, .content = edit.now, .expected = expected, .mode = 0600});
}

/// hostd has read the file and still knows the VM, and the file says what was wanted.
Result<void> reload_and_check(Hands& hands, const Vm& vm, const std::vector<Want>& edits)
{
    const Query reload = Run{vm_command("reload", vm.id)};
    const Query read = ReadFile{vm.config_path};
    const Query list = Run{{"vim-cmd", "vmsvc/getallvms"}};
    const auto answers = ask_patiently(hands, {reload, read, list});
    if (!answers)
        return std::unexpected(answers.error());
    const auto text = output_of(read, (*answers)[1]);
    if (!text)
        return std::unexpected(text.error());
    if (!agrees(VmxDocument{*text}, edits))
        return fail(ErrorKind::failed, "the file does not show the edit");
    const auto rows = output_of(list, (*answers)[2]);
    const auto parsed = rows ? parse_vm_list(*rows) : Result<VmList>{std::unexpected(rows.error())};
    if (!parsed)
        return at(parsed.error(), describe(list));
    const auto is_it = [&](const VmRow& row) { return row.id == vm.id && row.config_path() == vm.config_path; };
    if (std::ranges::none_of(parsed->rows, is_it))
        return fail(ErrorKind::failed, "the host calls the VM invalid since the edit");
    return {};
}

/// Puts the file back as it was read. Only if it is still what we wrote; a rewrite by hostd is taken for the same.
Result<void> take_back(Hands& hands, const Edit& edit)
{
    const auto there = ask_one(hands.machine, ReadFile{edit.vm.config_path}, Deadline::in(hands.times.batch));
    if (!there)
        return std::unexpected(there.error());
    const auto expected = output_of(ReadFile{edit.vm.config_path}, *there);
    if (!expected)
        return std::unexpected(expected.error());
    if (auto written = write_file(hands, {.path = edit.vm.config_path, .content = edit.now, .expected = *expected}); !written)
        return written;
    edit.image->after_hash = sha256_hex(edit.now);
    const auto reloaded = ask_patiently(hands, {Run{vm_command("reload", edit.vm.id)}});
    if (!reloaded)
        return std::unexpected(reloaded.error());
    return hands.context.save_images();
}

/// The VM of the step, registered under its path and off.
Result<const Vm*> find_off_vm(Hands& hands, const std::string& name)
{
    const auto inventory = read_inventory(hands);
    if (!inventory)
        return std::unexpected(inventory.error());
    const auto vms = find_vms(hands, *inventory, {name});
    if (!vms)
        return std::unexpected(vms.error());
    const Vm& vm = *vms->front();
    if (vm.encrypted.value_or(false))
        return blocked(vm, "is encrypted or has a virtual TPM: its configuration must not be edited by hand", "use a VM without encryption");
    if (inventory->runs(vm))
        return blocked(vm, "runs; edits of a running VM's configuration are lost", "shut it down, then `gpupass resume`");
    return &vm;
}

}  // namespace

Result<void> apply_edits(VmxDocument& document, const std::vector<Want>& edits)
{
    for (const Want& want : edits) {
        const auto keys = is_pattern(want) ? keys_of(document, want, edits) : std::vector<std::string>{want.key};
        for (const std::string& key : keys)
            if (auto done = want.value ? document.set(key, *want.value) : document.remove(key); !done)
                return done;
    }
    return {};
}

bool agrees(const VmxDocument& document, const std::vector<Want>& edits)
{
    return std::ranges::all_of(edits, [&](const Want& want) {
        return is_pattern(want) ? keys_of(document, want, edits).empty() : document.get(want.key) == want.value;
    });
}

Result<std::string> content_after(std::string_view now, const std::vector<Want>& edits, const BeforeImage* image, std::string_view copy)
{
    VmxDocument document{now};
    if (agrees(document, edits))
        return std::string{now};
    const bool only_we_wrote = image && !image->after_hash.empty() && image->after_hash == sha256_hex(now);
    if (only_we_wrote && image->before_hash == sha256_hex(copy) && agrees(VmxDocument{copy}, edits))
        return std::string{copy};
    if (auto done = apply_edits(document, edits); !done)
        return std::unexpected(done.error());
    return document.text();
}

std::string image_path_of(const std::string& path, long run)
{
    return path + ".gpupass-" + std::to_string(run);
}

Result<void> edit_vm(Hands& hands, const EditVm& change)
{
    const auto vm = find_off_vm(hands, change.vm);
    if (!vm)
        return std::unexpected(vm.error());
    auto edit = read_edit(hands, **vm, change.edits);
    if (!edit)
        return std::unexpected(edit.error());
    if (edit->after != edit->now) {
        if (auto kept = keep_before_image(hands, *edit); !kept)
            return at(kept.error(), (*vm)->config_path + " is as it was");
        if (auto written = write_file(hands, {.path = (*vm)->config_path, .content = edit->after, .expected = edit->now}); !written)
            return written;
    }
    // Also when the file was right already: a try that ended before its reload leaves hostd with the old text.
    const auto checked = reload_and_check(hands, **vm, change.edits);
    if (checked || edit->after == edit->now || checked.error().kind == ErrorKind::unreachable)
        return checked;
    const auto back = take_back(hands, *edit);
    return at(checked.error(), back ? (*vm)->config_path + ", put back as it was" : (*vm)->config_path + ", NOT put back: " + back.error().what);
}

}  // namespace gpupass::esxi
