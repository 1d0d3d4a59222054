import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { mayConnect, type Networks } from '@salio/domain';
import { Agent, buildConnector } from 'undici';

/** A webhook would go to an address that is not public, and not allowed. */
class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
  override readonly name = 'AddressRefused';
}

/** Gives all addresses of a host. */
export type Resolve = (
  host: string,
  done: (error: NodeJS.ErrnoException | null, found?: readonly LookupAddress[]) => void,
) => void;

export interface GuardedAgentOptions {
  /** Networks that are not public and allowed all the same. */
  readonly allowed: Networks;
  /** Until a connection is given up, ms. */
  readonly timeoutMs: number;
  /** All addresses of a host. */
  readonly resolve?: Resolve;
}

/**
 * Connects only to addresses that webhooks may go to. A name is resolved once for a connection; what was judged is what is
 * connected to, so that a name which stands for another address a moment later gains nothing. And each request has a connection of
 * its own.
 */
export function openGuardedAgent(options: GuardedAgentOptions): Agent {
  const { allowed, timeoutMs, resolve = resolveAll } = options;
  const connect = buildConnector({
    timeout: timeoutMs,
    allowH2: false,
    lookup: guardLookup(allowed, resolve),
  });
  return new Agent({
    // No connection is kept: one that the other end has closed meanwhile would look like a failure.
    pipelining: 0,
    allowH2: false,
    connect: (target, callback) => {
      // An address is not looked up.
      const host = target.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && !mayConnect(host, allowed)) {
        callback(new AddressRefused('an address is not public'), null);
        return;
      }
      connect(target, (...[error, socket]) => {
        if (error) return callback(error, null);
        if (mayConnect(socket.remoteAddress ?? '', allowed)) return callback(null, socket);
        socket.destroy();
        return callback(
          new AddressRefused('it is connected to an address that is not public'),
          null,
        );
      });
    },
  });
}

/** As everything on this machine resolves names. */
const resolveAll: Resolve = (host, done) => lookup(host, { all: true }, done);

/** A name of which one address is refused is refused as a whole: nobody has such a name by chance. */
function guardLookup(allowed: Networks, resolve: Resolve): LookupFunction {
  return (host, { all }, callback) => {
    resolve(host, (error, found = []) => {
      if (error) return callback(error, []);
      const [first] = found;
      if (!first || !found.every(({ address }) => mayConnect(address, allowed)))
        return callback(new AddressRefused('an address of the host is not public'), []);
      if (all) return callback(null, [...found]);
      return callback(null, first.address, first.family);
    });
  };
}
