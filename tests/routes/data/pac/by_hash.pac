/* Load is shared by the characters of the host name, the way CARP does it. */
var proxies = ["proxy1.corp.example:8080", "proxy2.corp.example:8080", "proxy3.corp.example:8080"];
function hash(name) {
    var sum = 0;
    for (var i = 0; i < name.length; i++) { sum = (sum * 31 + name.charCodeAt(i)) % 65521; }
    return sum % proxies.length;
}
function FindProxyForURL(url, host) {
    var start = hash(host), list = [];
    for (var i = 0; i < proxies.length; i++) { list.push("PROXY " + proxies[(start + i) % proxies.length]); }
    return list.join("; ");
}
