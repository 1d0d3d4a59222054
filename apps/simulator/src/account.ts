import type { IncomingMessage } from 'node:http';
import type { StartSettings } from './settings.ts';

/** Whether the request carries a key at all, and the account's where the settings name one (contract section 1.7). */
export function hasApiKey(request: IncomingMessage, start: StartSettings): boolean {
  const key = request.headers['apikey']; // node writes header names in lower case
  if (key === undefined || key === '') return false;
  return start.AIRTIME_API_KEY === undefined || key === start.AIRTIME_API_KEY;
}

/** Whether the key belongs to this username, where the settings name one. */
export function ownsUsername(username: string, start: StartSettings): boolean {
  return start.AIRTIME_USERNAME === undefined || username === start.AIRTIME_USERNAME;
}
