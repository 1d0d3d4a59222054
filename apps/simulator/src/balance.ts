import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasApiKey, ownsUsername } from './account.ts';
import { showLargeMoney } from './money.ts';
import type { Provider } from './provider.ts';
import { refusedHttp } from './refused-http.ts';
import { reply, replyJson, replyRefused, wantsJson, XML_TYPE } from './reply.ts';
import { balanceOf } from './wallet.ts';
import { balanceXml } from './xml.ts';

/** `GET /version1/user` (contract section 4.2). One wallet serves all usernames. What it tells is on disk before. */
export async function handleBalance(
  { book, settings }: Provider,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { start, behaviour } = settings;
  const username = query.get('username');
  if (!hasApiKey(request, start)) return replyRefused(response, refusedHttp.unauthorized);
  if (!username) return replyRefused(response, refusedHttp.missingParameter('username'));
  if (!ownsUsername(username, start)) return replyRefused(response, refusedHttp.unauthorized);
  const balance = showLargeMoney(behaviour.WALLET_CURRENCY, balanceOf(book.tally, behaviour));
  await book.saved();
  if (wantsJson(request.headers.accept)) replyJson(response, { UserData: { balance } });
  else reply(response, 200, XML_TYPE, balanceXml(balance));
}
