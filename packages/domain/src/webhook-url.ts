import { isIP } from 'node:net';
import { mayConnect, type Networks } from './webhook-address.ts';

/** Where webhooks may go to. */
export interface WebhookTargets {
  /** Plain http too: then anybody on the way reads phones and amounts. */
  readonly allowHttp: boolean;
  /** Networks that are not public and allowed all the same. */
  readonly allowPrivate: Networks;
}

/** Of a URL, characters: more is no address that a person typed. */
const URL_MAX = 2_000;
/** Lower ports belong to services of other kinds. */
const PORT_MIN = 1_024;

/**
 * Why webhooks can't go to a URL, by its form and its address where it names one; undefined where they can. What a host's name
 * stands for is judged when it is connected to.
 */
export function refuseWebhookUrl(
  text: string,
  { allowHttp, allowPrivate }: WebhookTargets,
): string | undefined {
  const url = text.length <= URL_MAX && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !(url.protocol === 'https:' || (allowHttp && url.protocol === 'http:')))
    return allowHttp ? 'must be an https or http URL' : 'must be an https URL';
  if (url.username || url.password || url.hash)
    return 'must hold no name, password or fragment: what it is told is signed';
  if (url.port !== '' && Number(url.port) < PORT_MIN)
    return `must have the usual port, or one from ${PORT_MIN} on`;
  // A URL writes an address in its one form, whichever way it was typed: 0x7f.1, 2130706433.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !mayConnect(host, allowPrivate))
    return 'must not name an address that is not public';
  return undefined;
}
