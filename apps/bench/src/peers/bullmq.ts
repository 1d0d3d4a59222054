/** A job per recipient on BullMQ. */
import { openBullMq } from '../program/bullmq.ts';
import { runPeer } from '../program/peer.ts';

await runPeer((work) => openBullMq(work, 1));
