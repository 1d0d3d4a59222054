import type { ServerResponse } from 'node:http';
import { JSON_TYPE, reply, replyHalf, XML_TYPE } from '../reply.ts';
import type { Reply } from '../scenario.ts';
import { answerXml } from '../xml.ts';
import { type Answer, refusalAnswer } from './answer.ts';

/** Sends what the client gets to see: the truthful answer, or what the scenario makes of it. */
export function deliver(
  response: ServerResponse,
  asJson: boolean,
  answer: Answer,
  trick: Reply | undefined,
): void {
  const show = (shown: Answer, status = CREATED) => {
    if (asJson) reply(response, status, JSON_TYPE, JSON.stringify(shown));
    else reply(response, status, XML_TYPE, answerXml(shown));
  };
  switch (trick?.kind) {
    case undefined:
      return show(answer);
    case 'hang':
      return;
    case 'cut':
      response.destroy();
      return;
    case 'half':
      return asJson
        ? replyHalf(response, CREATED, JSON_TYPE, JSON.stringify(answer))
        : replyHalf(response, CREATED, XML_TYPE, answerXml(answer));
    case 'refusal':
      return show(refusalAnswer(trick.errorMessage));
    case 'usual':
      return show({ ...answer, numSent: trick.numSent ?? answer.numSent }, trick.status);
    case 'page':
      return reply(response, trick.status, trick.contentType, trick.body, trick.location);
  }
}

/** Also for refusals of a whole request (contract section 1.2). */
const CREATED = 201;
