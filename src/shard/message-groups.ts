/**
 * Message groups: a tree of names, registered from the outside in and taken out from the inside.
 *
 * Source: X.413 (1999) 6.5, 8.2.5, 9.11.
 */
import { foldText } from '../base/text.js';
import { MESSAGE_GROUP_DEPTH_MAX } from '../limits/upper-bounds.js';
import type { MessageGroupRegistration } from '../x413/register.js';
import { messageGroupError } from '../x413/registration-errors.js';
import type { MessageGroup } from './registrations.js';

type Name = readonly string[];

/**
 * The groups after the registrations were done in their order. `inUse`: keys of the groups that
 * entries are in. Throws message-group-error.
 */
export function changedGroups(
  current: readonly MessageGroup[],
  registrations: readonly MessageGroupRegistration[],
  inUse: ReadonlySet<string>,
): readonly MessageGroup[] {
  if (registrations.length === 0) return current;
  const groups = new Map(current.map((group) => [keyOf(group.name), group]));
  for (const { kind, value } of registrations) {
    if (kind === 'deregisterGroup') deregister(groups, value, inUse);
    else {
      const { messageGroupName: name, messageGroupDescriptor: descriptor = null } = value;
      if (kind === 'registerGroup') register(groups, { name, descriptor });
      else if (groups.has(keyOf(name))) groups.set(keyOf(name), { name, descriptor });
      else throw messageGroupError('name-not-registered', name);
    }
  }
  return [...groups.values()];
}

/** Throws message-group-error for the first name that is not registered. */
export function refuseUnknownGroups(names: readonly Name[], groups: readonly MessageGroup[]): void {
  const registered = new Set(groups.map(({ name }) => keyOf(name)));
  const unknown = names.find((name) => !registered.has(keyOf(name)));
  if (unknown !== undefined) throw messageGroupError('name-not-registered', unknown);
}

type Groups = Map<string, MessageGroup>;

function register(groups: Groups, group: MessageGroup): void {
  const { name } = group;
  if (name.length > MESSAGE_GROUP_DEPTH_MAX) throw messageGroupError('group-depth-exceeded', name);
  if (groups.has(keyOf(name))) throw messageGroupError('name-already-registered', name);
  if (name.length > 1 && !groups.has(keyOf(name.slice(0, -1)))) {
    throw messageGroupError('parent-not-registered', name);
  }
  groups.set(keyOf(name), group);
}

function deregister(groups: Groups, name: Name, inUse: ReadonlySet<string>): void {
  if (!groups.delete(keyOf(name))) throw messageGroupError('name-not-registered', name);
  const hasChild = [...groups.values()].some((other) => isWithin(other.name, name));
  if (hasChild) throw messageGroupError('child-group-registered', name);
  if (inUse.has(keyOf(name))) throw messageGroupError('group-not-empty', name);
}

/** Whether a group is somewhere beneath another one. */
export function isWithin(name: Name, parent: Name): boolean {
  return name.length > parent.length && keyOf(name.slice(0, parent.length)) === keyOf(parent);
}

/** Names are compared part by part, as lists of MSStrings are. */
export function keyOf(name: Name): string {
  return name.map(foldText).join('\0');
}
