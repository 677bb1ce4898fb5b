import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { RemoteError } from './fetch-json.ts';

/** Every address of a name, of both families; rejects when it has none. */
export type ResolveName = (host: string) => Promise<readonly LookupAddress[]>;

/**
 * Where a name may lead, for a connection: to the addresses that it has at this moment, if `mayReach` lets each of them
 * pass. One that does not spoils the name, or a tenant could name two and wait until the wrong one is tried. The
 * addresses are asked for once, and are those that are connected to: a name that answers otherwise a moment later (DNS
 * rebinding) gains nothing. Not asked for a URL that has an address in place of a name: whoever stores URLs refuses those.
 */
export function lookUpBy(resolve: ResolveName, mayReach: (address: string) => boolean): LookupFunction {
  return (host, { all }, callback) => {
    const refuse = (error: Error) => callback(error, []);
    resolve(host).then((addresses) => {
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => mayReach(address))) {
        refuse(new RemoteError('its name leads to an address that is not public'));
      } else if (all) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    }, refuse);
  };
}
