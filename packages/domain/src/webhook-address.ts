import { BlockList, isIP, isIPv4 } from 'node:net';

/** Networks that webhooks may go to although they are not public. */
export type Networks = Pick<BlockList, 'check'>;

/** Networks of IPv4 that are nobody's on the internet, or that the host itself answers for. */
const NOT_PUBLIC_V4 = [
  ['0.0.0.0', 8], // this host
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // a cloud's own services, at a public address
  ['169.254.0.0', 16], // link-local, metadata of clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
] as const;

/** What is public of IPv6; all else is loopback, link-local, unique local, multicast or of nobody. */
const PUBLIC_V6 = ['2000::', 3] as const;
const NOT_PUBLIC_V6 = [
  ['2001::', 23], // protocol assignments, tunnels to IPv4
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // tunnels to IPv4
  ['3fff::', 20], // documentation
] as const;

const notPublic = new BlockList();
for (const [network, bits] of NOT_PUBLIC_V4) notPublic.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of NOT_PUBLIC_V6) notPublic.addSubnet(network, bits, 'ipv6');
const publicV6 = new BlockList();
publicV6.addSubnet(...PUBLIC_V6, 'ipv6');

/** Networks listed at most: more is a mistake. */
const NETWORKS_MAX = 100;

/** Reads `10.0.0.0/8,fd00::/8`. Throws RangeError. */
export function parseNetworks(text: string): Networks {
  const list = new BlockList();
  const pieces = text.split(',').map((piece) => piece.trim());
  if (pieces.length > NETWORKS_MAX) throw new RangeError(`${NETWORKS_MAX} networks at most`);
  for (const piece of pieces) {
    const [, network = '', bits = ''] = /^([\d.a-fA-F:]+)\/(\d{1,3})$/.exec(piece) ?? [];
    const version = isIP(network);
    if (version === 0 || Number(bits) > (version === 4 ? 32 : 128))
      throw new RangeError(`must be networks like 10.0.0.0/8, with commas between`);
    list.addSubnet(network, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** No network that is not public. */
export const NO_NETWORKS: Networks = new BlockList();

/** Whether webhooks may go to an address: a public one, or one of a network that is allowed. What is no address is refused. */
export function mayConnect(address: string, allowed: Networks): boolean {
  const plain = plainAddress(address);
  if (plain === undefined) return false;
  if (isIPv4(plain)) return allowed.check(plain, 'ipv4') || !notPublic.check(plain, 'ipv4');
  if (allowed.check(plain, 'ipv6')) return true;
  return publicV6.check(plain, 'ipv6') && !notPublic.check(plain, 'ipv6');
}

/** IPv6 that stands for an address of IPv4: mapped, or translated by the network (NAT64). */
const STANDS_FOR_V4 = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** An address in its one form; of one that stands for another that one. Undefined where it is none, or has a zone. */
function plainAddress(address: string): string | undefined {
  if (isIPv4(address)) return address;
  const url = `http://[${address}]/`;
  if (isIP(address) !== 6 || !URL.canParse(url)) return undefined;
  const plain = new URL(url).hostname.slice(1, -1);
  const halves = STANDS_FOR_V4.exec(plain)?.slice(1);
  if (!halves) return plain;
  return halves
    .map((half) => Number.parseInt(half, 16))
    .flatMap((half) => [half >> 8, half & 0xff])
    .join('.');
}
