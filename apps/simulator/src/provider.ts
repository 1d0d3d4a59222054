import { Book } from './book/book.ts';
import { LateCredits } from './late-credits.ts';
import { type Draw, seededDraw } from './prng.ts';
import { Recent } from './send/recent.ts';
import { Traffic } from './send/traffic.ts';
import type { SimulatorSettings } from './settings.ts';
import type { World } from './world.ts';

/** All that the stand-in provider consists of, besides its HTTP server. */
export interface Provider {
  readonly settings: SimulatorSettings;
  readonly world: World;
  readonly book: Book;
  readonly late: LateCredits;
  readonly traffic: Traffic;
  readonly recent: Recent;
  /** One seeded sequence for jitter and the order of answers. */
  readonly draw: Draw;
}

/** Opens the book, reading it back where it has a file. Throws BookError. */
export function openProvider(settings: SimulatorSettings, world: World): Provider {
  const { start } = settings;
  const book = new Book({ file: start.BOOK_FILE, randomBytes: world.randomBytes });
  return {
    settings,
    world,
    book,
    late: new LateCredits(book, world),
    traffic: new Traffic(book.lastNumber),
    recent: new Recent(start.REQUESTS_KEPT),
    draw: seededDraw(start.SEED),
  };
}
