/**
 * What every key in Redis starts with. The braces are a hash tag: on Redis Cluster all keys of one installation fall into
 * one slot, which BullMQ's scripts and a read of several reply lists need.
 */
export const DEFAULT_PREFIX = '{salio}';
/** Queue of signed pages, closings and asks, from producers to workers. */
export const INTAKE_QUEUE = 'intake';
/** Queue of chunks to send, from the dispatcher to workers. */
export const CHUNK_QUEUE = 'chunks';

/** Longest prefix: it stands in every key. */
const PREFIX_MAX = 64;

/** Returns the prefix. Throws RangeError where it is empty, too long, or holds what a key's reader could take for a part. */
export function checkPrefix(prefix: string): string {
  if (prefix.length > PREFIX_MAX || !/^[\w.{}-]+$/.test(prefix)) {
    throw new RangeError(`a prefix is 1 to ${PREFIX_MAX} letters, digits or _ . - { }`);
  }
  return prefix;
}

/** The list in which replies to one address wait: the submission's id, or the ask's. */
export function replyKey(prefix: string, address: string): string {
  return `${checkPrefix(prefix)}:replies:${address}`;
}

/** The state of one provider account's pace. Whatever an account is called, its key is one of its own. */
export function paceKey(prefix: string, account: string): string {
  return `${checkPrefix(prefix)}:pace:${encodeURIComponent(account)}`;
}
