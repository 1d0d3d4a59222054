/** What the simulator does for a phone with these last four digits, and how a line to it must end. */
export interface Misbehaviour {
  readonly digits: string;
  readonly does: string;
  /** The ending by the ordered rules of the design, section 5. */
  readonly ends: string;
  readonly oddities?: readonly string[];
}

export const MISBEHAVIOURS: readonly Misbehaviour[] = [
  // Contract 1.6: one line.
  { digits: '9901', does: 'refuses the amount', ends: 'refused line_refused' },
  { digits: '9902', does: 'refuses the phone', ends: 'refused line_refused' },
  { digits: '9903', does: 'refuses with a text that nobody knows', ends: 'refused line_refused' },
  { digits: '9904', does: 'accepts with a status that nobody knows', ends: 'accepted' },
  { digits: '9905', does: 'accepts with status Queued', ends: 'accepted' },
  {
    digits: '9906',
    does: 'pays, and says Failed with an id',
    ends: 'unknown unrecognised',
    oddities: ['count_differs'],
  },
  {
    digits: '9907',
    does: 'pays, and says Sent without an id',
    ends: 'unknown unrecognised',
    oddities: ['count_differs'],
  },
  { digits: '9908', does: 'accepts what the network refuses later', ends: 'accepted' },
  {
    digits: '9909',
    does: 'pays, and leaves the line out',
    ends: 'unknown line_missing',
    oddities: ['count_differs'],
  },
  {
    digits: '9910',
    does: 'lists the line twice',
    ends: 'accepted',
    oddities: ['count_differs', 'listed_twice'],
  },
  {
    digits: '9911',
    does: 'lists the line as Sent and as Failed',
    ends: 'accepted',
    oddities: ['listed_twice'],
  },
  { digits: '9912', does: 'repeats the id of another line', ends: 'accepted' },
  { digits: '9913', does: 'pays half', ends: 'accepted', oddities: ['amount_differs'] },

  // Contract 3.2 and 3.3: the answer is plain; what goes wrong is the notification, or the validation before it.
  ...Array.from({ length: 13 }, (_, number) => {
    const does = number < 10 ? 'notifies amiss' : 'validates amiss';
    return { digits: String(9940 + number), does, ends: 'accepted' };
  }),

  // Contract 5: the answer is lost.
  { digits: '9915', does: 'pays and hangs', ends: 'unknown timeout' },
  { digits: '9916', does: 'hangs', ends: 'unknown timeout' },
  { digits: '9917', does: 'pays and cuts the connection', ends: 'unknown UND_ERR_SOCKET' },
  { digits: '9918', does: 'cuts the connection', ends: 'unknown UND_ERR_SOCKET' },
  { digits: '9919', does: 'pays and cuts the answer', ends: 'unknown UND_ERR_SOCKET' },

  // Contract 1.7: other statuses and other content.
  { digits: '9920', does: 'pays and says 500', ends: 'unknown http_500' },
  { digits: '9921', does: 'says 500', ends: 'unknown http_500' },
  { digits: '9922', does: 'pays and says 502', ends: 'unknown http_502' },
  { digits: '9923', does: 'says 502', ends: 'unknown http_502' },
  { digits: '9924', does: 'pays and says 503', ends: 'unknown http_503' },
  { digits: '9925', does: 'says 503', ends: 'unknown http_503' },
  { digits: '9926', does: 'says 429', ends: 'unknown http_429' },
  { digits: '9927', does: 'pays and answers in HTML', ends: 'unknown unreadable' },
  { digits: '9928', does: 'answers in HTML', ends: 'unknown unreadable' },
  { digits: '9929', does: 'pays and answers in other JSON', ends: 'unknown unreadable' },
  { digits: '9930', does: 'pays and says 202', ends: 'unknown http_202' },
  {
    digits: '9931',
    does: 'pays and counts nothing',
    ends: 'accepted',
    oddities: ['count_differs'],
  },
  { digits: '9938', does: 'says 401', ends: 'refused http_401' },
  { digits: '9939', does: 'says 307', ends: 'unknown http_307' },

  // Contract 1.5: the whole request.
  { digits: '9932', does: 'says that the account is not enabled', ends: 'refused nothing_sent' },
  { digits: '9933', does: 'says that the trial limit is reached', ends: 'refused nothing_sent' },
  { digits: '9934', does: 'speaks of a duplicate', ends: 'duplicate duplicate' },
  { digits: '9935', does: 'pays and speaks of a duplicate', ends: 'duplicate duplicate' },
  {
    digits: '9936',
    does: 'refuses with a text that nobody knows, at the top',
    ends: 'unknown line_missing',
  },
  {
    digits: '9937',
    does: 'pays and refuses with a text that nobody knows',
    ends: 'unknown line_missing',
  },
];
