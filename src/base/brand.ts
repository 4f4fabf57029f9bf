/**
 * Brands: types that are the same to the machine and must not be mixed by us.
 *
 * Source: ours.
 */
declare const brand: unique symbol;

/** A `Base` that only its minting function can make. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
