// What a PAC script may learn about the machine, all of it given as data: names and addresses, this machine's own
// addresses, the clock and its zone, and random numbers. Nothing here reaches the network or the system.
// Every use is noted, so that a caller knows which answers would change elsewhere or at another time.

const __proxycheck__ = (function () {
    "use strict";
    const state = { names: new Map(), own: [], now: 0, offset: 0, seed: 1, consulted: [], alerts: [] };
    const limits = { consulted: 64, alerts: 20, text: 500, raw: 8192 };
    const SystemDate = Date;
    const stringify = JSON.stringify;

    function note(what) {
        if (state.consulted.length < limits.consulted && !state.consulted.includes(what)) {
            state.consulted.push(what);
        }
    }

    // 32 bits of state are plenty: the sequence has to be the same in every run, not unpredictable.
    Math.random = function random() {
        note("random");
        state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
        return state.seed / 4294967296;
    };

    function configure(text) {
        const given = JSON.parse(text);
        for (const name of Object.keys(given.addresses)) {
            state.names.set(name.toLowerCase(), given.addresses[name]);
        }
        state.own = given.own;
        state.now = given.now_ms;
        state.offset = given.utc_offset_minutes * 60000;
    }

    function resolve(name) {
        if (typeof name !== "string" || name === "") {
            return []; // dnsResolve(null), as scripts say after a name without an address, asks nobody
        }
        const wanted = name.toLowerCase().replace(/\.$/, "");
        if (wanted === "localhost") {
            return ["127.0.0.1"];
        }
        note("dns:" + wanted.slice(0, 255));
        return state.names.get(wanted) || [];
    }

    function own() {
        note("own-address");
        return state.own;
    }

    function now() {
        note("clock");
        return state.now;
    }

    // The moment with the caller's zone added: its UTC fields are the caller's local fields.
    function shifted(milliseconds) {
        return new SystemDate(milliseconds + state.offset);
    }

    const ControlledDate = new Proxy(SystemDate, {
        construct(target, given, newTarget) {
            if (given.length === 0) {
                return Reflect.construct(target, [now()], newTarget);
            }
            if (given.length === 1) {
                return Reflect.construct(target, given, newTarget);
            }
            return Reflect.construct(target, [SystemDate.UTC(...given) - state.offset], newTarget);
        },
        apply() {
            return new SystemDate(now()).toISOString();
        },
        get(target, name, receiver) {
            return name === "now" ? now : Reflect.get(target, name, receiver);
        },
    });
    for (const part of ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"]) {
        const utc = SystemDate.prototype["getUTC" + part];
        SystemDate.prototype["get" + part] = function () {
            return utc.call(shifted(this.getTime()));
        };
    }
    SystemDate.prototype.getYear = function () {
        return this.getFullYear() - 1900;
    };
    SystemDate.prototype.getTimezoneOffset = function () {
        return -state.offset / 60000;
    };
    SystemDate.prototype.constructor = ControlledDate;
    globalThis.Date = ControlledDate;

    function alerted(message) {
        if (state.alerts.length < limits.alerts) {
            state.alerts.push(String(message).slice(0, limits.text));
        }
    }

    function described(value) {
        const kind = value === null ? "null" : typeof value;
        const text = kind === "string" ? value.slice(0, limits.raw) : "";
        return stringify({ kind: kind, value: text, consulted: state.consulted });
    }

    // One question to the script, and the answer as JSON text: {"kind", "value", "consulted"}.
    function ask(findProxy, url, host) {
        state.consulted = [];
        return described(findProxy(url, host));
    }

    return Object.freeze({ configure, resolve, own, now, shifted, alerted, ask, alerts: () => stringify(state.alerts) });
})();
