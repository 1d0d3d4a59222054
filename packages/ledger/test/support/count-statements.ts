import type { Ledger } from '../../src/index.ts';
import type { World } from './world.ts';

/** The same ledger, whose transactions write down what they ask. */
export function countStatements({ ledger }: World): {
  readonly ledger: Ledger;
  readonly statements: readonly unknown[];
} {
  const statements: unknown[] = [];
  const counting = (pool: Ledger['pool']) =>
    new Proxy(pool, {
      get(target, name) {
        if (name === 'query') {
          return (...args: unknown[]): unknown => {
            statements.push(args[0]);
            const query: unknown = Reflect.get(target, name);
            return typeof query === 'function' ? Reflect.apply(query, target, args) : undefined;
          };
        }
        if (name !== 'connect') return Reflect.get(target, name);
        return async () => {
          const client = await target.connect();
          return new Proxy(client, {
            get(of, key) {
              const value: unknown = Reflect.get(of, key);
              if (typeof value !== 'function') return value;
              return (...args: unknown[]) => {
                if (key === 'query') statements.push(args[0]);
                return Reflect.apply(value, of, args);
              };
            },
          });
        };
      },
    });
  const [pool, byKey] = [counting(ledger.pool), counting(ledger.byKey)];
  return { ledger: { ...ledger, pool, byKey }, statements };
}
