// The functions a PAC script may call, written to the published descriptions: Netscape's "Proxy Auto-Config File
// Format" (1996), the "Proxy Auto-Configuration (PAC) file" page of MDN, and Microsoft's "IPv6-aware proxy helper
// API definitions" for the Ex variants. Where the descriptions leave a choice, the browsers' behaviour is kept:
// comparisons are case-sensitive, and shExpMatch turns the pattern into an anchored regular expression in which
// only `.`, `*` and `?` are translated.

(function () {
    "use strict";
    const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

    // ---- addresses ----

    function isIPv4(text) {
        const parts = String(text).split(".");
        return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
    }

    // The 16-bit groups of one side of an IPv6 address, or null.
    function groups(text) {
        if (text === "") {
            return [];
        }
        const found = [];
        const parts = text.split(":");
        for (let index = 0; index < parts.length; index += 1) {
            if (index === parts.length - 1 && isIPv4(parts[index])) {
                const number = convert_addr(parts[index]) >>> 0;
                found.push(number >>> 16, number & 0xffff);
            } else if (/^[0-9a-f]{1,4}$/i.test(parts[index])) {
                found.push(parseInt(parts[index], 16));
            } else {
                return null;
            }
        }
        return found;
    }

    // An address as {bits, value}, or null where the text is no address.
    function parseAddress(text) {
        const wanted = String(text).trim().replace(/^\[|\]$/g, "").replace(/%.*$/, "");
        if (isIPv4(wanted)) {
            return { bits: 32, value: BigInt(convert_addr(wanted) >>> 0) };
        }
        const sides = wanted.split("::");
        if (!wanted.includes(":") || sides.length > 2) {
            return null;
        }
        const head = groups(sides[0]);
        const tail = sides.length === 2 ? groups(sides[1]) : [];
        if (head === null || tail === null) {
            return null;
        }
        const missing = 8 - head.length - tail.length;
        if (sides.length === 2 ? missing < 1 : missing !== 0) {
            return null;
        }
        const all = head.concat(new Array(missing).fill(0), tail);
        return { bits: 128, value: all.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n) };
    }

    function addressesOf(host) {
        return parseAddress(host) ? [String(host)] : __proxycheck__.resolve(host);
    }

    function convert_addr(text) {
        const parts = String(text).split(".").map(Number);
        return ((parts[0] & 255) << 24) | ((parts[1] & 255) << 16) | ((parts[2] & 255) << 8) | (parts[3] & 255);
    }

    function dnsResolve(host) {
        const found = addressesOf(host).filter(isIPv4);
        return found.length ? found[0] : null;
    }

    function isResolvable(host) {
        return dnsResolve(host) !== null;
    }

    function isInNet(host, pattern, mask) {
        const address = isIPv4(host) ? String(host) : dnsResolve(host);
        if (address === null || !isIPv4(pattern) || !isIPv4(mask)) {
            return false;
        }
        return (convert_addr(address) & convert_addr(mask)) === (convert_addr(pattern) & convert_addr(mask));
    }

    function myIpAddress() {
        const found = __proxycheck__.own().filter(isIPv4);
        return found.length ? found[0] : "127.0.0.1";
    }

    function dnsResolveEx(host) {
        return addressesOf(host).join(";");
    }

    function isResolvableEx(host) {
        return addressesOf(host).length > 0;
    }

    function isInNetEx(text, prefix) {
        const [network, length] = String(prefix).split("/");
        const address = parseAddress(text);
        const base = parseAddress(network);
        if (!address || !base || address.bits !== base.bits || !/^\d+$/.test(length) || Number(length) > base.bits) {
            return false;
        }
        const ignored = BigInt(base.bits - Number(length));
        return address.value >> ignored === base.value >> ignored;
    }

    function myIpAddressEx() {
        return __proxycheck__.own().join(";");
    }

    // IPv6 before IPv4, ascending; "" where one entry is no address.
    function sortIpAddressList(list) {
        const parsed = String(list).split(";").map((text) => ({ text: text.trim(), address: parseAddress(text) }));
        if (parsed.some((entry) => entry.address === null)) {
            return "";
        }
        parsed.sort((one, other) => {
            if (one.address.bits !== other.address.bits) {
                return other.address.bits - one.address.bits;
            }
            return one.address.value < other.address.value ? -1 : Number(one.address.value > other.address.value);
        });
        return parsed.map((entry) => entry.text).join(";");
    }

    // ---- names ----

    function isPlainHostName(host) {
        return !/[.:]/.test(host);
    }

    function dnsDomainIs(host, domain) {
        return String(host).endsWith(String(domain));
    }

    function localHostOrDomainIs(host, full) {
        return host === full || String(full).startsWith(host + ".");
    }

    function dnsDomainLevels(host) {
        return String(host).split(".").length - 1;
    }

    function shExpMatch(text, pattern) {
        const translated = String(pattern).replace(/\./g, "\\.").replace(/\*/g, ".*").replace(/\?/g, ".");
        return new RegExp("^" + translated + "$").test(String(text));
    }

    // ---- the clock ----

    // The caller's arguments without a final "GMT", and the moment whose UTC fields are the ones to compare.
    function timed(given) {
        const values = Array.from(given);
        const gmt = values.length > 0 && String(values[values.length - 1]).toUpperCase() === "GMT";
        const now = __proxycheck__.now();
        return { values: gmt ? values.slice(0, -1) : values, moment: gmt ? new Date(now) : __proxycheck__.shifted(now) };
    }

    // Whether `value` lies in first..last, both included; a range that ends before it begins runs past the end.
    function within(first, value, last) {
        return first <= last ? first <= value && value <= last : value >= first || value <= last;
    }

    function weekdayRange() {
        const { values, moment } = timed(arguments);
        const numbers = values.map((name) => DAYS.indexOf(String(name).toUpperCase()));
        if (numbers.length < 1 || numbers.length > 2 || numbers.includes(-1)) {
            return false;
        }
        return within(numbers[0], moment.getUTCDay(), numbers[numbers.length - 1]);
    }

    // What one argument of dateRange is, with its number: a month's name, a day of the month, or a year.
    function dated(value) {
        const month = MONTHS.indexOf(String(value).toUpperCase());
        if (month >= 0) {
            return { part: "month", number: month };
        }
        return { part: Number(value) > 31 ? "year" : "day", number: Number(value) };
    }

    // One number that orders moments by the parts that were given, year before month before day.
    function ordered(fields, parts) {
        return ["year", "month", "day"].reduce((sum, part) => sum * 100 + (parts.includes(part) ? fields[part] : 0), 0);
    }

    function dateRange() {
        const { values, moment } = timed(arguments);
        const given = values.map(dated);
        // (24, "DEC") is one date; (1, 15) and (1, "JUN", 15, "AUG") have the same parts twice: a range.
        const single = new Set(given.map((entry) => entry.part)).size === given.length;
        const size = single ? given.length : given.length / 2;
        const parts = given.slice(0, size).map((entry) => entry.part);
        const known = given.every((entry, index) => entry.part === parts[index % size] && !Number.isNaN(entry.number));
        if (given.length === 0 || given.length > 6 || new Set(parts).size !== size || !known) {
            return false;
        }
        const fields = (entries) => Object.fromEntries(entries.map((entry) => [entry.part, entry.number]));
        const today = { year: moment.getUTCFullYear(), month: moment.getUTCMonth(), day: moment.getUTCDate() };
        const first = ordered(fields(given.slice(0, size)), parts);
        const last = ordered(fields(given.slice(-size)), parts);
        const value = ordered(today, parts);
        return parts.includes("year") ? first <= value && value <= last : within(first, value, last);
    }

    function timeRange() {
        const { values, moment } = timed(arguments);
        const numbers = values.map(Number);
        const fields = [moment.getUTCHours(), moment.getUTCMinutes(), moment.getUTCSeconds()];
        if (![1, 2, 4, 6].includes(numbers.length) || numbers.some(Number.isNaN)) {
            return false;
        }
        const size = numbers.length === 1 ? 1 : numbers.length / 2;
        const ordered = (parts) => parts.slice(0, size).reduce((sum, part) => sum * 60 + part, 0);
        return within(ordered(numbers), ordered(fields), ordered(numbers.slice(-size)));
    }

    // ---- the rest ----

    function alert(message) {
        __proxycheck__.alerted(message);
    }

    function getClientVersion() {
        return "1.0";
    }

    Object.assign(globalThis, {
        isPlainHostName, dnsDomainIs, localHostOrDomainIs, isResolvable, isInNet, dnsResolve, convert_addr, myIpAddress,
        dnsDomainLevels, shExpMatch, weekdayRange, dateRange, timeRange, alert, isResolvableEx, dnsResolveEx,
        myIpAddressEx, isInNetEx, sortIpAddressList, getClientVersion,
    });
})();
