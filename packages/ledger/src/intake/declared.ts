import {
  contentHash,
  parseCurrency,
  readFurtherTerms,
  sumByCurrency,
  ON_REJECTIONS,
  type BatchId,
  type Declaration,
  type Money,
  type Terms,
} from '@salio/domain';

/** Most missing page numbers that a verdict names. */
const MISSING_NAMED_MAX = 100;

/** A submission as it is held while it is decided. */
export interface Standing {
  no: number;
  state: string;
  batch_id: BatchId;
  source: string;
  client_reference: string;
  batch_no: number | null;
  content_hash: string | null;
  declared_pages: number | null;
  declared_rows: number | null;
  declared_content_hash: string | null;
  declared_sums: Record<string, string> | null;
  on_rejections: string | null;
  allow_duplicates: boolean | null;
  further_terms: Record<string, string> | null;
}

/** A page as the ledger has it. */
export interface PageRow {
  page: number;
  hash: string;
  rows: number;
  control_sums: Record<string, string>;
}

/** What its submitter declared; empty where the closing has not come. */
export function declared(standing: Standing): { declaration?: Declaration; terms?: Terms } {
  const { declared_pages: pages, declared_rows: rows, declared_content_hash: hash } = standing;
  const onRejections = ON_REJECTIONS.find((value) => value === standing.on_rejections);
  if (pages === null || rows === null || hash === null || !onRejections) return {};
  const controlSums = moneyOf(standing.declared_sums ?? {});
  return {
    declaration: { pages, rows, contentHash: hash, controlSums },
    terms: {
      onRejections,
      allowDuplicates: standing.allow_duplicates ?? false,
      ...readFurtherTerms(standing.further_terms ?? {}),
    },
  };
}

/** What its pages amount to. */
export function found(pages: readonly PageRow[], terms: Terms): Declaration {
  const rows = pages.reduce((total, page) => total + page.rows, 0);
  const hashes = pages.map((page) => page.hash);
  return {
    pages: pages.length,
    rows,
    contentHash: contentHash(terms, rows, hashes),
    controlSums: sumByCurrency(pages.flatMap((page) => moneyOf(page.control_sums))),
  };
}

/** Numbers of pages that have not come, the first of them. */
export function missingPages(pages: readonly PageRow[], wanted: number): number[] {
  const present = new Set(pages.map((page) => page.page));
  const missing: number[] = [];
  for (let page = 0; page < wanted && missing.length < MISSING_NAMED_MAX; page += 1) {
    if (!present.has(page)) missing.push(page);
  }
  return missing;
}

function moneyOf(sums: Record<string, string>): Money[] {
  return Object.entries(sums).flatMap(([code, units]) => {
    const currency = parseCurrency(code);
    return currency ? [{ currency, units: BigInt(units) }] : [];
  });
}
