/** Joins of a line `l` to its newest attempt `al` and `a`, to that one's newest send `s`, its answer `n` and ending `e`. */
export const NEWEST_SEND = `LEFT JOIN attempt_lines al ON al.batch_no = l.batch_no AND al.seq = l.seq
      AND al.attempt_no = l.attempt_no
    LEFT JOIN attempts a ON a.id = al.attempt_id
    LEFT JOIN LATERAL (
      SELECT send_no, opened_at FROM sends WHERE attempt_id = al.attempt_id ORDER BY send_no DESC LIMIT 1
    ) s ON true
    LEFT JOIN answers n ON n.attempt_id = al.attempt_id AND n.send_no = s.send_no
    LEFT JOIN endings e ON e.batch_no = l.batch_no AND e.seq = l.seq AND e.attempt_no = l.attempt_no
      AND e.send_no = s.send_no`;

/** What is said of a line: the provider's text for it, or for its whole request, else our reason. By it people choose lines. */
export const LINE_TEXT = `coalesce(nullif(nullif(e.error_text, 'None'), ''), nullif(nullif(n.error_message, 'None'), ''),
      l.reason, '')`;
