function FindProxyForURL(url, host) {
    if (weekdayRange("SAT", "SUN")) return "DIRECT";
    if (timeRange(8, 17)) return "PROXY day.corp.example:8080";
    var hour = new Date().getHours();
    return "PROXY night.corp.example:80" + (hour < 10 ? "0" + hour : hour);
}
