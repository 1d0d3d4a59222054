import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * How the next COMMIT of a transaction is treated in which `statement` was run, or `statement` itself where it is a transaction
 * of its own:
 *
 * - `unanswered`: the server gets it, the client never hears of it.
 * - `lost`: the server never gets it; both connections break.
 * - `late`: the client's connection breaks at once, and the server gets it when `deliver` is called.
 */
export interface CommitFault {
  /** Name of a prepared statement. */
  readonly statement: string;
  readonly how: 'unanswered' | 'lost' | 'late';
  /** The statement is a transaction of its own. */
  readonly alone?: boolean;
}

/** Stands between a ledger and Postgres, forwards everything, and does to one COMMIT what it is told. */
export interface CommitProxy extends AsyncDisposable {
  /** `url` with the proxy's port in place of the server's. */
  through(url: string): string;
  /** Arms one fault. */
  fault(fault: CommitFault): void;
  /** Whether the armed fault has happened. */
  readonly hit: () => boolean;
  /** Lets a late COMMIT reach the server; resolves when it was answered. Nothing where none is late. */
  deliver(): Promise<void>;
}

/** The simple query COMMIT, as it stands on the wire. */
const COMMIT = Buffer.from('Q\0\0\0\x0bCOMMIT\0', 'latin1');

/** The message that ends a prepared statement's. */
const SYNC = Buffer.from('S\0\0\0\x04', 'latin1');

export async function startCommitProxy(serverUrl: string): Promise<CommitProxy> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let armed: CommitFault | undefined;
  let hit = false;
  let deliver = () => Promise.resolve();

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    let ran = '';
    let pending = Buffer.alloc(0);
    let holding = false;
    let hushed = false;
    client.on('close', () => holding || upstream.destroy());
    upstream.on('close', () => client.destroy());
    upstream.on('data', (data) => void (hushed || client.write(data)));
    client.on('data', (piece) => {
      if (armed?.alone && (pending.length > 0 || piece.includes(armed.statement))) {
        pending = Buffer.concat([pending, piece]);
        // It may come in pieces; only all of it is a statement.
        if (!pending.subarray(-SYNC.length).equals(SYNC)) return undefined;
      }
      const data = pending.length > 0 ? pending : piece;
      const decides = pending.length > 0 || (!armed?.alone && data.includes(COMMIT));
      pending = Buffer.alloc(0);
      ran += data.toString('latin1');
      const fault = decides && armed && ran.includes(armed.statement) ? armed : null;
      if (data.includes(COMMIT)) ran = '';
      if (!fault) return void upstream.write(data);
      armed = undefined;
      hit = true;
      holding = fault.how !== 'lost';
      hushed = true;
      // The connections go only when the server has answered: it can't take their end for a rollback, and what the client does
      // next comes after.
      upstream.once('data', () => {
        client.destroy();
        upstream.destroy();
      });
      if (fault.how === 'unanswered') upstream.write(data);
      else client.destroy();
      if (fault.how === 'late') {
        deliver = () => {
          deliver = () => Promise.resolve();
          const answered = new Promise<void>((done) => upstream.once('close', () => done()));
          upstream.write(data);
          return answered;
        };
      }
      return undefined;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = (server.address() as AddressInfo).port;
  return {
    through(url) {
      const changed = new URL(url);
      changed.port = String(own);
      return changed.href;
    },
    fault(fault) {
      armed = fault;
      hit = false;
    },
    hit: () => hit,
    deliver: () => deliver(),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
