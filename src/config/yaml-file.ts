/**
 * YAML files that people write: checked as a whole, and what is wrong said with its key and line.
 *
 * Source: ours. yaml keeps positions; zod gives the checks.
 */
import { existsSync, readFileSync } from 'node:fs';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from '../base/errors.js';

/** The text of a file. Throws ConfigError where there is none to be had. */
export function readYaml(path: string): string {
  if (!existsSync(path)) throw new ConfigError('', `${path} is not there`);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(path, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Throws ConfigError, which names the key and the line. */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): z.output<Schema> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { prettyErrors: true, lineCounter });
  const [broken] = document.errors;
  // What follows the first line shows the place once more.
  if (broken !== undefined) throw new ConfigError('', broken.message.split('\n')[0] ?? '');
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (!parsed.success) throw problemOf(parsed.error, document, lineCounter);
  return parsed.data;
}

/** The first thing that is wrong, with its key and the line of the nearest thing that is there. */
function problemOf(error: z.ZodError, document: Document, lines: LineCounter): ConfigError {
  const [issue] = error.issues;
  const isUnknown = issue?.code === 'unrecognized_keys';
  const path = [...(issue?.path ?? []), ...(isUnknown ? issue.keys.slice(0, 1) : [])];
  let line = 1;
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (!isNode(node) || node.range == null) continue;
    line = lines.linePos(node.range[0]).line;
    break;
  }
  const message = isUnknown ? 'there is no such key' : (issue?.message ?? 'not usable');
  return new ConfigError(formatPath(path), `${message} (line ${line})`);
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
