import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { AssayError } from '../errors.js';

// URIs on chain are hostile (DESIGN §11): whoever follows them must not be led to its own machine or network.

/** Which addresses a fetch may reach. */
export interface AddressPolicy {
  /** Loopback, private, link-local and other non-public addresses too. For one's own networks only. */
  readonly allowPrivate: boolean;
}

const MAX_URL = 2048;
// Two lists: Node takes an IPv4 address for its mapped IPv6 form when one list holds both families.
const notPublic4 = new BlockList();
const notPublic6 = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24],
  ['192.0.2.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24],
  ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) notPublic4.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  // Mapped, translated and tunnelled addresses carry an IPv4 address that nobody checked: refused whole.
  ['::', 96], ['::ffff:0:0', 96], ['64:ff9b::', 96], ['64:ff9b:1::', 48], ['100::', 64], ['2001::', 32], ['2001:db8::', 32],
  ['2002::', 16], ['fc00::', 7], ['fe80::', 10], ['fec0::', 10], ['ff00::', 8],
] as const) notPublic6.addSubnet(net, bits, 'ipv6');

/** Whether an IP address is reachable from the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic4.check(address, 'ipv4');
  return family === 6 && !notPublic6.check(address, 'ipv6');
}

/**
 * Checks a URL before anything is sent: http or https, no credentials, not too long, and no literal address that the
 * policy refuses. Names are checked when they are resolved, by {@link checkedLookup}.
 *
 * @throws AssayError BLOB_URL_INVALID, BLOB_ADDRESS_REFUSED
 */
export function checkUrl(text: string, policy: AddressPolicy): URL {
  if (text.length > MAX_URL) throw invalid(`${text.slice(0, 60)}…`, `longer than ${MAX_URL} characters`);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid(text, 'not a URL');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid(text, `scheme ${url.protocol} is not http or https`);
  if (url.username || url.password) throw invalid(text, 'it carries credentials');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !policy.allowPrivate && !isPublicAddress(host)) throw refused(host, host);
  return url;
}

/**
 * A name resolver for sockets that connects only to checked addresses. The socket uses the very address that was checked,
 * so a name that resolves differently the second time (DNS rebinding) gains nothing.
 */
export function checkedLookup(policy: AddressPolicy, resolve: typeof systemLookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0);
      const addresses: LookupAddress[] = Array.isArray(found) ? found : [];
      // All must pass: a name that mixes public and private answers is up to something.
      const bad = policy.allowPrivate ? undefined : addresses.find((a) => !isPublicAddress(a.address));
      if (bad) return callback(refused(hostname, bad.address), '', 0);
      const first = addresses[0];
      if (!first) return callback(new AssayError('BLOB_UNREACHABLE', `${hostname} has no address`, { decision: 'retry' }), '', 0);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function invalid(url: string, why: string): AssayError {
  return new AssayError('BLOB_URL_INVALID', `the address "${url}" is refused: ${why}`, { decision: 'peer' });
}

function refused(host: string, address: string): AssayError {
  return new AssayError('BLOB_ADDRESS_REFUSED', `${host} leads to ${address}, which is not public`, {
    decision: 'peer',
    facts: { host, address },
    hint: 'On your own network set blobs.allow_private.',
  });
}
