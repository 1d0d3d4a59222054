import type { ServerResponse } from 'node:http';
import type { Provider } from '../provider.ts';
import { JSON_TYPE, reply, replyHalf, XML_TYPE } from '../reply.ts';
import type { Reply } from '../scenario.ts';
import { answerXml } from '../xml.ts';
import { type Answer, refusalAnswer } from './answer.ts';

/** Sends what the client gets to see: the truthful answer, or what a scenario or a fault makes of it. */
export function deliver(
  provider: Provider,
  response: ServerResponse,
  asJson: boolean,
  answer: Answer,
  instead: Reply | undefined,
): void {
  const show = (shown: Answer, status = CREATED) => {
    if (asJson) reply(response, status, JSON_TYPE, JSON.stringify(shown));
    else reply(response, status, XML_TYPE, answerXml(shown));
  };
  switch (instead?.kind) {
    case undefined:
      return show(answer);
    case 'hang':
      return;
    case 'cut':
      response.destroy();
      return;
    case 'die':
      return provider.world.die();
    case 'half':
      return asJson
        ? replyHalf(response, CREATED, JSON_TYPE, JSON.stringify(answer))
        : replyHalf(response, CREATED, XML_TYPE, answerXml(answer));
    case 'refusal':
      return show(refusalAnswer(instead.errorMessage));
    case 'usual':
      return show({ ...answer, numSent: instead.numSent ?? answer.numSent }, instead.status);
    case 'page': {
      const { RETRY_AFTER_SECONDS } = provider.settings.behaviour;
      const headers = [
        ...(instead.location === undefined ? [] : ['Location', instead.location]),
        ...(instead.retryAfter ? ['Retry-After', String(RETRY_AFTER_SECONDS)] : []),
      ];
      return reply(response, instead.status, instead.contentType, instead.body, headers);
    }
  }
}

/** Also for refusals of a whole request (contract section 1.2). */
const CREATED = 201;
