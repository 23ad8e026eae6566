#include <va/va_backend.h>

#include <cstdlib>
#include <cstring>

// libva-drm, as far as libva asks for it: a display context that names our driver, whatever the file is.

namespace {

int is_valid(VADisplayContextP) { return 1; }

void destroy(VADisplayContextP display)
{
    std::free(display->pDriverContext);
    std::free(display);
}

VAStatus name_driver(VADisplayContextP, char** name)
{
    *name = strdup("fake");
    return VA_STATUS_SUCCESS;
}

}  // namespace

extern "C" VADisplay vaGetDisplayDRM(int file)
{
    if (file < 0)
        return nullptr;
    auto* display = static_cast<VADisplayContextP>(std::calloc(1, sizeof(VADisplayContext)));
    display->vadpy_magic = VA_DISPLAY_MAGIC;
    display->pDriverContext = static_cast<VADriverContextP>(std::calloc(1, sizeof(VADriverContext)));
    display->pDriverContext->display_type = VA_DISPLAY_DRM_RENDERNODES;
    display->vaIsValid = is_valid;
    display->vaDestroy = destroy;
    display->vaGetDriverName = name_driver;
    return display;
}
