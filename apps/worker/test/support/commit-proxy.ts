import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * How the next COMMIT of a transaction is treated in which `statement` was run:
 *
 * - `unanswered`: the server gets it, the client never hears of it.
 * - `lost`: the server never gets it; both connections break.
 * - `late`: the client's connection breaks at once, and the server gets it when `deliver` is called.
 */
export interface CommitFault {
  /** Name of a prepared statement. */
  readonly statement: string;
  readonly how: 'unanswered' | 'lost' | 'late';
}

/** Stands between a ledger and Postgres, forwards everything, and does to one COMMIT what it is told. */
export interface CommitProxy extends AsyncDisposable {
  /** `url` with the proxy's port in place of the server's. */
  through(url: string): string;
  /** Arms one fault. */
  fault(fault: CommitFault): void;
  /** Whether the armed fault has happened. */
  readonly hit: () => boolean;
  /** Lets a late COMMIT reach the server. */
  deliver(): void;
}

/** The simple query COMMIT, as it stands on the wire. */
const COMMIT = Buffer.from('Q\0\0\0\x0bCOMMIT\0', 'latin1');

export async function startCommitProxy(serverUrl: string): Promise<CommitProxy> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let armed: CommitFault | undefined;
  let hit = false;
  let deliver = () => undefined as void;

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    let ran = '';
    let holding = false;
    client.on('close', () => holding || upstream.destroy());
    upstream.on('close', () => client.destroy());
    upstream.on('data', (data) => void client.write(data));
    client.on('data', (data) => {
      ran += data.toString('latin1');
      const fault = data.includes(COMMIT) && armed && ran.includes(armed.statement) ? armed : null;
      if (data.includes(COMMIT)) ran = '';
      if (!fault) return void upstream.write(data);
      armed = undefined;
      hit = true;
      holding = fault.how !== 'lost';
      // Gone before the server's answer can pass.
      client.destroy();
      // The connection goes only when the server has answered, so that it can't take its end for a rollback.
      upstream.once('data', () => upstream.destroy());
      if (fault.how === 'unanswered') upstream.write(data);
      if (fault.how === 'late') deliver = () => void upstream.write(data);
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
