#include "guest/linux/vaapi/vaapi.hpp"

#include "guest/linux/vaapi/decode.hpp"
#include "guest/linux/vaapi/encode.hpp"

#include <algorithm>

// What was seen of this on real hardware: nothing yet. Its tests ask a driver of our own through the real libva. FFmpeg decodes
// the known stream to the very same bytes, and libx264's streams were read as FFmpeg reads them.

namespace gpupass::guest {

namespace {

using namespace vaapi;

constexpr double least_psnr = 30;  // dB; libx264 has 53 with this picture and about this QP, grey less than 20

std::optional<Ability> find(const std::vector<Ability>& abilities, VAProfile profile, VAEntrypoint entrypoint)
{
    for (const Ability& ability : abilities)
        if (ability.profile == profile && ability.entrypoint == entrypoint)
            return ability;
    return std::nullopt;
}

/// A decoder of a higher profile decodes the streams of the lower ones.
std::optional<Ability> find_decoder(const std::vector<Ability>& abilities)
{
    for (const VAProfile profile : {VAProfileH264High, VAProfileH264Main, VAProfileH264ConstrainedBaseline})
        if (const auto ability = find(abilities, profile, VAEntrypointVLD))
            return ability;
    return std::nullopt;
}

bool has_constant_qp(const Display& display, const Ability& ability)
{
    const unsigned modes = display.attribute(ability, VAConfigAttribRateControl);
    return modes != VA_ATTRIB_NOT_SUPPORTED && (modes & VA_RC_CQP) != 0;
}

/// EncSliceLP is the low-power one of Intel; with a constant QP it needs no firmware (HuC).
std::optional<Ability> find_encoder(const Display& display, const std::vector<Ability>& abilities)
{
    for (const VAEntrypoint entrypoint : {VAEntrypointEncSlice, VAEntrypointEncSliceLP})
        for (const VAProfile profile : {VAProfileH264ConstrainedBaseline, VAProfileH264Main, VAProfileH264High})
            if (const auto ability = find(abilities, profile, entrypoint);
                ability && has_constant_qp(display, *ability))
                return ability;
    return std::nullopt;
}

Computation decode_known(const Display& display, const Ability& decoder)
{
    const Picture picture = noise_picture();
    const CodedPicture coded = read_coded(pcm_stream(picture), {}, {});
    const std::string wrong = first_difference(decode(display, decoder, coded), picture);
    return {"decode", wrong.empty(),
            wrong.empty() ? fmt::format("{}, {}x{}, every byte", display.name(decoder), width, height) : wrong};
}

/// The name of the computation, and what went wrong on the way to its end.
template <class Compute>
Computation attempt(const char* name, Compute compute)
{
    try {
        return compute();
    } catch (const VaError& error) {
        return {name, false, error.what};
    }
}

/// The questions to one driver, and what was answered so far.
class Questions {
public:
    Questions(const Wish& wish, const std::string& node) : wish_{wish}, node_{node} { answer_.api = "vaapi"; }

    ApiAnswer run(const VaLibraries& names)
    {
        say("loading libva");
        const VaLibrary library{names};
        answer_.missing = library.missing();
        if (answer_.missing.empty())
            answer_.devices.push_back(ApiDevice{.address = wish_.address});
        if (answer_.missing.empty())
            ask(library);
        answer_.doing.clear();
        return answer_;
    }

private:
    void say(std::string doing)
    {
        answer_.doing = std::move(doing);
        wish_.tell(answer_);
    }

    void ask(const VaLibrary& library)
    {
        try {
            say("opening " + node_);
            const Display display{library, node_};
            describe(display);
            if (should_compute(device(), wish_))
                compute(display);
            say("closing " + node_);
        } catch (const VaError& error) {
            device().error = error.what;
        }
    }

    void describe(const Display& display)
    {
        device().platform = device().name = display.vendor();
        device().driver = display.version();
        say("asking " + device().name + " for its profiles");
        abilities_ = display.abilities();
        for (const Ability& ability : abilities_)
            device().features.push_back(display.name(ability));
    }

    void compute(const Display& display)
    {
        const auto before = wish_.engine_times();
        if (const auto decoder = find_decoder(abilities_)) {
            say("decoding a picture with " + display.name(*decoder));
            add(attempt("decode", [&] { return decode_known(display, *decoder); }));
        }
        if (const auto encoder = find_encoder(display, abilities_))
            add(attempt("encode", [&] { return encode_known(display, *encoder); }));
        if (const auto after = wish_.engine_times())
            device().engine_grew = growth(before.value_or(EngineTimes{}), *after);
    }

    Computation encode_known(const Display& display, const Ability& encoder)
    {
        const Picture picture = smooth_picture();
        say("encoding a picture with " + display.name(encoder));
        const Encoded encoded = encode(display, encoder, picture);
        if (!encoded.coded.wrong.empty())
            return {"encode", false, "the coded picture: " + encoded.coded.wrong};
        const std::string what = fmt::format("{}, {}x{}, {} bytes", display.name(encoder), width, height, encoded.size);
        const auto decoder = find_decoder(abilities_);
        if (!decoder)
            return {"encode", true, what + ", not decoded: the driver decodes no H.264"};
        say("decoding what " + display.name(encoder) + " encoded");
        const double quality = psnr(decode(display, *decoder, encoded.coded), picture);
        return {"encode", quality >= least_psnr, fmt::format("{}, decoded again: {:.1f} dB (PSNR)", what, quality)};
    }

    void add(Computation done)
    {
        device().computations.push_back(std::move(done));
        wish_.tell(answer_);
    }

    ApiDevice& device() { return answer_.devices.front(); }

    const Wish& wish_;
    const std::string& node_;
    ApiAnswer answer_;
    std::vector<Ability> abilities_;
};

}  // namespace

ApiAnswer ask_vaapi(const Wish& wish, const std::string& render_node, const VaLibraries& names)
{
    return Questions{wish, render_node}.run(names);
}

}  // namespace gpupass::guest
