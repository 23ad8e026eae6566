# What every target of ours is compiled with. Link `options` privately; it carries no code.
add_library(options INTERFACE)
target_compile_options(options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
    -Wold-style-cast -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 sees ghosts in std::variant and std::expected when it inlines; clang checks the same for real.
    target_compile_options(options INTERFACE -Wno-maybe-uninitialized -Wno-missing-field-initializers -Wno-restrict)
else()
    # The stable algorithms of libstdc++ 12 use a function that it deprecates itself.
    target_compile_options(options INTERFACE -Wno-missing-designated-field-initializers -Wno-missing-field-initializers
        -Wno-deprecated-declarations)
endif()
if(GPUPASS_WERROR)
    target_compile_options(options INTERFACE -Werror)
endif()
if(GPUPASS_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
endif()
