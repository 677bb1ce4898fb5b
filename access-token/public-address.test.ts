import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';

/** IANA's registries of special addresses, read by Node's own list: a reader of another hand. */
const SPECIAL = new BlockList();
for (const range of [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
  '192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24',
  '203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
].flatMap((line) => line.split(' '))) {
  const [net = '', prefix] = range.split('/');
  SPECIAL.addSubnet(net, Number(prefix), 'ipv4');
}

describe('an address', () => {
  it.each(['8.8.8.8', '1.1.1.1', '52.94.5.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a05:d014::1'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ['this machine', '127.0.0.1 127.255.255.254 ::1 0.0.0.0 ::'],
    ['a private network', '10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 fc00::1 fdff::1 fec0::1'],
    ['a cloud’s metadata', '169.254.169.254 169.254.170.2 fd00:ec2::254 fe80::a9fe:a9fe fe80::1%eth0'],
    ['IPv4 within IPv6', '::ffff:127.0.0.1 ::ffff:8.8.8.8 ::7f00:1 64:ff9b::7f00:1 64:ff9b:1::a00:1 2002:7f00:1::1'],
    ['a tunnel or a test', '2001::1 2001:db8::1 2001:2::1 3fff::1 100::1 198.18.0.1 192.0.2.1 203.0.113.9'],
    ['many at once', '224.0.0.1 239.255.255.255 255.255.255.255 ff02::1'],
    ['given out to nobody', '240.0.0.1 4000::1 8000::1 5f00::1'],
    ['of another spelling', '127.1 0x7f000001 2130706433 8.8.8 010.8.8.8 8.8.8.8/32 [2606:4700::1111] example.com'],
  ])('of %s is not', (_, addresses) => {
    for (const address of [...addresses.split(' '), '']) expect(isPublicAddress(address), address).toBe(false);
  });
});

test('of IPv4 every address is public that is in no list of special ones', () => {
  // Half of them at the border of a range, where a wrong length of a prefix shows.
  const octet = fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 127, 169, 172, 192, 198, 203, 254, 255));
  fc.assert(
    fc.property(fc.tuple(octet, octet, octet, octet), (octets) => {
      const address = octets.join('.');
      expect(isPublicAddress(address), address).toBe(!SPECIAL.check(address, 'ipv4'));
    }),
    { numRuns: 5_000 },
  );
});

test('no IPv4 address becomes public by a way to write it in IPv6', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '::', '64:ff9b::', '::ffff:0:'), (address, prefix) => {
      expect(isPublicAddress(prefix + address), prefix + address).toBe(false);
    }),
  );
});

test('of IPv6 nothing is public but what begins with 2 or 3', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      if (isPublicAddress(address)) expect(address).toMatch(/^[23][0-9a-f]{3}:/i);
    }),
    { numRuns: 5_000 },
  );
});

test('whatever text it is, it is answered', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(typeof isPublicAddress(text)).toBe('boolean');
    }),
  );
});
