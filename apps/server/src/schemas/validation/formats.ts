import {
  isDate,
  isDateTime,
  isDuration,
  isEmail,
  isHostname,
  isIdnEmail,
  isIPv4,
  isIPv6,
  isIri,
  isIriReference,
  isJsonPointer,
  isRegex,
  isRelativeJsonPointer,
  isTime,
  isUri,
  isUriReference,
  isUriTemplate,
  isUuid,
} from '@hyperjump/json-schema-formats';
import { isIdnHostname } from 'idn-hostname';
import type { Draft } from './validation.types';

/** Draft-04 and -06 know host names without internationalised labels. */
const plainHostname = 'hostname (RFC 1123)';

type FormatCheck = (text: string) => boolean;

/**
 * The formats of 2020-12, asserted in every draft: older drafts allow further formats, and whoever writes
 * `"format": "uuid"` in draft-07 expects the check. Unknown formats accept everything.
 */
const checks: Readonly<Record<string, FormatCheck>> = {
  'date-time': isDateTime,
  date: isDate,
  time: (text) => isTime(text) || isLeapSecond(text),
  duration: isDuration,
  email: isEmail,
  'idn-email': (text) => isInternationalDomain(text) && isIdnEmail(text),
  hostname: (text) => isHostname(text) && (!hasPunycodeMark(text) || isInternationalName(text)),
  [plainHostname]: isHostname,
  'idn-hostname': isInternationalName,
  ipv4: isIPv4,
  ipv6: isIPv6,
  uri: answering(isUri),
  'uri-reference': answering(isUriReference),
  iri: answering(isIri),
  'iri-reference': answering(isIriReference),
  'uri-template': isUriTemplate,
  uuid: isUuid,
  'json-pointer': isJsonPointer,
  'relative-json-pointer': isRelativeJsonPointer,
  regex: isRegex,
};

/** Formats whose check takes time linear in the text, so that they may run on the thread that serves requests. */
const linear: ReadonlySet<string> = new Set([
  'date-time',
  'date',
  'time',
  'duration',
  'hostname',
  plainHostname,
  'ipv4',
  'ipv6',
  'uuid',
  'json-pointer',
  'relative-json-pointer',
]);

export const formatNames: readonly string[] = Object.keys(checks);

export function formatCheck(name: string): FormatCheck | undefined {
  return Object.hasOwn(checks, name) ? checks[name] : undefined;
}

/** The name under which a draft's format is checked; undefined when it accepts everything. */
export function formatIn(draft: Draft, name: string): string | undefined {
  if (name === 'hostname' && (draft === 'draft-04' || draft === 'draft-06')) return plainHostname;
  return formatCheck(name) ? name : undefined;
}

export function isLinearFormat(name: string): boolean {
  return linear.has(name);
}

/** RFC 3339 section 5.6 allows second 60 where it is 23:59:60 in UTC; the library knows that with a date only. */
function isLeapSecond(text: string): boolean {
  const parts = /^(\d\d):(\d\d):60(\.\d+)?(?:[zZ]|([+-])(\d\d):(\d\d))$/.exec(text);
  if (!parts || !isTime(text.replace(':60', ':59'))) return false;
  const local = Number(parts[1]) * 60 + Number(parts[2]);
  const offset = parts[4] === undefined ? 0 : (Number(parts[5]) * 60 + Number(parts[6])) * (parts[4] === '-' ? -1 : 1);
  return (local - offset + 24 * 60) % (24 * 60) === 23 * 60 + 59;
}

/** A label like xn--... must decode; labels without the mark are plain host names. */
function hasPunycodeMark(text: string): boolean {
  return /(?:^|\.)..--/.test(text);
}

/**
 * Asked here and not of the formats' library, which prints why it refuses a name: content must not reach the standard
 * output. A dot at the end (any of the four that are one) is the root's, which no host name of a config means.
 */
function isInternationalName(text: string): boolean {
  return !/[.\uFF0E\u3002\uFF61]$/.test(text) && answering(isIdnHostname)(text);
}

/** The library would print about this one too, so it gets to see only addresses at names that are right. */
function isInternationalDomain(email: string): boolean {
  return email.endsWith(']') || isInternationalName(email.slice(email.lastIndexOf('@') + 1));
}

/** Some parsers throw instead of answering. */
function answering(check: FormatCheck): FormatCheck {
  return (text) => {
    try {
      return check(text);
    } catch {
      return false;
    }
  };
}
