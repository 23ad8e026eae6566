#include "guest/vulkan.hpp"

// Every device is listed; then what can be computed is computed on those that could be the GPU.

namespace gpupass::guest {

namespace {

/// The questions to all devices, and what was answered so far.
class Session {
public:
    explicit Session(const Wish& wish) : wish_{wish} { answer_.api = "vulkan"; }

    ApiAnswer run()
    {
        say("looking for devices");
        VulkanLibrary library;
        answer_.missing = library.missing();
        if (answer_.missing.empty())
            list(library);
        for (std::size_t i = 0; i < listed_.size(); ++i)
            if (should_compute(answer_.devices[i], wish_))
                use(library, i);
        answer_.doing.clear();
        wish_.tell(answer_);
        return answer_;
    }

private:
    void say(std::string doing)
    {
        answer_.doing = std::move(doing);
        wish_.tell(answer_);
    }

    void list(const VulkanLibrary& library)
    {
        try {
            listed_ = list_vulkan(library);
        } catch (const VulkanError& error) {
            answer_.missing = error.what;
        }
        for (const VulkanListed& listed : listed_)
            answer_.devices.push_back(listed.known);
    }

    void use(VulkanLibrary& library, std::size_t i)
    {
        ApiDevice& device = answer_.devices[i];
        try {
            say("opening " + device.name);
            const auto before = wish_.engine_times();
            VulkanDevice opened{library, listed_[i]};
            compute(opened, device, before);
            if (should_measure(device, wish_))
                measure(opened, device, listed_[i].fp16);
        } catch (const VulkanError& error) {
            device.error = error.what;
        }
    }

    /// `before` is older than the device's own open file, whose time begins with 0.
    void compute(VulkanDevice& opened, ApiDevice& device, const std::optional<EngineTimes>& before)
    {
        say("compiling and computing on " + device.name);
        compute_vulkan(opened, [&](Computation done) {
            device.computations.push_back(std::move(done));
            wish_.tell(answer_);
        });
        if (const auto after = wish_.engine_times())
            device.engine_grew = growth(before.value_or(EngineTimes{}), *after);
    }

    void measure(VulkanDevice& opened, ApiDevice& device, bool has_fp16)
    {
        say("measuring " + device.name);
        measure_vulkan(opened, has_fp16, wish_, [&](Figure figure) {
            device.figures.push_back(std::move(figure));
            wish_.tell(answer_);
        });
    }

    const Wish& wish_;
    ApiAnswer answer_;
    std::vector<VulkanListed> listed_;  // of answer_.devices
};

}  // namespace

ApiAnswer ask_vulkan(const Wish& wish) { return Session{wish}.run(); }

}  // namespace gpupass::guest
