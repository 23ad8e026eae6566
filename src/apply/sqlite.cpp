#include "apply/sqlite.hpp"

namespace gpupass {

namespace {

std::unexpected<Error> failure(sqlite3* database)
{
    return fail(ErrorKind::failed, std::string{"the journal cannot be used: "} + sqlite3_errmsg(database),
                "check the disk and the rights of the state folder; nothing was changed by this");
}

}  // namespace

Result<Statement> Statement::prepare(sqlite3* database, const char* sql)
{
    sqlite3_stmt* statement{};
    if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK)
        return failure(database);
    return Statement{statement};
}

Statement& Statement::bind(const std::string& text)
{
    sqlite3_bind_text64(statement_.get(), next_++, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind(std::int64_t number)
{
    sqlite3_bind_int64(statement_.get(), next_++, number);
    return *this;
}

Statement& Statement::bind(double number)
{
    sqlite3_bind_double(statement_.get(), next_++, number);
    return *this;
}

Statement& Statement::bind_null()
{
    sqlite3_bind_null(statement_.get(), next_++);
    return *this;
}

Result<bool> Statement::step()
{
    const int code = sqlite3_step(statement_.get());
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return failure(sqlite3_db_handle(statement_.get()));
    return code == SQLITE_ROW;
}

Result<void> Statement::run()
{
    if (auto row = step(); !row)
        return std::unexpected(row.error());
    return {};
}

std::string Statement::text(int column) const
{
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return bytes ? std::string(bytes, static_cast<std::size_t>(size)) : std::string{};
}

Result<void> execute(sqlite3* database, const char* sql)
{
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return failure(database);
    return {};
}

}  // namespace gpupass
