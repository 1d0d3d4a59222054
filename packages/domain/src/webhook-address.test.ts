import { describe, expect, it } from 'vitest';
import { mayConnect, NO_NETWORKS, parseNetworks } from './webhook-address.ts';

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '223.255.255.255',
  '2606:4700::1111',
  '2001:4860:4860::8888',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
];
const NOT_PUBLIC = [
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:a00:1',
  '::ffff:169.254.169.254',
  '::ffff:0:7f00:1',
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  '100::1',
];

describe('where webhooks go', () => {
  it.each(PUBLIC)('may be %s', (address) => {
    expect(mayConnect(address, NO_NETWORKS)).toBe(true);
  });

  it.each(NOT_PUBLIC)('may not be %s', (address) => {
    expect(mayConnect(address, NO_NETWORKS)).toBe(false);
  });

  it.each(['', 'localhost', '127.1', '0x7f.1', '2130706433', '1.2.3.4.5', '[::1]', '1.1.1.1/32'])(
    'may not be %j, which is no address',
    (text) => {
      expect(mayConnect(text, parseNetworks('0.0.0.0/0,::/0'))).toBe(false);
    },
  );

  it('may be a network that is not public where it is listed, and no other', () => {
    const allowed = parseNetworks('10.1.0.0/16, fd00:1::/32');
    const places = [
      '10.1.2.3',
      '::ffff:10.1.2.3',
      '10.2.0.1',
      'fd00:1::5',
      'fd00:2::5',
      '127.0.0.1',
    ];
    expect(places.filter((place) => mayConnect(place, allowed))).toEqual([
      '10.1.2.3',
      '::ffff:10.1.2.3',
      'fd00:1::5',
    ]);
  });
});

it.each(['', '10.0.0.0', '10.0.0.0/33', '::/129', 'localhost/8', '10.0.0.0/8;::1/128', '10.0/8'])(
  'reads no networks out of %j',
  (text) => {
    expect(() => parseNetworks(text)).toThrow(RangeError);
  },
);
