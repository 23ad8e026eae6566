# What nearly every source includes, read once instead of five hundred times: `common_headers(TARGET)` and, for one that includes
# gmock, `test_headers(TARGET)`. Only where GPUPASS_PRECOMPILE is on; g++ builds without, so an include that is missing is found.
option(GPUPASS_PRECOMPILE "Precompile the headers that all sources share" OFF)

function(common_headers target)
    precompile(common ${target} LINK fmt::fmt HEADERS)
endfunction()

function(test_headers target)
    precompile(test ${target} LINK fmt::fmt GTest::gmock HEADERS <gmock/gmock.h>)
endfunction()

function(precompile kind target)
    if(NOT GPUPASS_PRECOMPILE)
        return()
    endif()
    cmake_parse_arguments(ARG "" "" "LINK;HEADERS" ${ARGN})
    set(owner ${kind}_headers)
    if(NOT TARGET ${owner})
        set(source ${CMAKE_BINARY_DIR}/${owner}.cpp)
        file(CONFIGURE OUTPUT ${source} CONTENT "")
        add_library(${owner} OBJECT ${source})
        target_link_libraries(${owner} PRIVATE ${ARG_LINK} options)
        target_precompile_headers(${owner} PRIVATE ${ARG_HEADERS} <algorithm> <array> <chrono> <expected> <filesystem> <functional> <map>
            <memory> <optional> <set> <span> <string> <string_view> <variant> <vector> <fmt/format.h>)
    endif()
    target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()
