/** Names the account of a username, as slots, limits, notifications and permits know it. */
export function accountOf(username: string): string {
  return `africastalking/${username}`;
}
