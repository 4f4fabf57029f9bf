// Reads the `Source:` lines of src and writes docs/standards.tsv: which file obeys which clause.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const source = new URL('../src', import.meta.url).pathname;
const rows = [];
for (const name of readdirSync(source, { recursive: true }).sort()) {
  if (!name.endsWith('.ts')) continue;
  const text = readFileSync(join(source, name), 'utf8');
  for (const [, sources] of text.matchAll(/Source: ([\s\S]*?)(?:\n \*\/|\n \*\n| \*\/)/g)) {
    const flat = sources.replaceAll(/\s*\n\s*\*?\s*/g, ' ').replace(/\.$/, '');
    if (!/^ours/i.test(flat)) rows.push(`${flat}\tsrc/${name}`);
  }
}
writeFileSync(
  new URL('../docs/standards.tsv', import.meta.url),
  `source\tfile\n${[...new Set(rows)].sort().join('\n')}\n`,
);
