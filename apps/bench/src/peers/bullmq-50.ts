/** A BullMQ job of 50 recipients, in one call whatever the race says, recorded in one statement. */
import { openBullMq } from '../program/bullmq.ts';
import { runPeer } from '../program/peer.ts';

await runPeer((work) => openBullMq(work, 50));
