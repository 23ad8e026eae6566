#include "transport/https.hpp"

#include "model/text.hpp"
#include "transport/certificates.hpp"
#include "transport/curl_library.hpp"

#include <algorithm>

namespace gpupass {
namespace {

constexpr std::uint16_t default_port = 443;

struct Release {
    void operator()(CURL* curl) const { curl_library().curl_easy_cleanup(curl); }
    void operator()(curl_slist* list) const { curl_library().curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, Release>;
using Headers = std::unique_ptr<curl_slist, Release>;

struct Body {
    std::string text;
    std::size_t limit{};
    bool truncated{};
};

std::size_t take(char* bytes, std::size_t one, std::size_t count, void* user)
{
    auto& body = *static_cast<Body*>(user);
    const std::size_t size = one * count;
    const std::size_t room = body.limit - body.text.size();
    body.text.append(bytes, std::min(size, room));
    body.truncated |= size > room;
    return body.truncated ? 0 : size;  // anything but `size` ends the transfer
}

/// Of the headers only the two times.
std::size_t take_header(char* bytes, std::size_t one, std::size_t count, void* user)
{
    constexpr std::size_t most = 1024;
    const std::string_view line{bytes, one * count};
    const auto begins = [&](std::string_view name) {
        return line.size() > name.size() && std::ranges::equal(line.substr(0, name.size()), name, [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    };
    auto& headers = *static_cast<std::string*>(user);
    if ((begins("Date:") || begins("Last-Modified:")) && headers.size() + line.size() < most)
        headers += line;
    return line.size();
}

CURLcode prepare_tls(CURL*, void* ssl_ctx, void* user)
{
    install_check(ssl_ctx, *static_cast<CertificateCheck*>(user));
    return CURLE_OK;
}

bool is_timeout(CURLcode code) { return code == CURLE_OPERATION_TIMEDOUT; }
bool is_certificate(CURLcode code) { return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE; }

class HttpsMachine : public Machine {
public:
    HttpsMachine(HostUri uri, HttpsOptions options) : uri_{std::move(uri)}, options_{std::move(options)}
    {
        if (!uri_.port)
            uri_.port = default_port;
        check_.host = uri_.host;
        query_time = std::chrono::milliseconds{60'000};
    }

    std::string name() const override { return uri_.text(); }
    void disconnect() override { handle_.reset(); }

    Result<std::vector<Answer>> ask(std::span<const Query> queries, Deadline deadline) override
    {
        std::vector<Answer> answers;
        for (const Query& query : queries) {
            const auto* http = std::get_if<Http>(&query);
            auto answer = http ? ask_http(*http, deadline) : Result<Answer>{Answer{.exit_code = 127, .out = {}, .err = "this host is asked over HTTPS alone"}};
            if (!answer)
                return at(std::move(answer.error()), name());
            answers.push_back(std::move(*answer));
        }
        return answers;
    }

private:
    std::string address() const
    {
        return (uri_.host.contains(':') ? "[" + uri_.host + "]" : uri_.host) + ":" + std::to_string(uri_.port);
    }

    Result<void> open()
    {
        const CurlLibrary& curl = curl_library();
        if (!curl.missing.empty())
            return fail(ErrorKind::unsupported, "libcurl cannot be used: " + curl.missing, "install libcurl4 and libssl3");
        if (!options_.thumbprint.empty()) {
            const auto pin = parse_thumbprint(options_.thumbprint);
            if (!pin)
                return fail(ErrorKind::usage, "not a thumbprint of a certificate: " + printable(options_.thumbprint, 100),
                            "it is the SHA-1 or SHA-256 of the certificate: 20 or 32 pairs of hexadecimal digits");
            check_.pins = {*pin};
        } else {
            auto pins = options_.certificates.empty() ? Result<std::vector<std::string>>{} : pinned_thumbprints(options_.certificates, address());
            if (!pins)
                return std::unexpected(std::move(pins.error()));
            check_.pins = std::move(*pins);
        }
        check_.shown = {};
        handle_.reset(curl.curl_easy_init());
        if (!handle_)
            return fail(ErrorKind::failed, "libcurl has no memory");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_PROTOCOLS_STR, "https");
        set(CURLOPT_PROXY, "");
        set(CURLOPT_TCP_NODELAY, 1L);
        set(CURLOPT_COOKIEFILE, "");
        set(CURLOPT_ACCEPT_ENCODING, "");
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        set(CURLOPT_SSL_VERIFYPEER, 1L);
        set(CURLOPT_SSL_VERIFYHOST, 0L);  // verify() looks at the name, where the certificate is not pinned
        if (!options_.ca_file.empty())
            set(CURLOPT_CAINFO, options_.ca_file.c_str());
        set(CURLOPT_WRITEFUNCTION, take);
        set(CURLOPT_HEADERFUNCTION, take_header);
        set(CURLOPT_ERRORBUFFER, words_.data());
        const auto installed = set(CURLOPT_SSL_CTX_FUNCTION, prepare_tls);
        set(CURLOPT_SSL_CTX_DATA, &check_);
        if (installed == CURLE_OK)
            return {};
        handle_.reset();
        return fail(ErrorKind::unsupported, "libcurl of this computer does not use OpenSSL, so certificates could not be checked", "install libcurl4");
    }

    template <class Value>
    CURLcode set(CURLoption option, Value value)
    {
        return curl_library().curl_easy_setopt(handle_.get(), option, value);
    }

    Result<Answer> ask_http(const Http& query, Deadline deadline)
    {
        auto answer = send(query, deadline);
        if (answer || !is_untrusted_ || !options_.trust_new_certificate)
            return answer;
        is_untrusted_ = false;
        const auto asked_at = Clock::now();
        if (!options_.trust_new_certificate(address(), check_.shown.sha256, check_.shown.why_not))
            return answer;
        options_.thumbprint = check_.shown.sha256;
        if (!options_.certificates.empty())
            if (auto kept = remember_certificate(options_.certificates, address(), check_.shown.sha256); !kept)
                return std::unexpected(std::move(kept.error()));
        return send(query, {deadline.at + (Clock::now() - asked_at)});  // a person thought meanwhile
    }

    Result<Answer> send(const Http& query, Deadline deadline)
    {
        if (!handle_)
            if (auto opened = open(); !opened)
                return std::unexpected(std::move(opened.error()));
        const auto time = std::min(deadline.left(), query_time);
        if (time.count() <= 0)
            return fail(ErrorKind::timeout, "there was no time left to ask");
        Body body{.text = {}, .limit = answer_limit};
        std::string times;
        const std::string url = "https://" + address() + query.path;
        const Headers headers = headers_of(query);
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_HTTPHEADER, headers.get());
        set(CURLOPT_WRITEDATA, &body);
        set(CURLOPT_HEADERDATA, &times);
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(time.count()));
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(time, options_.connect_time).count()));
        set(CURLOPT_HTTPGET, query.method == "GET" ? 1L : 0L);
        if (query.method != "GET") {
            set(CURLOPT_POST, 1L);
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(query.body.size()));
            set(CURLOPT_POSTFIELDS, query.body.c_str());
        }
        set(CURLOPT_CUSTOMREQUEST, query.method.c_str());
        words_.fill('\0');
        const CURLcode code = curl_library().curl_easy_perform(handle_.get());
        if (code != CURLE_OK && !body.truncated)
            return broken(code);
        long status = 0;
        (void)curl_library().curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
        return Answer{.exit_code = status >= 200 && status < 300 ? 0 : static_cast<int>(status),
                      .out = std::move(body.text),
                      .err = std::move(times),
                      .truncated = body.truncated};
    }

