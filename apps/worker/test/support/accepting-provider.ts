import { randomBytes } from 'node:crypto';
import type { AirtimeProvider } from '@salio/airtime';
import { currency, type ResponseEntry } from '@salio/domain';

/** A provider that accepts every line that it is asked for, and remembers whom it credited. */
export interface AcceptingProvider extends AirtimeProvider {
  /** The phone of every credit, in order. */
  readonly credited: readonly string[];
  /** It says another amount than it was asked for, so that its answers are not plain. */
  odd: boolean;
  /** Before each send is answered. */
  before: () => Promise<void>;
}

export function acceptingProvider(): AcceptingProvider {
  const credited: string[] = [];
  const provider: AcceptingProvider = {
    account: 'main',
    credited,
    odd: false,
    before: () => Promise.resolve(),
    encode: (lines) => lines.map((line) => `${line.msisdn} ${line.amount.units}`).join('\n'),
    async send({ body }) {
      await provider.before();
      const more = provider.odd ? 1n : 0n;
      const entries = body.split('\n').map((line): ResponseEntry => {
        const [phoneNumber = '', units = ''] = line.split(' ');
        credited.push(phoneNumber);
        return {
          phoneNumber,
          status: 'Sent',
          requestId: `ATQid_${randomBytes(16).toString('hex')}`,
          errorMessage: 'None',
          amount: { currency: currency('KES'), units: BigInt(units) + more },
          discount: undefined,
        };
      });
      const content = {
        errorMessage: 'None',
        numSent: entries.length,
        totalAmount: '0',
        totalDiscount: '0',
        entries,
      };
      return { kind: 'response', status: 201, body: 'accepted', content };
    },
    enquire: async () => ({ status: 'unknown', httpStatus: undefined, body: '', reason: 'no' }),
    balance: async () => ({ ok: false, reason: 'no' }),
    close: async () => undefined,
  };
  return provider;
}
