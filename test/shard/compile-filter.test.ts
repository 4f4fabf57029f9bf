/** What the index is left to decide of a filter, and what opens a message. */
import { describe, expect, test } from 'vitest';
import { AttributeProblems } from '../../src/shard/attribute-problems.js';
import { scanOptionsOf } from '../../src/shard/column-conditions.js';
import { compileFilter } from '../../src/shard/compile-filter.js';
import { signatureOfText } from '../../src/store/index/subject-signature.js';
import type { Filter } from '../../src/x413/filter.js';
import {
  and,
  equality,
  int,
  item,
  not,
  or,
  present,
  priority,
  teletex,
} from '../support/p7-user.js';

const STATUS = '2.6.4.3.15';
const PRIORITY = '2.6.4.3.31';
const LENGTH = '2.6.4.3.6';
const NUMBER = '2.6.4.3.39';
const SUBJECT = '2.6.1.7.4';
const HEADING = '2.6.1.7.0';

const atLeast = (type: string, value: number) =>
  item({ kind: 'greaterOrEqual', value: { type, value: int(value) } });
const atMost = (type: string, value: number) =>
  item({ kind: 'lessOrEqual', value: { type, value: int(value) } });

function scanOf(filter: Filter) {
  const problems = new AttributeProblems();
  const { conditions, test } = compileFilter(filter, '88', problems);
  expect(problems.isEmpty).toBe(true);
  const { from, to, statuses, ranges, subjectSignature } = scanOptionsOf(
    conditions,
    { from: null, to: null },
    false,
  );
  return { from, to, statuses, ranges, subjectSignature, isDecided: test === null };
}

const ALL = { from: null, to: null, statuses: null, ranges: [], subjectSignature: 0 };
const urgent = { column: 'priority', from: 2, to: 2 };

describe('the part of a filter that the index decides', () => {
  test.each<[string, Filter, object, boolean]>([
    ['status', equality(STATUS, int(1)), { statuses: ['listed'] }, true],
    ['a status that none has', equality(STATUS, int(7)), { statuses: [] }, true],
    ['priority', equality(PRIORITY, priority(2)), { ranges: [urgent] }, true],
    [
      'presence of a number',
      present(PRIORITY),
      { ranges: [{ column: 'priority', from: 0, to: Infinity }] },
      true,
    ],
    [
      'a length',
      atLeast(LENGTH, 9),
      { ranges: [{ column: 'contentLength', from: 9, to: Infinity }] },
      true,
    ],
    [
      'what no length is below',
      atLeast(LENGTH, -1),
      {
        ranges: [{ column: 'contentLength', from: 0, to: Infinity }],
      },
      true,
    ],
    ['a range of numbers', and(atLeast(NUMBER, 3), atMost(NUMBER, 7)), { from: 3, to: 7 }, true],
    [
      'both of two columns',
      and(equality(STATUS, int(0)), equality(PRIORITY, priority(2))),
      { statuses: ['new'], ranges: [urgent] },
      true,
    ],
    [
      'a column, and what the message says',
      and(equality(PRIORITY, priority(2)), present(HEADING)),
      { ranges: [urgent] },
      false,
    ],
    [
      'either of two values: the bounds around them',
      or(equality(PRIORITY, priority(1)), equality(PRIORITY, priority(2))),
      { ranges: [{ column: 'priority', from: 1, to: 2 }] },
      false,
    ],
    ['either of two columns: nothing', or(equality(STATUS, int(0)), present(PRIORITY)), {}, false],
    ['one of one', or(equality(STATUS, int(0))), { statuses: ['new'] }, true],
    ['a contrary: nothing', not(equality(STATUS, int(0))), {}, false],
    ['and of nothing', and(), {}, true],
    ['or of nothing', or(), {}, false],
    [
      'a subject, by its pairs of letters',
      equality(SUBJECT, teletex('ab')),
      { subjectSignature: signatureOfText(Buffer.from('AB')) },
      false,
    ],
    ['what is not of a subject: nothing', not(equality(SUBJECT, teletex('ab'))), {}, false],
  ])('%s', (_what, filter, options, isDecided) => {
    expect(scanOf(filter)).toEqual({ ...ALL, ...options, isDecided });
  });
});
