import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { provider, sendOf } from './provider-fixture.ts';

/** Answers from a thread of its own, when the main thread has blocked itself, and lets it go on after `stallMs`. */
const SERVER = `
  const { createServer } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  const flags = new Int32Array(workerData.flags);
  const server = createServer((socket) => {
    socket.once('data', () => {
      parentPort.postMessage('request');
      Atomics.wait(flags, 0, 0);
      socket.write('HTTP/1.1 201 X\\r\\nContent-Length: 2\\r\\n\\r\\nOK', () => {
        Atomics.wait(flags, 1, 0, workerData.stallMs);
        Atomics.store(flags, 1, 1);
        Atomics.notify(flags, 1);
      });
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

it('reads a response that came in time though the process was busy past the timeout', async () => {
  // Long enough for the request to arrive on a slow machine before the process blocks.
  const requestTimeoutMs = 1_000;
  const flags = new SharedArrayBuffer(8);
  const worker = new Worker(SERVER, {
    eval: true,
    workerData: { flags, stallMs: requestTimeoutMs + 100 },
  });
  const [port] = await once(worker, 'message');
  const target = provider(`http://127.0.0.1:${port}`, { requestTimeoutMs });
  const arrived = once(worker, 'message');
  const sending = target.send(sendOf(target));
  await arrived;

  const view = new Int32Array(flags);
  Atomics.store(view, 0, 1);
  Atomics.notify(view, 0);
  Atomics.wait(view, 1, 0);

  expect(await sending).toMatchObject({ kind: 'response', status: 201, body: 'OK' });
  await worker.terminate();
});
