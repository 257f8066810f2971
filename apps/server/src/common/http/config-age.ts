/** The value of X-Config-Age: whole milliseconds, never fewer than it is. */
export const configAge = (ageMs: number): string => String(Math.ceil(ageMs));