    Headers headers_of(const Http& query) const
    {
        curl_slist* list = nullptr;
        const auto add = [&](const std::string& line) { list = curl_library().curl_slist_append(list, line.c_str()); };
        add("Expect:");
        if (query.method == "POST")
            add("Content-Type: text/xml; charset=\"utf-8\"");
        else if (query.method == "PUT")
            add("Content-Type: application/octet-stream");
        if (!query.action.empty())
            add("SOAPAction: \"" + query.action + "\"");
        return Headers{list};
    }

    std::unexpected<Error> broken(CURLcode code)
    {
        handle_.reset();  // what is half read is no connection any more
        const std::string said = words_[0] ? words_.data() : curl_library().curl_easy_strerror(code);
        if (is_certificate(code))
            return distrusted();
        return fail(is_timeout(code) ? ErrorKind::timeout : ErrorKind::unreachable, printable(said, 200),
                    "check address, port and network, and whether the host is up");
    }

    std::unexpected<Error> distrusted()
    {
        const ShownCertificate& shown = check_.shown;
        if (shown.sha256.empty())
            return fail(ErrorKind::unauthorised, "the certificate could not be checked: " + printable(words_.data(), 200),
                        options_.ca_file.empty() ? "" : "look at the file with the certificate authority: " + options_.ca_file);
        if (!check_.pins.empty()) {
            auto error = fail(ErrorKind::unauthorised,
                              "the certificate is not the one that was pinned: the host shows " + shown.sha256 +
                                  ", which may be someone else's machine in between",
                              "compare it with the host's own; if that really has a new one, replace the pin and connect again");
            return options_.certificates.empty() || !options_.thumbprint.empty() ? error : at(std::move(error.error()), options_.certificates);
        }
        is_untrusted_ = true;
        return fail(ErrorKind::unauthorised, "nobody vouches for the certificate " + shown.sha256 + " (" + printable(shown.why_not, 100) + ")",
                    "compare the thumbprint with the host's own" +
                        (options_.certificates.empty() ? std::string{} : ", then add this line to " + options_.certificates + ": " + address() + " " + shown.sha256));
    }

    HostUri uri_;
    HttpsOptions options_;
    CertificateCheck check_;
    bool is_untrusted_{};
    std::array<char, CURL_ERROR_SIZE> words_{};
    Handle handle_;  // last: it points to the others
};

}  // namespace

std::unique_ptr<Machine> make_https_machine(const HostUri& uri, HttpsOptions options)
{
    return std::make_unique<HttpsMachine>(uri, std::move(options));
}

}  // namespace gpupass
