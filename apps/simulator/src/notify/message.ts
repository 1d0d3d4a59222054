import { hash } from 'node:crypto';
import type { Credit } from '../book/credits.ts';
import { showMoney } from '../money.ts';
import { showPhone } from '../phone.ts';
import { TEXTS } from '../scenario.ts';
import type { Style } from './style.ts';

/** What is posted to NOTIFY_URL. */
export interface Message {
  readonly contentType: string;
  readonly body: string;
  /** Whether the line counts as acknowledged only where this one was answered with 200. */
  readonly mustArrive: boolean;
}

/** A line whose end is to be told. */
export interface Notice {
  readonly requestId: string;
  readonly credit: Credit;
  /** In ten-thousandths. */
  readonly discount: number;
  /** The name of the fault that it meets. */
  readonly fault: string | undefined;
  /** The order of a contradicting pair. */
  readonly failedFirst: boolean;
}

/** What is sent for a line, in this order (contract section 3.2). */
export function messagesOf(notice: Notice, style: Style): readonly Message[] {
  const { credit, fault, requestId } = notice;
  const truth = message(notice, credit.credited, style);
  switch (fault) {
    case 'twice':
      return [truth, truth];
    case 'contradicting': {
      const failed = message(notice, false, style);
      return notice.failedFirst ? [failed, truth] : [truth, failed];
    }
    case 'minimal':
      return [message(notice, credit.credited, { ...style, fields: 'minimal' })];
    case 'foreign': {
      const other = message({ ...notice, requestId: foreignId(requestId) }, false, style);
      return [truth, { ...other, mustArrive: false }];
    }
    case 'garbled':
      return [{ contentType: truth.contentType, body: GARBLED, mustArrive: false }, truth];
    case undefined:
    default:
      return [truth];
  }
}

/** An id that the simulator never gave, told beside this one. Whoever saw both can tell where it came from. */
export function foreignId(requestId: string): string {
  return `ATQid_${hash('sha256', `foreign ${requestId}`).slice(0, 32)}`;
}

function message(notice: Notice, isSuccess: boolean, { encoding, fields }: Style): Message {
  const status = isSuccess ? 'Success' : 'Failed';
  const { requestId } = notice;
  const said = fields === 'minimal' ? { requestId, status } : described(notice, status);
  return encoding === 'json'
    ? { contentType: 'application/json', body: JSON.stringify(said), mustArrive: true }
    : {
        contentType: 'application/x-www-form-urlencoded',
        body: new URLSearchParams(said).toString(),
        mustArrive: true,
      };
}

/** The fields of the documented sample. Whether a Failed carries a discount is unknown. */
function described(
  { requestId, credit, discount, fault }: Notice,
  status: 'Success' | 'Failed',
): Record<string, string> {
  const { phone, currency, tenThousandths } = credit;
  const failure = fault === 'duplicate_failed' ? TEXTS.duplicate : TELCO_FAILED;
  return {
    phoneNumber: showPhone(phone),
    description: status === 'Success' ? 'Airtime Delivered Successfully' : failure,
    status,
    requestId,
    discount: showMoney(currency, discount),
    value: showMoney(currency, tenThousandths),
  };
}

/** An invention: no failure's description is known. */
const TELCO_FAILED = 'The operator could not credit the subscriber';
/** Neither JSON nor a form that names anything. */
const GARBLED = '<?xml version="1.0"?><notification><airtime';
