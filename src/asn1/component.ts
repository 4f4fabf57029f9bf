/**
 * Components of SET and SEQUENCE: how each may be present, and how the declared object of
 * components becomes a TypeScript type.
 *
 * Source: X.680 25.
 */
import type { Asn1Type } from './type.js';
import type { BerWriter } from './writer.js';

export type Presence = 'required' | 'optional' | 'default';

export interface Component<T, P extends Presence = Presence> {
  readonly type: Asn1Type<T>;
  readonly presence: P;
  /** Of a DEFAULT component: the value that is not sent. */
  readonly defaultValue?: T;
  /** Whether a value is the default, where `===` cannot tell. */
  readonly isDefault?: (value: T) => boolean;
}

type ValueOf<C> = C extends { readonly type: Asn1Type<infer T> } ? T : never;
type OptionalKeys<C> = {
  [K in keyof C]: C[K] extends { readonly presence: 'optional' } ? K : never;
}[keyof C];

type Flat<T> = { [K in keyof T]: T[K] };

/** A mandatory or defaulted component is there; an optional one may be missing. */
export type ComponentValues<C> = Flat<
  { readonly [K in Exclude<keyof C, OptionalKeys<C>>]: ValueOf<C[K]> } & {
    readonly [K in OptionalKeys<C>]?: ValueOf<C[K]>;
  }
>;

export function required<T>(type: Asn1Type<T>): Component<T, 'required'> {
  return { type, presence: 'required' };
}

export function optional<T>(type: Asn1Type<T>): Component<T, 'optional'> {
  return { type, presence: 'optional' };
}

/** DEFAULT. Decoding fills it in; encoding leaves it out when it is `value` (or `isDefault`). */
export function withDefault<T>(
  type: Asn1Type<T>,
  value: NoInfer<T>,
  isDefault: (value: T) => boolean = (other) => other === value,
): Component<T, 'default'> {
  return { type, presence: 'default', defaultValue: value, isDefault };
}

/** SET OF or SEQUENCE OF with DEFAULT {}. */
export function listOrEmpty<T>(type: Asn1Type<readonly T[]>): Component<readonly T[], 'default'> {
  return withDefault<readonly T[]>(type, [], (list) => list.length === 0);
}

/** Named bits with DEFAULT {}. */
export function bitsOrNone<T extends string>(
  type: Asn1Type<ReadonlySet<T>>,
): Component<ReadonlySet<T>, 'default'> {
  return withDefault<ReadonlySet<T>>(type, new Set<T>(), (bits) => bits.size === 0);
}

/** A component with the types erased, as the walkers see it. */
export interface ErasedComponent {
  readonly name: string;
  readonly type: Asn1Type<unknown>;
  readonly presence: Presence;
  readonly defaultValue: unknown;
  readonly isDefault: (value: unknown) => boolean;
}

/** The declared components in order. The one place where their types are erased. */
export function erase(components: object): ErasedComponent[] {
  return Object.entries(components as Record<string, Component<unknown>>).map(
    ([name, { type, presence, defaultValue, isDefault }]) => ({
      name,
      type,
      presence,
      defaultValue,
      isDefault: isDefault ?? (() => false),
    }),
  );
}

/** Encodes the components in reverse, as the writer wants them. */
export function encodeComponents(
  writer: BerWriter,
  components: readonly ErasedComponent[],
  value: Readonly<Record<string, unknown>>,
): void {
  for (let i = components.length - 1; i >= 0; i -= 1) {
    const component = components[i];
    if (component === undefined) continue;
    const field = value[component.name];
    if (field === undefined || (component.presence === 'default' && component.isDefault(field))) {
      continue;
    }
    component.type.encode(writer, field);
  }
}
