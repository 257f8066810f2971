import { conflictProblems } from './problems/conflict.problems';
import type { Problem } from './problems/problem';
import { requestProblems } from './problems/request.problems';
import { serverProblems } from './problems/server.problems';
import { unacceptableProblems } from './problems/unacceptable.problems';

/**
 * Every problem this service answers with: its HTTP status, a title and what to do about it. The catalogue is served
 * at /problems/<code>, feeds the OpenAPI document, and is the closed set of codes a `Rejected` may carry.
 */
const catalogue = { ...requestProblems, ...conflictProblems, ...unacceptableProblems, ...serverProblems };

export type ProblemCode = keyof typeof catalogue;
export const problems: Readonly<Record<ProblemCode, Problem>> = catalogue;
export const problemCodes = Object.keys(catalogue) as readonly ProblemCode[];
