function FindProxyForURL(url, host) {
  const privateAddress = /^(0|10|127|192\.168|172\.1[6789]|172\.2[0-9]|172\.3[01]|169\.254|192\.88\.99)\.[0-9.]+$/;
  const direct = new Set(["login.microsoftonline.com", "trust.gateway.example"]);
  const gateways = ["fra4.gateway.example", "ams2.gateway.example"];
  if (privateAddress.test(host) || isPlainHostName(host) || direct.has(host)) return "DIRECT";
  if (url.startsWith("ftp:")) return "DIRECT";
  return gateways.map((name) => `PROXY ${name}:9480`).join("; ") + "; DIRECT";
}
