/** A table of facts, as the audit chain sees it. */
export interface FactTable {
  readonly table: string;
  /** The column with the fact's number: given in the INSERT, by a sequence. */
  readonly number: 'id' | 'fact_no';
  /** Every other column. A form hashes these, in this order: a change of either is a new form. */
  readonly columns: readonly string[];
  /** Those of them that tell people which fact it is. */
  readonly key: readonly string[];
  /** The column that says when it was recorded; undefined where none does. */
  readonly at: string | undefined;
}

/** Which form new blocks are hashed in. */
export const FORM = 1;

/** The tables of facts in a form, in the order in which a block lists them; undefined for one that this version doesn't know. */
export function tablesOfForm(form: number): readonly FactTable[] | undefined {
  return form === FORM ? FACT_TABLES : undefined;
}

/** All tables of facts but the chain's own two. */
export const FACT_TABLES: readonly FactTable[] = [
  fact('ledgers', 'fact_no', '*id only +created_at'),
  fact('pages', 'fact_no', '*submission_no *page hash rows control_sums +taken_at'),
  fact('rejections', 'fact_no', '*submission_no *row reason column_name detail'),
  fact('batch_sums', 'fact_no', '*batch_no *currency lines amount'),
  fact('line_references', 'fact_no', '*source *reference batch_no seq'),
  fact('operator_actions', 'id', '+at *operator *verb *subject batch_id reason detail'),
  fact('trusts', 'id', '+at *system_identifier *timeline operators reason'),
  fact(
    'attempts',
    'fact_no',
    '*id *batch_no chunk lines account idempotency_key body_sha256 +opened_at',
  ),
  fact('attempt_lines', 'fact_no', '*batch_no *seq *attempt_no attempt_id'),
  fact('sends', 'fact_no', '*attempt_id *send_no epoch send_by resend_at +opened_at worker'),
  fact(
    'answers',
    'fact_no',
    `*attempt_id *send_no http_status num_sent took_ms +recorded_at kind reason error_message
     total_amount total_discount body_sha256`,
  ),
  fact(
    'endings',
    'fact_no',
    `*batch_no *seq *attempt_no *send_no amount discount kind scope reason request_id status
     error_text amount_currency discount_currency`,
  ),
  fact('discrepancies', 'id', '+at *kind *batch_no *seq attempt_id detail'),
  fact(
    'enquiries',
    'id',
    '+at *batch_no *seq *request_id status http_status reason body_sha256 operator',
  ),
  fact(
    'notifications',
    'id',
    `+at account *request_id *status description amount amount_currency discount discount_currency
     unreadable body_sha256`,
  ),
  fact(
    'validations',
    'id',
    `+at account *transaction_id currency amount source_address *answer reason attempt_id *batch_no
     *seq body_sha256`,
  ),
  fact('permits', 'fact_no', '+at *attempt_id *batch_no *seq account transaction_id'),
  fact('adoptions', 'id', '+at *request_id *batch_no *seq *attempt_no enquiry_id decision_id'),
  fact(
    'resolutions',
    'id',
    '+at *batch_no *seq *attempt_no from_state to_state evidence evidence_id request_id',
  ),
  fact('decisions', 'id', '+at *operator *verdict reason confirms selection lines sums'),
  fact('decision_lines', 'fact_no', '*decision_id *batch_no *seq attempt_no'),
  fact(
    'postings',
    'id',
    `+at *account *currency *kind *batch_no opened_at lines funded reserved spent due used reference
     operator reason`,
  ),
  fact(
    'webhook_tries',
    'id',
    '+at *endpoint_id *event_id batch_id type *try_no taken status error took_ms',
  ),
  fact(
    'statements',
    'fact_no',
    '*no +at *account period_from period_to sha256 rows sums counts profile operator',
  ),
  fact(
    'statement_words',
    'fact_no',
    '*statement_no *row amount discount told_at account *request_id word currency',
  ),
  fact('statement_findings', 'fact_no', '*discrepancy_id *statement_no row kind subject'),
  fact('discrepancy_steps', 'fact_no', '*discrepancy_id *step_no +at step operator reason'),
];

/** Columns between spaces; a star marks one of the key, a plus the one that says when. */
function fact(table: string, number: FactTable['number'], columns: string): FactTable {
  const marked = columns.split(/\s+/);
  const having = (mark: string) =>
    marked.filter((name) => name.startsWith(mark)).map((name) => name.slice(1));
  return {
    table,
    number,
    columns: marked.map((name) => name.replace(/^[*+]/, '')),
    key: having('*'),
    at: having('+')[0],
  };
}
