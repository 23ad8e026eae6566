#include "apply/journal.hpp"
#include "cli/program.hpp"

int main()
{
}
