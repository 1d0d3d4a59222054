/**
 * Reads a phone in E.164 with its plus sign as a number of at most 15 digits, which is a safe integer and takes eight
 * bytes in the book. What the provider does with `07…` is unknown (contract section 1.1); here it is no phone.
 */
export function readPhone(text: string): number | undefined {
  return E164.test(text) ? Number(text.slice(1)) : undefined;
}

export function showPhone(phone: number): string {
  return `+${phone}`;
}

const E164 = /^\+[1-9]\d{6,14}$/;
