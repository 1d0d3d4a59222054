import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Connections } from './connections.ts';

/** How one HTTP request ended. */
export type ExchangeEnding =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly contentType: string;
      /** As UTF-8 text. */
      readonly body: string;
      /** The header, verbatim; undefined where there is none. */
      readonly retryAfter: string | undefined;
    }
  /** Proven: not one byte of the request left. */
  | { readonly kind: 'not_sent'; readonly reason: string }
  /** Bytes may have left, and no whole response came. */
  | { readonly kind: 'lost'; readonly reason: string };

export interface ExchangeRequest {
  readonly options: Dispatcher.DispatchOptions;
  /** Asked in the turn in which the first byte would leave: a reason, and none leaves. */
  readonly forbids: () => string | undefined;
  /** Milliseconds until `forbids` may say something else; it is asked again then, while no connection is free. */
  readonly askAgainMs: () => number;
  /** From the first byte that leaves to the last one of the response. */
  readonly timeoutMs: number;
  /** Any of them aborted before the first byte left: not sent, for the reason `stopped`. */
  readonly stops: readonly AbortSignal[];
  /** Whether a stop also ends a request that has started. Only for requests that move no money. */
  readonly abandonable: boolean;
}

/** Runs one HTTP request to its ending. Never rejects, and never sends anything twice. */
export function exchange(
  connections: Connections,
  request: ExchangeRequest,
): Promise<ExchangeEnding> {
  const reason = request.forbids();
  if (reason !== undefined) return Promise.resolve({ kind: 'not_sent', reason });
  return new Promise((resolve) => {
    const handler = new ExchangeHandler(connections, request, resolve);
    connections.dispatch(request.options, handler);
  });
}

/**
 * undici calls `onRequestStart` when a connection is free and before it writes; what is aborted in there is never written.
 * So "did it start" is a fact that this class knows, and no error code has to be interpreted: before the start every
 * ending is not_sent, after it every ending but a whole response is lost.
 */
class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #connections: Connections;
  readonly #request: ExchangeRequest;
  readonly #resolve: (ending: ExchangeEnding) => void;
  #started = false;
  #ended = false;
  #timer: NodeJS.Timeout;
  #giveUp: ((reason: string) => void) | undefined;
  #status = 0;
  #contentType = '';
  #retryAfter: string | undefined;
  #chunks: Buffer[] = [];

  constructor(
    connections: Connections,
    request: ExchangeRequest,
    resolve: (ending: ExchangeEnding) => void,
  ) {
    this.#connections = connections;
    this.#request = request;
    this.#resolve = resolve;
    this.#timer = this.#askLater();
    for (const stop of request.stops) stop.addEventListener('abort', this.#onStop);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const reason = this.#ended ? 'ended' : this.#request.forbids();
    if (this.#started) {
      // Not seen with these settings. What left before this second start is out; nothing more leaves.
      this.#end({ kind: 'lost', reason: 'started_twice' });
      controller.abort(new Error('started twice'));
    } else if (reason !== undefined) {
      this.#end({ kind: 'not_sent', reason });
      controller.abort(new Error(reason));
    } else {
      this.#start(controller);
    }
  }

  /** Comes more than once where there are early hints; the last one is the response. */
  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.#status = status;
    const type: unknown = headers['content-type'];
    this.#contentType = typeof type === 'string' ? type : ''; // given twice, it says nothing
    const retryAfter: unknown = headers['retry-after'];
    this.#retryAfter = typeof retryAfter === 'string' ? retryAfter : undefined;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks).toString('utf8');
    this.#end({
      kind: 'response',
      status: this.#status,
      contentType: this.#contentType,
      body,
      retryAfter: this.#retryAfter,
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: unknown): void {
    this.#end({ kind: this.#started ? 'lost' : 'not_sent', reason: reasonOf(error) });
  }

  #start(controller: Dispatcher.DispatchController): void {
    this.#started = true;
    const reset = this.#connections.traceStart();
    const giveUp = (reason: string) => {
      if (this.#ended) return;
      reset();
      this.#end({ kind: 'lost', reason });
      controller.abort(new Error(reason));
    };
    this.#giveUp = giveUp;
    clearTimeout(this.#timer);
    // A response may lie unread while a busy process was late for its timers: it is read before this is called lost.
    const timeUp = () => setImmediate(giveUp, 'timeout');
    this.#timer = setTimeout(timeUp, this.#request.timeoutMs);
  }

  /** While it waits for a connection: the clock decides, the timer only reminds. */
  #askLater(): NodeJS.Timeout {
    return setTimeout(
      () => {
        const reason = this.#request.forbids();
        if (reason === undefined) this.#timer = this.#askLater();
        else this.#end({ kind: 'not_sent', reason });
      },
      Math.min(this.#request.askAgainMs(), TIMER_MAX_MS),
    );
  }

  readonly #onStop = (): void => {
    if (!this.#started) this.#end({ kind: 'not_sent', reason: 'stopped' });
    else if (this.#request.abandonable) this.#giveUp?.('stopped');
  };

  /** The first ending counts. */
  #end(ending: ExchangeEnding): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    for (const stop of this.#request.stops) stop.removeEventListener('abort', this.#onStop);
    this.#chunks = [];
    this.#resolve(ending);
  }
}

/** Longest delay that a timer takes; a longer one fires at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The code of an error, or its class, and never its message, which may hold what was sent or received. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'odd_error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return 'response_too_large';
  return /^\w{1,64}$/.test(code) ? code : 'odd_error';
}
