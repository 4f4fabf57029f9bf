// Writes docs/attributes.md: every attribute type that the store answers, out of the table in
// src/x413, and every one that it does not, out of docs/attributes-missing.tsv. With --print it
// shows the page instead. Needs a build.
import { readFileSync, writeFileSync } from 'node:fs';
import { attributesOf } from '../dist/x413/attribute-table.js';
import { MATCHING } from '../dist/x413/matching.js';

const root = new URL('..', import.meta.url);
const missing = readFileSync(new URL('docs/attributes-missing.tsv', root), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t'));

const GROUPS = [
  ['General', /^2\.6\.4\./],
  ['Interpersonal: kind and parts', /^2\.6\.1\.6\./],
  ['Interpersonal: heading', /^2\.6\.1\.(7|13)\./],
  ['Interpersonal: body', /^2\.6\.1\.8\./],
  ['Interpersonal: notifications', /^2\.6\.1\.9\./],
  ['Interpersonal: extended body parts', /^(2\.6\.1\.(4|11)|1\.3\.26\.0\.4406\.0\.7)\./],
  ['Military', /^1\.3\.26\.0\.4406\.0\.3\./],
  ['EDI', /^2\.6\.7\./],
];
const ENTRIES = [
  ['delivered-message', 'D'],
  ['delivered-report', 'R'],
  ['returned-content', 'C'],
  ['submitted-message', 'S'],
  ['submitted-probe', 'P'],
  ['draft-message', 'F'],
  ['auto-action-event', 'A'],
];

const RULE_SETS = Object.entries(MATCHING).filter(([name]) => name !== 'none');

/** Names of rules; a star where the edition of 1988 does not have one. */
function rulesOf({ equality, ordering, substrings, others, notIn88 }) {
  const star = (kind) => (notIn88.includes(kind) ? '\\*' : '');
  const kinds = { equality, ordering, substrings };
  const named = Object.entries(kinds).flatMap(([kind, rule]) =>
    rule === null ? [] : [rule.name + star(kind)],
  );
  return [...named, ...others.map(({ name }) => `${name}\\*`)].join(', ');
}

function rowOf(definition) {
  const { name, oid, edition, isMultiValued, matching, entryTypes } = definition;
  const entries = ENTRIES.filter(([type]) => entryTypes.includes(type)).map(([, letter]) => letter);
  const cells = [
    name,
    oid,
    isMultiValued ? 'multi' : 'single',
    entries.join(''),
    definition.isListable ? 'L' : '',
    definition.isSummarizable ? 'S' : '',
    definition.isIndexed ? 'yes' : '',
    edition,
    RULE_SETS.find(([, rules]) => rules === matching)?.[0] ?? '',
  ];
  return `| ${cells.join(' | ')} |`;
}

const HEAD = [
  '| name | identifier | values | entries | list | summarize | index | edition | rules |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
];
const all = attributesOf('94');
const sections = GROUPS.flatMap(([title, pattern]) => {
  const rows = all.filter(({ oid }) => pattern.test(oid)).map(rowOf);
  return [`## ${title}`, '', ...HEAD, ...rows, ''];
});

const text = `# Attributes

Made by \`make attributes\` out of the table in \`src/x413\`; not written by hand.

${all.length} attribute types are answered, ${missing.length} are not: those are at the end, each with
its reason. An attribute that an entry has not is left out of an answer, and so is one that cannot be
read out of a broken content; neither is an error.

- **entries**: D delivered message, R delivered report, C returned content; and, as soon as such
  entries are kept, S submitted message, P submitted probe, F draft, A auto-action event.
- **list**, **summarize**: may be asked for in List (and an alert), in Summarize.
- **index**: answered from the index; no message file is opened.
- **edition**: 94 is only there where the application context is one of 1994.
- **rules**: a set of matching rules; which ones it has, the next table says.

Values are the octets that arrived, wherever the syntax of the attribute is that of its source; a field
whose tag was replaced gets the tag of its type. An extended body part's data and parameters are under
the EXPLICIT [0] in which they came. Besides the extended body parts of the list, any other identifier
below 2.6.1.4, 2.6.1.11 and 1.3.26.0.4406.0.7 is answered too.

## Matching rules

A star marks what came in 1994.

| set | rules |
| --- | --- |
${RULE_SETS.map(([name, rules]) => `| ${name} | ${rulesOf(rules)} |`).join('\n')}

${sections.join('\n')}
## Not there

| name | identifier | reason |
| --- | --- | --- |
${missing.map(([oid, name, reason]) => `| ${name} | ${oid} | ${reason} |`).join('\n')}
`;
if (process.argv.includes('--print')) process.stdout.write(text);
else writeFileSync(new URL('docs/attributes.md', root), text);
