/**
 * What every protocol layer is: a machine without sockets, clocks or promises. It is told what
 * comes from above and from below, and says what goes up and what goes down. The stack carries
 * primitives between neighbours; tests put two stacks back to back.
 *
 * A machine never throws for what a peer sends: a violation becomes the abort or refusal of its
 * layer and an indication upward. It throws InvariantError for a request out of sequence: our bug.
 *
 * Source: ours; the service conventions are X.210.
 */

/** One step's outcome, in order. */
export type Output<Up, Down> =
  | { readonly to: 'above'; readonly primitive: Up }
  | { readonly to: 'below'; readonly primitive: Down };

/**
 * `FromAbove` are the requests and responses of the layer's own service, `Up` its indications and
 * confirms; `Down` and `FromBelow` are the same of the service beneath.
 */
export interface LayerMachine<FromAbove, Up, Down, FromBelow> {
  fromAbove(primitive: FromAbove): readonly Output<Up, Down>[];
  fromBelow(primitive: FromBelow): readonly Output<Up, Down>[];
}

/** Which end of the association a machine is: who sent the first PDU. */
export type Role = 'initiator' | 'responder';
