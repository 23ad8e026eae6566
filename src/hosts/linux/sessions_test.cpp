#include "hosts/linux/sessions.hpp"

#include <gtest/gtest.h>

namespace gpupass::linux_host {
namespace {

TEST(Sessions, SshIsAListenerForOthers)
{
    const std::string head = "  sl  local_address rem_address   st\n";
    EXPECT_TRUE(listens_for_ssh(head + "   0: 00000000:0016 00000000:0000 0A 00000000:00000000\n"));
    EXPECT_TRUE(listens_for_ssh("   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000"));
    EXPECT_FALSE(listens_for_ssh(head + "   0: 0100007F:0016 00000000:0000 0A 00000000:00000000\n")) << "for this computer alone";
    EXPECT_FALSE(listens_for_ssh(head + "   0: 0A00000A:0016 0B00000A:C350 01 00000000:00000000\n")) << "a connection";
    EXPECT_FALSE(listens_for_ssh(head + "   0: 00000000:1600 00000000:0000 0A 00000000:00000000\n")) << "another port";
    EXPECT_FALSE(listens_for_ssh(""));
}

TEST(Sessions, ASerialConsoleCountsWhenSomebodyHasItOpen)
{
    const std::vector<OpenFile> open{{"1", "agetty", "/dev/ttyS0"}, {"2", "Xorg", "/dev/dri/card0"}};
    EXPECT_TRUE(waits_at_serial_console(open, "tty0 ttyS0\n"));
    EXPECT_FALSE(waits_at_serial_console(open, "tty0\n"));
    EXPECT_FALSE(waits_at_serial_console({}, "tty0 ttyS0\n"));
}

TEST(Sessions, OurOwnSessionIsReadFromTheCgroup)
{
    EXPECT_EQ(session_of("0::/user.slice/user-1000.slice/session-3.scope\n"), "3");
    EXPECT_EQ(session_of("0::/user.slice/session-../../etc/passwd.scope\n"), "");
    EXPECT_EQ(session_of("0::/system.slice/ssh.service\n"), "");
    EXPECT_TRUE(is_inside_desktop("0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope\n", ""));
    EXPECT_TRUE(is_inside_desktop("0::/user.slice/session-2.scope\n", "UID=1000\nTYPE=wayland\n"));
    EXPECT_FALSE(is_inside_desktop("0::/user.slice/session-2.scope\n", "TYPE=tty\n"));
}

}  // namespace
}  // namespace gpupass::linux_host
