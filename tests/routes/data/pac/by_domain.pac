// Corporate PAC, edited by hand since 2009.
function FindProxyForURL(url, host)
{
    host = host.toLowerCase();

    // Internal hosts go direct
    if (isPlainHostName(host) ||
        dnsDomainIs(host, ".corp.example") ||
        localHostOrDomainIs(host, "intranet.corp.example") ||
        shExpMatch(host, "192.168.*") ||
        shExpMatch(host, "10.*"))
        return "DIRECT";

    // Microsoft and Pitney Bowes go direct, ticket 4711
    if (shExpMatch(host, "*.windowsupdate.com") || shExpMatch(host, "*.pb.com")) {
        return "DIRECT";
    }

    if (url.substring(0, 6) == "https:") return "PROXY secure.corp.example:8443; PROXY proxy.corp.example:8080";
    return "PROXY proxy.corp.example:8080; DIRECT";
}
