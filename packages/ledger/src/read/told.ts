import { maskPhones } from '@salio/domain';
import type { StoryEvent } from './story.ts';

export type Detail = StoryEvent['detail'];

/** A text of somebody else's on one line, with its phones masked: what a terminal or a log would take for more is a space. */
export function quote(text: string | number, mark = '"'): string {
  const oneLine = String(text).replace(/[\p{Cc}\s]+/gu, ' ');
  return `${mark}${maskPhones(oneLine.trim())}${mark}`;
}

/** `: why`, or nothing. */
export function because(reason: string | number | undefined): string {
  return reason === undefined || reason === '' ? '' : `: ${quote(reason, '')}`;
}
