#include "guest/windows/parts.hpp"

#include "guest/windows/text.hpp"

#include <fmt/format.h>

#include <windows.h>

#include <array>
#include <thread>

namespace gpupass::guest {

namespace {

constexpr std::size_t most_output = 4u << 20;

class Handle {
public:
    Handle() = default;
    explicit Handle(HANDLE handle) : handle_{handle} {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { close(); }
    void close()
    {
        if (handle_)
            CloseHandle(handle_);
        handle_ = nullptr;
    }
    HANDLE get() const { return handle_; }
    HANDLE* address() { return &handle_; }

private:
    HANDLE handle_{};
};

std::wstring own_path()
{
    std::wstring path(32768, L'\0');
    path.resize(GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
    return path;
}

/// Words of ours only: none holds a quote or ends in a backslash.
std::wstring command_line(const std::string& api, const std::vector<std::string>& words)
{
    std::wstring line = L"\"" + own_path() + L"\" part " + to_wide(api);
    for (const std::string& word : words)
        line += L" \"" + to_wide(word) + L"\"";
    return line;
}

/// A job whose processes end with it.
HANDLE make_job()
{
    HANDLE job = CreateJobObjectW(nullptr, nullptr);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (job)
        SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    return job;
}

bool start(const std::wstring& line, HANDLE out, PROCESS_INFORMATION& process)
{
    STARTUPINFOW startup{};
    startup.cb = sizeof startup;
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdOutput = out;
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    std::wstring copy = line;
    return CreateProcessW(nullptr, copy.data(), nullptr, nullptr, TRUE, CREATE_NO_WINDOW | CREATE_SUSPENDED, nullptr, nullptr, &startup, &process) != 0;
}

std::string read_all(HANDLE from)
{
    std::string text;
    std::array<char, 4096> bytes{};
    DWORD size{};
    while (text.size() < most_output && ReadFile(from, bytes.data(), static_cast<DWORD>(bytes.size()), &size, nullptr) && size > 0)
        text.append(bytes.data(), size);
    return text;
}

std::string how_it_ended(HANDLE process, std::chrono::milliseconds time)
{
    if (WaitForSingleObject(process, static_cast<DWORD>(time.count())) != WAIT_OBJECT_0) {
        TerminateProcess(process, 1);
        return fmt::format("did not answer within {} s and was cut", time.count() / 1000);
    }
    DWORD code{};
    GetExitCodeProcess(process, &code);
    if (code >= 0xc0000000u)
        return fmt::format("crashed with {:#010x}", code);
    return code == 0 ? "" : fmt::format("ended with status {}", code);
}

/// The last whole line counts: what was finished before it crashed or hung.
ApiAnswer answer_in(const std::string& api, const std::string& text)
{
    const auto end = text.rfind('\n');
    if (end == std::string::npos || end == 0)
        return {.api = api};
    const auto begin = text.rfind('\n', end - 1);
    const std::size_t from = begin == std::string::npos ? 0 : begin + 1;
    return parse_answer(std::string_view{text}.substr(from, end - from)).value_or(ApiAnswer{.api = api});
}

ApiAnswer failed(const std::string& api) { return {.api = api, .ended = fmt::format("could not be started (error {})", GetLastError())}; }

}  // namespace

ApiAnswer ask_in_process(const std::string& api, const std::vector<std::string>& words, std::chrono::milliseconds time)
{
    SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
    Handle out;
    Handle in;
    if (!CreatePipe(out.address(), in.address(), &inherited, 0))
        return failed(api);
    SetHandleInformation(out.get(), HANDLE_FLAG_INHERIT, 0);
    Handle job{make_job()};
    PROCESS_INFORMATION process{};
    if (!start(command_line(api, words), in.get(), process))
        return failed(api);
    const Handle own{process.hProcess};
    const Handle thread{process.hThread};
    in.close();  // the reader sees the end when the process ends
    if (job.get())
        AssignProcessToJobObject(job.get(), process.hProcess);
    ResumeThread(process.hThread);
    std::string text;
    std::thread reader{[&] { text = read_all(out.get()); }};
    const std::string ended = how_it_ended(process.hProcess, time);
    job.close();
    reader.join();
    ApiAnswer answer = answer_in(api, text);
    answer.ended = ended;
    return answer;
}

}  // namespace gpupass::guest
