import { answerRequests } from '../threads/thread-messages';
import type { DiffRequest } from './diff-text';
import { diffTexts } from './diff-text';

const encoder = new TextEncoder();

/** As bytes, which the other thread sends on without looking at them. */
answerRequests((request: DiffRequest) => encoder.encode(diffTexts(request)));
