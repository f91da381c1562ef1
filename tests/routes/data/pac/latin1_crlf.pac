// Proxykonfiguration für München
<!-- hidden from old browsers
function FindProxyForURL(url, host) {
	with (Math) { var unused = abs(-1); }
	if (host == "über.example") return "DIRECT";
	return "PROXY proxy.corp.example:8080";
}
//-->
