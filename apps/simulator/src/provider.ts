import { Book } from './book/book.ts';
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
    traffic: new Traffic(book.requests.lastNumber),
    recent: new Recent(start.REQUESTS_KEPT),
    draw: seededDraw(start.SEED),
  };
}
