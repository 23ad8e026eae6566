#include "model/finding.hpp"

namespace gpupass {

std::string to_string(Certainty certainty)
{
    switch (certainty) {
    case Certainty::certain: return "certain";
    case Certainty::likely: return "likely";
    case Certainty::possible: return "possible";
    }
    return "possible";
}

std::string to_string(Severity severity)
{
    switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::info: return "info";
    }
    return "info";
}

}  // namespace gpupass
