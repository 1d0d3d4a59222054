import { expect, it } from 'vitest';
import { Credits } from './credits.ts';
import { seededDraw } from '../prng.ts';

const PHONES = 700;
const MANY = 20_000;

it('finds by phone and by phone and amount what a plain list finds', () => {
  const draw = seededDraw(7);
  const pick = (most: number) => Math.floor(draw() * most);
  const credits = new Credits();
  const list: string[] = [];
  for (let place = 0; place < MANY; place += 1) {
    const phone = 254_700_000_000 + pick(PHONES);
    const [currency, tenThousandths] = [pick(2) ? 'KES' : 'UGX', 10_000 * (1 + pick(3))];
    const credit = { phone, currency, tenThousandths, credited: true };
    credits.add(credit, [1, 2, 3], place);
    list.push(`${phone} ${currency} ${tenThousandths}`);
    const sample = place % 1000 === 0 ? list.filter((one) => one === list[place]) : [];
    if (sample.length > 0) expect(credits.timesAt(place)).toBe(sample.length);
  }
  for (let phone = 254_700_000_000; phone < 254_700_000_000 + PHONES; phone += 35) {
    const places = (start: string) =>
      list.flatMap((one, place) => (one.startsWith(start) ? [place] : [])).toReversed();
    expect([...credits.ofPhone(phone)]).toEqual(places(`${phone} `));
    expect([...credits.equalTo(phone, 'KES', 20_000)]).toEqual(places(`${phone} KES 20000`));
  }
  expect([...credits.ofPhone(1)]).toEqual([]);
});

it('knows an id by its place and by its random part', () => {
  const credits = new Credits();
  const credit = { phone: 254_711_000_001, currency: 'KES', tenThousandths: 1, credited: true };
  credits.add(credit, [0, 0, 0], 0);
  credits.add(credit, [0xffff_ffff, 1, 0xdead_beef], 0);
  const id = 'ATQid_ffffffff00000001deadbeef00000001';
  expect(credits.requestIdAt(1)).toBe(id);
  expect(credits.find(id)).toBe(1);
  expect(credits.find(id.replace('dead', 'feed'))).toBeUndefined();
  expect(credits.find('ATQid_ffffffff00000001deadbeef00000002')).toBeUndefined();
  expect(credits.find(id.toUpperCase())).toBeUndefined();
});
