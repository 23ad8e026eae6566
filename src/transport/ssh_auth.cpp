#include "transport/ssh_session.hpp"
#include "transport/text.hpp"
#include "transport/watchdog.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

// The order: `none` (to learn what the host accepts), the key that was given, the agent, the usual keys,
// keyboard-interactive, password. A host may want two of them, one after the other.

namespace gpupass {
namespace {

constexpr int most_rounds = 4;        // methods a host may want one after the other
constexpr int most_questions = 8;     // rounds of keyboard-interactive
constexpr int most_passwords = 3;

enum class Outcome { accepted, partly, denied, broken, late };

Outcome outcome_of(std::optional<int> rc)
{
    if (!rc)
        return Outcome::late;
    switch (*rc) {
    case SSH_AUTH_SUCCESS: return Outcome::accepted;
    case SSH_AUTH_PARTIAL: return Outcome::partly;
    case SSH_AUTH_ERROR: return Outcome::broken;
    default: return Outcome::denied;
    }
}

/// libssh asks for a passphrase by this; we only note that one is needed. Without it OpenSSL would ask the terminal.
int note_passphrase(const char*, char*, std::size_t, int, int, void* needed)
{
    *static_cast<bool*>(needed) = true;
    return -1;
}

struct LoadedKey {
    SshKey key;
    bool encrypted{};
};

LoadedKey load_key(const std::string& file, const char* passphrase)
{
    LoadedKey loaded;
    ssh_key key{};
    if (ssh_pki_import_privkey_file(file.c_str(), passphrase, note_passphrase, &loaded.encrypted, &key) == SSH_OK)
        loaded.key.reset(key);
    return loaded;
}

/// -1 when there is no agent. A hanging agent must not hold us, so the connection is not waited for.
int connect_agent(const std::string& path)
{
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return -1;
    std::memcpy(address.sun_path, path.data(), path.size());
    Fd fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return -1;
    fcntl(fd.get(), F_SETFL, 0);
    return fd.release();
}

class Authentication {
public:
    Authentication(SshSession& session, const SshHop& hop, const SshPrompts& prompts, Deadline& deadline)
        : session_{session}, hop_{hop}, prompts_{prompts}, deadline_{deadline}
    {
    }

    Result<void> run()
    {
        Outcome outcome = ask([&] { return ssh_userauth_none(ssh(), nullptr); });
        for (int round = 0; round < most_rounds && outcome != Outcome::accepted; ++round) {
            if (outcome == Outcome::broken || outcome == Outcome::late)
                break;
            outcome = one_round();
            if (outcome == Outcome::denied)
                break;
        }
        return outcome == Outcome::accepted ? Result<void>{} : refusal(outcome);
    }

private:
    ssh_session ssh() const { return session_.get(); }
    bool offers(int method) const { return ssh_userauth_list(ssh(), nullptr) & method; }

    template <class Step>
    Outcome ask(Step step)
    {
        return noted(outcome_of(session_.repeat(step, SSH_AUTH_AGAIN, deadline_)));
    }

    Outcome noted(Outcome outcome)
    {
        refused_ |= outcome == Outcome::denied && !tried_.empty();
        return outcome;
    }

    Outcome one_round()
    {
        Outcome outcome = Outcome::denied;
        if (offers(SSH_AUTH_METHOD_PUBLICKEY))
            outcome = try_keys();
        if (outcome == Outcome::denied && offers(SSH_AUTH_METHOD_INTERACTIVE | SSH_AUTH_METHOD_PASSWORD))
            outcome = try_passwords();
        return outcome;
    }

    Outcome try_keys()
    {
        Outcome outcome = Outcome::denied;
        if (hop_.identity_given)
            outcome = try_file(hop_.identities.front(), false);
        if (outcome == Outcome::denied && hop_.use_agent)
            outcome = try_agent();
        for (std::size_t i = 0; i < hop_.identities.size() && outcome == Outcome::denied; ++i)
            if (i > 0 || !hop_.identity_given || given_needs_passphrase_)
                outcome = try_file(hop_.identities[i], true);
        return outcome;
    }

    Outcome try_agent()
    {
        const char* usual = std::getenv("SSH_AUTH_SOCK");
        const int fd = connect_agent(!hop_.agent_socket.empty() ? hop_.agent_socket : usual ? usual : "");
        if (fd < 0)
            return Outcome::denied;
        ssh_set_agent_socket(ssh(), fd);  // owns it from here
        tried_ += ", keys of the agent";
        const Deadline patience{Clock::now() + deadline_.left() / 2};  // one that hangs leaves time for the keys
        const Watchdog watchdog{patience, [fd] { shutdown(fd, SHUT_RDWR); }};
        return ask([&] { return ssh_userauth_agent(ssh(), nullptr); });
    }

