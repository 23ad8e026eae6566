#include "guest/linux/vaapi/pipeline.hpp"

#include <algorithm>

// Pictures go through a VAImage (vaPutImage, vaGetImage): vaDeriveImage, which saves a copy, is not there for every layout of
// surfaces. The driver tells where the planes are; that is believed only inside the data.

namespace gpupass::guest::vaapi {

namespace {

constexpr std::size_t most_data = 64u << 20;
constexpr int most_formats = 256;

VAImageFormat nv12_format(const Display& display)
{
    const int most = display.va().most_formats(display.handle());
    if (most < 1 || most > most_formats)
        throw VaError{fmt::format("the driver speaks of {} image formats", most)};
    std::vector<VAImageFormat> formats(static_cast<std::size_t>(most));
    int count{};
    display.check(display.va().formats(display.handle(), formats.data(), &count), "vaQueryImageFormats");
    formats.resize(static_cast<std::size_t>(std::clamp(count, 0, most)));
    const auto found = std::ranges::find(formats, unsigned{VA_FOURCC_NV12}, &VAImageFormat::fourcc);
    if (found == formats.end())
        throw VaError{"the driver has no images in NV12"};
    return *found;
}

bool holds_plane(const VAImage& image, unsigned plane, std::size_t rows)
{
    const std::size_t end = image.offsets[plane] + std::size_t{image.pitches[plane]} * (rows - 1) + width;
    return image.pitches[plane] >= width && end <= image.data_size;
}

bool holds_picture(const VAImage& image)
{
    return image.format.fourcc == VA_FOURCC_NV12 && image.num_planes >= 2 && image.data_size <= most_data &&
        image.width >= width && image.height >= height && holds_plane(image, 0, height) &&
        holds_plane(image, 1, height / 2);
}

class Image {
public:
    explicit Image(const Display& display) : display_{display}
    {
        VAImageFormat format = nv12_format(display_);
        display_.check(display_.va().create_image(display_.handle(), &format, width, height, &image_), "vaCreateImage");
    }
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;
    ~Image() { display_.va().destroy_image(display_.handle(), image_.image_id); }
    VAImageID id() const { return image_.image_id; }

    /// Calls `copy` with every row of the image and of the picture.
    template <class AnyPicture, class Copy>
    void each_row(AnyPicture& picture, Copy copy) const
    {
        std::uint8_t* const data = map();
        for (std::size_t y = 0; y < height; ++y)
            copy(data + image_.offsets[0] + y * image_.pitches[0], picture.luma.data() + y * width);
        for (std::size_t y = 0; y < height / 2; ++y)
            copy(data + image_.offsets[1] + y * image_.pitches[1], picture.chroma.data() + y * width);
        display_.check(display_.va().unmap(display_.handle(), image_.buf), "vaUnmapBuffer");
    }

private:
    std::uint8_t* map() const
    {
        if (!holds_picture(image_))
            throw VaError{"the driver made an image that cannot hold its picture"};
        void* data{};
        display_.check(display_.va().map(display_.handle(), image_.buf, &data), "vaMapBuffer");
        if (!data)
            throw VaError{"vaMapBuffer gave no address"};
        return static_cast<std::uint8_t*>(data);
    }

    const Display& display_;
    VAImage image_{};
};

}  // namespace

void put_picture(const Display& display, VASurfaceID surface, const Picture& picture)
{
    const Image image{display};
    image.each_row(picture, [](std::uint8_t* row, const std::uint8_t* source) { std::copy_n(source, width, row); });
    display.check(
        display.va().put_image(display.handle(), surface, image.id(), 0, 0, width, height, 0, 0, width, height),
        "vaPutImage");
}

Picture get_picture(const Display& display, VASurfaceID surface)
{
    const Image image{display};
    display.check(display.va().get_image(display.handle(), surface, 0, 0, width, height, image.id()), "vaGetImage");
    Picture picture;
    image.each_row(picture, [](const std::uint8_t* row, std::uint8_t* target) { std::copy_n(row, width, target); });
    return picture;
}

}  // namespace gpupass::guest::vaapi
