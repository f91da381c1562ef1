const FindProxyForURL = (url, host) => {
    switch (dnsDomainLevels(host)) {
        case 0: return "SOCKS socks.corp.example";
        case 1: return "socks5 socks.corp.example:1081; SOCKS4 socks.corp.example:1082";
        case 2: return "HTTPS tls.corp.example; PROXY proxy.corp.example:3128";
        default: return "HTTP proxy.corp.example:3128";
    }
};
