function FindProxyForURL(url, host) {
  var site = myIpAddress();
  var resolved = dnsResolve(host);
  if (resolved && (isInNet(resolved, "10.0.0.0", "255.0.0.0") || isInNet(resolved, "172.16.0.0", "255.240.0.0"))) {
    return "DIRECT";
  }
  if (!isResolvable(host)) { return "PROXY proxy-unresolved.corp.example:8080"; }
  if (isInNet(site, "10.1.0.0", "255.255.0.0")) { return "PROXY proxy-berlin.corp.example:8080"; }
  if (isInNetEx(myIpAddressEx().split(";")[0], "fd00::/8")) { return "PROXY proxy-six.corp.example:8080"; }
  return "PROXY proxy-other.corp.example:8080";
}
