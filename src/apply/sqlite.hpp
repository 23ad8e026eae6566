#pragma once

#include "model/result.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

// The little of SQLite that the journal needs. Private to apply/.

namespace gpupass {

struct CloseDatabase {
    void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

/// A prepared statement; parameters are bound in the order of their question marks.
class Statement {
public:
    static Result<Statement> prepare(sqlite3* database, const char* sql);

    Statement& bind(const std::string& text);
    Statement& bind(std::int64_t number);
    Statement& bind(double number);
    Statement& bind_null();

    /// True while there is a row.
    Result<bool> step();
    /// For statements without rows.
    Result<void> run();

    std::string text(int column) const;
    std::int64_t number(int column) const { return sqlite3_column_int64(statement_.get(), column); }
    double real(int column) const { return sqlite3_column_double(statement_.get(), column); }
    bool is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
    };
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int next_{1};
};

/// Several statements without parameters or rows.
Result<void> execute(sqlite3* database, const char* sql);

}  // namespace gpupass
