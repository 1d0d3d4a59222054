/** The first thing that is wrong with the audit chain. `block` is where. */
export type ChainProblem =
  /** A sealed fact is not what it was; or a fact stands among the sealed ones that was not there; or one is gone. */
  | {
      readonly kind: 'changed' | 'inserted' | 'removed';
      /** 0 for a fact with a number that is never given. */
      readonly block: number;
      readonly table: string;
      readonly number: string;
      /** Its key as it stands now; undefined where it is gone. */
      readonly fact: string | undefined;
    }
  /** Facts of a range are not what they were, and the leaves that would name which were changed too. */
  | {
      readonly kind: 'facts_differ';
      readonly block: number;
      readonly table: string;
      readonly after: string;
      readonly upto: string;
    }
  /** The facts are right, the leaves that would name them are not. */
  | { readonly kind: 'leaves_differ'; readonly block: number; readonly table: string }
  /** What the block says is not what its hash was made of. */
  | { readonly kind: 'block_changed'; readonly block: number }
  | { readonly kind: 'block_missing'; readonly block: number }
  /** It is not linked to the block before it; the first one: to this ledger. */
  | { readonly kind: 'link_broken'; readonly block: number }
  /** Its ranges don't go on where those before ended, or don't fit what else it says. */
  | { readonly kind: 'ranges_broken'; readonly block: number; readonly detail: string }
  /** A newer Salio sealed it. */
  | { readonly kind: 'form_unknown'; readonly block: number; readonly form: number }
  /** The chain ends at `block`, before the head that was noted. */
  | { readonly kind: 'tail_cut'; readonly block: number; readonly head: number }
  /** The block that was noted as the head has another hash. */
  | { readonly kind: 'recomputed'; readonly block: number };

/** One sentence for people. */
export function describeProblem(problem: ChainProblem): string {
  const where = `block ${problem.block}`;
  switch (problem.kind) {
    case 'changed':
      return `${factOf(problem)} was changed after it was sealed in ${where}`;
    case 'inserted':
      return `${factOf(problem)} was inserted among facts that were sealed before (${where})`;
    case 'removed':
      return `${factOf(problem)}, sealed in ${where}, was removed`;
    case 'facts_differ':
      return `facts of ${problem.table} with numbers above ${problem.after} up to ${problem.upto}, sealed in ${where}, and what would name them were changed`;
    case 'leaves_differ':
      return `the leaves of ${problem.table} in ${where} are not those that were sealed; its facts are right`;
    case 'block_changed':
      return `${where} was changed: its hash is not that of what it says`;
    case 'block_missing':
      return `${where} was removed`;
    case 'link_broken':
      return problem.block === 1
        ? `${where} is not linked to this ledger`
        : `${where} is not linked to the block before it: one of the two was replaced`;
    case 'ranges_broken':
      return `${where} does not go on where the blocks before ended: ${problem.detail}`;
    case 'form_unknown':
      return `${where} has form ${problem.form}, which this version does not know`;
    case 'tail_cut':
      return `the chain ends at ${where}, before the head that was given (${problem.head}): its tail was cut, or was lost in a restore or promotion`;
    case 'recomputed':
      return `${where} has another hash than the head that was given: the chain was recomputed, or went on from an older state after a restore or promotion`;
  }
}

function factOf(problem: { table: string; number: string; fact: string | undefined }): string {
  const { table, number, fact } = problem;
  return `fact ${number} of ${table}${fact === undefined ? '' : ` (${fact})`}`;
}
