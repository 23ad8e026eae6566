#include "rules/embedded.hpp"

#include <cstddef>

// The two files that compile_rules wrote become part of the program as they are.

#define EMBED(name, file)                                      \
    __asm__(".section .rodata\n"                               \
            ".global " #name "_begin\n.global " #name "_end\n" \
            ".balign 64\n" #name "_begin:\n"                   \
            ".incbin \"" file "\"\n" #name "_end:\n"           \
            ".byte 0\n.previous\n")

EMBED(gpupass_packed_rules, RULES_FILE);
EMBED(gpupass_search_tables, TABLES_FILE);

extern "C" {
extern const char gpupass_packed_rules_begin[];
extern const char gpupass_packed_rules_end[];
extern const char gpupass_search_tables_begin[];
extern const char gpupass_search_tables_end[];
}

namespace gpupass {
namespace {

std::string_view between(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }

}  // namespace

std::string_view embedded_rules() { return between(gpupass_packed_rules_begin, gpupass_packed_rules_end); }
std::string_view embedded_search_tables() { return between(gpupass_search_tables_begin, gpupass_search_tables_end); }

}  // namespace gpupass
