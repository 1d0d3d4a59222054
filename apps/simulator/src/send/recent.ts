/** One send request, as the control API shows it. */
export interface RecentRequest {
  readonly number: number;
  /** When its body was whole, in milliseconds since 1970. */
  readonly atMs: number;
  readonly username: string;
  readonly key: string | null;
  /** At most PHONES_KEPT, as the client wrote them. */
  readonly phones: readonly string[];
  readonly recipients: number;
  readonly accepted: number;
  /** What was done: that of Taken, or the status of the gateway's own answer, such as `401`. */
  readonly ending: string;
  /** The ending digits of the scenario that decided for the whole request. */
  readonly scenario: string | null;
  /** The name of the fault that it met. */
  readonly fault: string | null;
}

/** Enough to recognise a request by, and little to keep. */
export const PHONES_KEPT = 50;
