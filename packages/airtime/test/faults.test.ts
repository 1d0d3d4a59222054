import { randomBytes } from 'node:crypto';
import { FAULTS, simulatorSettings, startSimulator } from '@salio/simulator';
import { expect, it, onTestFinished } from 'vitest';
import { transmit } from './contract-cases.ts';
import { line, provider } from './provider-fixture.ts';

const PHONES = ['+254711000001', '+254711000002', '+254711000003'];
/** An answer of the same machine takes milliseconds, so what hangs is given up soon. */
const SOON_MS = 1_000;
/** Faults whose answer tells a worker the whole truth, or more than once, or of all lines but one. */
const TELLING = new Set(['wallet_currency', 'phone_twice', 'contradicting', 'line_missing']);

it.each(FAULTS)(
  '$name makes no line look paid that was not, nor refused that was',
  async (fault) => {
    const url = await simulatorWith(fault.name);
    const airtime = provider(url, { requestTimeoutMs: SOON_MS });
    const { endings } = await transmit(
      airtime,
      PHONES.map((phone) => line(phone)),
    );
    const credits = await Promise.all(PHONES.map((phone) => creditsOf(url, phone)));
    const wrong = endings.filter((ending, place) => {
      if (ending === 'accepted') return credits[place] !== 1;
      return ending.startsWith('refused') && credits[place] !== 0;
    });
    expect(wrong).toEqual([]);
    const proven = endings.filter(
      (ending) => ending === 'accepted' || ending.startsWith('refused'),
    );
    if (!TELLING.has(fault.name)) expect(proven).toEqual([]);
    if (fault.name === 'wallet_currency') expect(proven).toHaveLength(PHONES.length);
  },
);

/** A simulator whose every request meets this fault; where it is to die it only hangs. */
async function simulatorWith(fault: string): Promise<string> {
  const settings = simulatorSettings({ PORT: '0', FAULTS: `${fault}:10000` });
  const quiet: unknown = { info: () => undefined };
  // safe because the simulator itself logs nothing but that it started
  const log = quiet as Parameters<typeof startSimulator>[1];
  const world = { now: Date.now, randomBytes, die: () => undefined };
  const simulator = await startSimulator(settings, log, world);
  onTestFinished(() => simulator[Symbol.asyncDispose]());
  return simulator.url;
}

async function creditsOf(url: string, phone: string): Promise<number> {
  const path = `/simulator/book/phone?phone=${encodeURIComponent(phone)}`;
  const { entries } = Object(await (await fetch(url + path)).json());
  return Array.isArray(entries) ? entries.length : Number.NaN;
}
