import { fail, ok, type Finding } from '../finding.ts';

/** What the apps need (`engines` of the workspace). */
const NODE_MIN = [24, 12] as const;

export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
  const says = `Node.js ${version}`;
  return fits ? ok(says) : fail(says, `install Node.js ${NODE_MIN.join('.')} or later`);
}
