import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** All of IPv6 that is given out for the public internet. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address is one of the public internet: what is private, local, shared, reserved, a cloud's own metadata, or
 * carries an IPv4 address inside (mapped, NAT64, 6to4, Teredo) is not, for behind it may be a machine of ours.
 * @param text as a resolver gives it; anything but the plain spelling of an address is no public one
 */
export function isPublicAddress(text: string): boolean {
  // The library also reads `127.1` and `0x7f000001`; nobody shall have to know which readers do.
  switch (isIP(text)) {
    case 4:
      return ipaddr.IPv4.parse(text).range() === 'unicast';
    case 6: {
      const address = ipaddr.IPv6.parse(text);
      return address.match(GLOBAL_UNICAST) && address.range() === 'unicast';
    }
    default:
      return false;
  }
}
