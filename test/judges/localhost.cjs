// Resolves localhost and its subdomains (RFC 6761) also where the machine's resolver does not.
const dns = require('node:dns');

const { lookup } = dns;
dns.lookup = (host, ...rest) => lookup(/(^|\.)localhost$/.test(host) ? '127.0.0.1' : host, ...rest);
