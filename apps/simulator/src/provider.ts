import { Book } from './book/book.ts';
import { Caller } from './caller.ts';
import { LateCredits } from './late-credits.ts';
import { Notifier } from './notify/notifier.ts';
import { type Draw, seededDraw } from './prng.ts';
import { Ring } from './ring.ts';
import type { RecentRequest } from './send/recent.ts';
import { Traffic } from './send/traffic.ts';
import type { SimulatorSettings } from './settings.ts';
import { Validator } from './validate/validator.ts';
import type { World } from './world.ts';

/** All that the stand-in provider consists of, besides its HTTP server. */
export interface Provider {
  readonly settings: SimulatorSettings;
  readonly world: World;
  readonly book: Book;
  readonly caller: Caller;
  readonly notifier: Notifier;
  readonly validator: Validator;
  readonly late: LateCredits;
  readonly traffic: Traffic;
  /** The last send requests. */
  readonly recent: Ring<RecentRequest>;
  /** One seeded sequence for jitter and the order of answers. */
  readonly draw: Draw;
}

/** Opens the book, reading it back where it has a file. Throws BookError. */
export function openProvider(settings: SimulatorSettings, world: World): Provider {
  const { start } = settings;
  const book = new Book({ file: start.BOOK_FILE, randomBytes: world.randomBytes });
  const caller = new Caller();
  const notifier = new Notifier(book, settings, world, caller);
  const validator = new Validator(settings, world, caller);
  return {
    settings,
    world,
    book,
    caller,
    notifier,
    validator,
    late: new LateCredits(book, world, validator, notifier),
    traffic: new Traffic(book.lastNumber),
    recent: new Ring(start.REQUESTS_KEPT),
    draw: seededDraw(start.SEED),
  };
}
