import { expect, it } from 'vitest';
import { FaultRecorder } from './fault-log.ts';
import { whatSuppressed, type SendFact } from './suppressed.ts';

const OPENED_MS = 1_000_000;
const NO_LIES: ReadonlySet<string> = new Set();

function send(over: Partial<SendFact> = {}): SendFact {
  const unanswered = { answeredMs: undefined, answer: undefined };
  return { line: 'b/1', key: 'k', worker: 'w', openedMs: OPENED_MS, ...unanswered, ...over };
}

it('blames a lie for whatever became of its key', () => {
  expect(whatSuppressed(send(), new FaultRecorder(), new Set(['k']))).toBe('lie');
});

it('blames the death of a worker for the sends that were open then, and for no others', () => {
  const log = new FaultRecorder();
  log.addDeath('w', OPENED_MS + 500);
  expect(whatSuppressed(send(), log, NO_LIES)).toBe('worker died');
  const answered = send({ answeredMs: OPENED_MS + 300, answer: 'response' });
  expect(whatSuppressed(answered, log, NO_LIES)).toBeUndefined();
  expect(whatSuppressed(send({ worker: 'other' }), log, NO_LIES)).toBeUndefined();
  expect(whatSuppressed(send({ openedMs: OPENED_MS - 60_000 }), log, NO_LIES)).toBeUndefined();
});

it('gives a worker that stood still more time until its death, and blames no pause alone', () => {
  const log = new FaultRecorder();
  log.addStop('w', { fromMs: OPENED_MS + 100, toMs: OPENED_MS + 30_100 });
  expect(whatSuppressed(send(), log, NO_LIES)).toBeUndefined();
  log.addDeath('w', OPENED_MS + 31_000);
  expect(whatSuppressed(send(), log, NO_LIES)).toBe('worker died');
});

it('blames an outage of the provider only for answers that were lost while it lasted', () => {
  const log = new FaultRecorder();
  log.simulatorAway.push({ fromMs: OPENED_MS + 1_000, toMs: OPENED_MS + 2_000 });
  const lost = { answeredMs: OPENED_MS + 1_100, answer: 'lost' } as const;
  expect(whatSuppressed(send(lost), log, NO_LIES)).toBe('simulator away');
  expect(whatSuppressed(send({ ...lost, answer: 'response' }), log, NO_LIES)).toBeUndefined();
  const before = send({ answeredMs: OPENED_MS + 100, answer: 'lost' });
  expect(whatSuppressed(before, log, NO_LIES)).toBeUndefined();
});

it('blames whoever did not answer a provider that asks first', () => {
  const log = new FaultRecorder();
  log.listenerAway.push({ fromMs: OPENED_MS + 100, toMs: OPENED_MS + 900 });
  const lost = send({ answer: 'lost', answeredMs: OPENED_MS + 1_500 });
  expect(whatSuppressed(lost, log, NO_LIES, true)).toBe('listener away');
  expect(whatSuppressed(lost, log, NO_LIES)).toBeUndefined();
});
