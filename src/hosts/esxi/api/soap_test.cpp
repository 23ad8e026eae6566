#include "hosts/esxi/api/privileges.hpp"

#include <gmock/gmock.h>

namespace gpupass::esxi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string body(const std::string& inside)
{
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
           "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>" + inside + "</soapenv:Body></soapenv:Envelope>";
}

std::string fault(const std::string& detail)
{
    return body("<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>words in some language</faultstring><detail>" + detail + "</detail></soapenv:Fault>");
}

TEST(Envelope, HasTheObjectFirstAndForeignTextEscaped)
{
    const std::string text = envelope_of({.method = "Login", .object = {"SessionManager", "ha<&>"}, .arguments = leaf("password", "a<b>&'"), .name = {}});
    EXPECT_THAT(text, HasSubstr("<Login xmlns=\"urn:vim25\"><_this type='SessionManager'>ha&lt;&amp;&gt;</_this><password>a&lt;b&gt;&amp;&apos;</password></Login>"));
}

TEST(Reply, IsTheAnswerToItsMethod)
{
    const auto reply = parse_reply(body("<LoginResponse xmlns=\"urn:vim25\"><returnval><key>52</key></returnval></LoginResponse>"), "Login");
    ASSERT_TRUE(reply) << reply.error();
    EXPECT_FALSE(reply->fault);
    EXPECT_EQ(text_of(reply->value(), "key"), "52");
    EXPECT_FALSE(parse_reply(body("<LogoutResponse/>"), "Login"));
}

TEST(Reply, TellsFaultsByTheirType)
{
    const auto typed = parse_reply(fault("<RestrictedVersionFault xmlns=\"urn:vim25\" xsi:type=\"RestrictedVersion\"/>"), "PowerOnVM_Task");
    ASSERT_TRUE(typed && typed->fault);
    EXPECT_EQ(typed->fault->type, "RestrictedVersion");
    EXPECT_EQ(error_of(*typed->fault).kind, ErrorKind::blocked);
    EXPECT_THAT(error_of(*typed->fault).next, HasSubstr("ssh:"));
    const auto named = parse_reply(fault("<ns1:NotAuthenticatedFault/>"), "PowerOnVM_Task");
    ASSERT_TRUE(named && named->fault);
    EXPECT_EQ(named->fault->type, "NotAuthenticated");
    const auto bare = parse_reply(fault(""), "PowerOnVM_Task");
    ASSERT_TRUE(bare && bare->fault);
    EXPECT_EQ(error_of(*bare->fault).what, "words in some language");
}

TEST(Fault, OfATaskHasTheRealReasons)
{
    pugi::xml_document document;
    document.load_string("<error xmlns:xsi='x'><fault xsi:type='GenericVmConfigFault'><faultMessage><key>msg.a</key><message>Failed to register the device pciPassthru0</message></faultMessage>"
                         "<reason>r</reason></fault><localizedMessage>Module 'DevicePowerOn' power on failed.</localizedMessage></error>");
    const Fault found = fault_of(document.document_element());
    EXPECT_EQ(found.type, "GenericVmConfigFault");
    EXPECT_THAT(found.messages, ElementsAre("Failed to register the device pciPassthru0"));
    EXPECT_EQ(error_of(found).what, "Module 'DevicePowerOn' power on failed.; Failed to register the device pciPassthru0");
}

TEST(Reply, IsRefusedWhenItIsNoXmlOrTooDeepOrHasADoctype)
{
    std::string deep;
    for (int i = 0; i < 100; ++i)
        deep += "<a>";
    for (const std::string& text : {std::string{}, std::string{"<html>404</html>"}, body("<a>"), body(deep), "<!DOCTYPE a [<!ENTITY b 'c'>]>" + body(""), std::string{"\xff\xfe"}, std::string{"a\0b", 3}})
        EXPECT_FALSE(parse_reply(text, "Login")) << text;
}

TEST(Privileges, ThoseThatAreRefusedAreNamed)
{
    const auto reply = parse_reply(body("<HasPrivilegeOnEntitiesResponse><returnval><entity type=\"HostSystem\">host-1</entity><privAvailability><privId>Host.Config.PciPassthru</privId>"
                                        "<isGranted>false</isGranted></privAvailability><privAvailability><privId>Host.Config.Settings</privId><isGranted>true</isGranted></privAvailability>"
                                        "</returnval></HasPrivilegeOnEntitiesResponse>"), "HasPrivilegeOnEntities");
    ASSERT_TRUE(reply) << reply.error();
    EXPECT_THAT(refused_in(*reply), ElementsAre(MissingPrivilege{{"HostSystem", "host-1"}, "Host.Config.PciPassthru"}));
}

TEST(Time, IsReadInAllItsForms)
{
    EXPECT_EQ(time_of("1970-01-02T00:00:01Z"), 86'401);
    EXPECT_EQ(time_of("2026-11-30T23:12:49.123456Z"), 1'796'080'369);
    EXPECT_EQ(time_of("2026-12-01T01:12:49+02:00"), 1'796'080'369);
    EXPECT_EQ(time_of("2026-11-30T18:12:49-05:00"), 1'796'080'369);
    for (const char* text : {"", "2026-11-30", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-30T24:00:00Z", "2026-11-30T23:12:49x", "2026-11-30T23:12:49+2:00", "20a6-11-30T23:12:49Z"})
        EXPECT_FALSE(time_of(text)) << text;
}

}  // namespace
}  // namespace gpupass::esxi
