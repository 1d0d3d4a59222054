import { isIP } from 'node:net';

/** Why alarms can't be posted to a URL; undefined where they can. Plain http is for what does not leave the house. */
export function refuseAlarmUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) return 'must be an https URL';
  if (url.username || url.password || url.hash)
    return 'must hold no name, password or fragment: a secret belongs in ALARM_TOKEN';
  if (url.protocol === 'https:' || isNear(url.hostname)) return undefined;
  return 'must be https, unless it is on this machine or in a private network';
}

/** Loopback, a private address, or a name without a dot: one of the same machine, or of the same set of containers. */
function isNear(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  switch (isIP(host)) {
    case 4:
      return /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(host);
    case 6:
      return host === '::1' || /^f[cd]/i.test(host);
    default:
      return !host.includes('.');
  }
}
