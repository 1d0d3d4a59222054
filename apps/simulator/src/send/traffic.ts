/** Counts send requests. */
export class Traffic {
  /** Since the simulator started, or since its reset. */
  seen = 0;
  inFlight = 0;
  /** The most that were in flight at once: from the arrival of a head until its answer has left, or its client. */
  mostInFlight = 0;
  /** The number of the last request; goes on where the book of an earlier start ended. */
  lastNumber: number;

  constructor(lastNumber: number) {
    this.lastNumber = lastNumber;
  }

  /** Gives back the new request's number. */
  enter(): number {
    this.seen += 1;
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    return this.nextNumber();
  }

  /** The number of a request that did not come over the wire. */
  nextNumber(): number {
    return (this.lastNumber += 1);
  }

  leave(): void {
    this.inFlight -= 1;
  }

  /** After a reset; what is in flight stays so. */
  clear(): void {
    this.seen = 0;
    this.mostInFlight = this.inFlight;
  }
}
