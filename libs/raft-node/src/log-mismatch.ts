/** The database and the log do not belong together as they are; starting would lose or repeat entries. */
export class LogMismatch extends Error {
  override readonly name = 'LogMismatch';
}