    /// A host that does not know the public key is not shown the private one, and nobody types its passphrase in vain.
    Outcome offer_public_half(const std::string& file)
    {
        ssh_key raw{};
        if (ssh_pki_import_pubkey_file((file + ".pub").c_str(), &raw) != SSH_OK)
            return Outcome::accepted;
        const SshKey key{raw};
        return ask([&] { return ssh_userauth_try_publickey(ssh(), nullptr, key.get()); });
    }

    Outcome try_file(const std::string& file, bool may_ask)
    {
        std::error_code ignored;
        if (!std::filesystem::exists(file, ignored)) {
            if (hop_.identity_given && file == hop_.identities.front())
                note_ = "the key file " + file + " is not there";
            return Outcome::denied;
        }
        LoadedKey loaded = load_key(file, nullptr);
        given_needs_passphrase_ = loaded.encrypted;
        if (loaded.encrypted && !may_ask)
            return Outcome::denied;
        if (!loaded.key && !loaded.encrypted) {
            note_ = "the key file " + file + " cannot be read as a private key";
            return Outcome::denied;
        }
        tried_ += ", key " + file;
        if (const Outcome offer = offer_public_half(file); offer != Outcome::accepted)
            return offer;
        if (loaded.encrypted)
            loaded = unlock(file);
        if (!loaded.key)
            return Outcome::denied;
        return ask([&] { return ssh_userauth_publickey(ssh(), nullptr, loaded.key.get()); });
    }

    LoadedKey unlock(const std::string& file)
    {
        for (int i = 0; i < most_passwords; ++i) {
            const auto passphrase = ask_person("passphrase of " + file + ": ");
            if (!passphrase)
                break;
            if (LoadedKey loaded = load_key(file, passphrase->c_str()); loaded.key)
                return loaded;
        }
        note_ = "the key " + file + " has a passphrase that was not given";
        return {};
    }

    std::optional<std::string> ask_person(const std::string& question)
    {
        if (!prompts_.secret)
            return std::nullopt;
        return while_clock_stands(deadline_, [&] { return prompts_.secret(question); });
    }

    Outcome try_passwords()
    {
        if (hop_.password && !std::exchange(password_used_, true))
            return try_password(*hop_.password);
        for (int i = 0; i < most_passwords && !hop_.password; ++i) {
            const auto password = ask_person("password of " + hop_.text() + ": ");
            if (!password)
                break;
            if (const Outcome outcome = try_password(*password); outcome != Outcome::denied)
                return outcome;
        }
        return Outcome::denied;
    }

    Outcome try_password(const std::string& password)
    {
        Outcome outcome = Outcome::denied;
        if (!tried_.contains(", password"))
            tried_ += ", password";
        if (offers(SSH_AUTH_METHOD_INTERACTIVE))
            outcome = answer_questions(password);
        if (outcome == Outcome::denied && offers(SSH_AUTH_METHOD_PASSWORD))
            outcome = ask([&] { return ssh_userauth_password(ssh(), nullptr, password.c_str()); });
        return outcome;
    }

    Outcome answer_questions(const std::string& password)
    {
        const auto step = [&] { return ssh_userauth_kbdint(ssh(), nullptr, nullptr); };
        auto rc = session_.repeat(step, SSH_AUTH_AGAIN, deadline_);
        for (int i = 0; i < most_questions && rc == SSH_AUTH_INFO; ++i) {
            const int prompts = ssh_userauth_kbdint_getnprompts(ssh());
            for (int n = 0; n < prompts; ++n)
                ssh_userauth_kbdint_setanswer(ssh(), static_cast<unsigned>(n), password.c_str());
            rc = session_.repeat(step, SSH_AUTH_AGAIN, deadline_);
        }
        return noted(outcome_of(rc));
    }

    Result<void> refusal(Outcome outcome) const
    {
        if (outcome == Outcome::late)
            return std::unexpected(session_.too_late("authentication"));
        // A host that goes down closes every connection; one that refuses has said no before it closes.
        if (outcome == Outcome::broken && !refused_)
            return std::unexpected(session_.broken("authentication"));
        std::string what = "the host does not let " + printable(hop_.user) + " in";
        what += tried_.empty() ? "; there was nothing to try" : "; tried: " + tried_.substr(2);
        if (outcome == Outcome::broken)
            what += "; then it closed the connection (" + printable(ssh_get_error(ssh())) + ")";
        if (!note_.empty())
            what += "; " + note_;
        return fail(ErrorKind::unauthorised, what, "give a key the host knows (--identity FILE) or the password (--password-file FILE)");
    }

    SshSession& session_;
    const SshHop& hop_;
    const SshPrompts& prompts_;
    Deadline& deadline_;
    std::string tried_;  // ", key FILE, password"
    std::string note_;
    bool given_needs_passphrase_{};
    bool password_used_{};
    bool refused_{};  // something that was tried
};

}  // namespace

Result<void> authenticate(SshSession& session, const SshHop& hop, const SshPrompts& prompts, Deadline& deadline)
{
    return Authentication{session, hop, prompts, deadline}.run();
}

}  // namespace gpupass
