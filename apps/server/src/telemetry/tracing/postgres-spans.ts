import { Client } from 'pg';
import { tracing } from '../../common/tracing';

type Query = (this: Client, ...parameters: unknown[]) => unknown;

/** The first words of a statement say what it does, and hold no value: `SELECT config_revisions`. */
export function summaryOf(text: string): string {
  const verb = /^\s*(\w{1,20})/.exec(text)?.[1]?.toUpperCase() ?? 'QUERY';
  const table = /\b(?:FROM|INTO|UPDATE)\s+"?([a-z_]{1,63})"?/i.exec(text)?.[1];
  return table === undefined ? verb : `${verb} ${table}`;
}

/** Puts a span around each query of a sampled request. Gives what takes that back. */
export function tracePostgres(): () => void {
  const plain = Client.prototype.query as Query;
  const traced: Query = function (...parameters) {
    const tracer = tracing();
    if (tracer?.active() === undefined) return plain.apply(this, parameters);
    const [first] = parameters;
    const text = typeof first === 'string' ? first : (first as { text?: unknown } | undefined)?.text;
    const summary = summaryOf(typeof text === 'string' ? text : '');
    const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': summary };
    const last = parameters.at(-1);
    if (typeof last !== 'function')
      return tracer.inSpan(`postgresql ${summary}`, attributes, () => plain.apply(this, parameters));
    let result: unknown;
    const done = last as (...outcome: unknown[]) => void;
    void tracer
      .inSpan(`postgresql ${summary}`, attributes, () => {
        return new Promise<void>((resolve, reject) => {
          const called = (error: unknown, ...outcome: unknown[]): void => {
            if (error) reject(error as Error);
            else resolve();
            done(error, ...outcome);
          };
          result = plain.apply(this, [...parameters.slice(0, -1), called]);
        });
      })
      .catch(() => undefined);
    return result;
  };
  Client.prototype.query = traced as typeof Client.prototype.query;
  return () => {
    Client.prototype.query = plain as typeof Client.prototype.query;
  };
}
