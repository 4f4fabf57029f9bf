/**
 * Who may bind as whom, and to which mailbox an address belongs. Answers from memory; what it holds
 * is handed in, from the configuration file or, later, from LDAP.
 *
 * Source: ours; X.402 (1999) 18.4 for when addresses are equal.
 */
import type { Oid } from '../asn1/primitive.js';
import { present } from '../base/assert.js';
import { ConfigError } from '../base/errors.js';
import type { Unsubscribed } from '../engine/contract.js';
import type { MailboxId } from '../engine/mailbox-id.js';
import { SPELLINGS_REMEMBERED_MAX } from '../limits.js';
import { orAddressKey } from '../x411/or-address-key.js';
import { parseOrAddress } from '../x411/or-address-text.js';
import { type OrName, orNameOfContents } from '../x411/or-name.js';
import { PasswordVerifier } from './password.js';

export interface MailboxRecord {
  readonly id: MailboxId;
  /**
   * O/R addresses in text form; mail for each comes here, and binds as each are for this mailbox.
   */
  readonly addresses: readonly string[];
  readonly passwordHash: string;
  /** What may be delivered; absent: everything. */
  readonly deliverable?: Deliverable;
  /** Whether a copy is kept of what the user submits without saying. */
  readonly keepsSubmitted?: boolean;
  /** Absent: all that is served is subscribed to. */
  readonly unsubscribed?: Unsubscribed;
}

/** What a user has registered as deliverable, and the MTS was told of by whoever set it up. */
export interface Deliverable {
  /** Absent: every type. */
  readonly contentTypes?: readonly Oid[] | undefined;
  readonly contentBytesMax?: number | undefined;
}

export interface MtaRecord {
  readonly name: string;
  readonly passwordHash: string;
  /** Where reports go that name no mailbox of ours. A report has no recipient of its own. */
  readonly reportsTo: MailboxId | null;
}

export class Directory {
  readonly #byAddress = new Map<string, MailboxRecord>();
  readonly #mtas = new Map<string, MtaRecord>();
  /** The first address of each mailbox, which stands for it where the store must give a name. */
  readonly #names = new Map<MailboxId, OrName>();
  /** Contents octets of O/R names, one character an octet. */
  readonly #spellings = new Map<string, MailboxId | null>();
  readonly #deliverable = new Map<MailboxId, Deliverable>();
  readonly #keepingSubmitted = new Set<MailboxId>();
  readonly #unsubscribed = new Map<MailboxId, Unsubscribed>();
  readonly #passwordHashes = new Map<MailboxId, string>();
  readonly #passwords = new PasswordVerifier();

  /** Throws ConfigError for an address that cannot be read or belongs to two mailboxes. */
  constructor(mailboxes: readonly MailboxRecord[], mtas: readonly MtaRecord[]) {
    for (const [index, mailbox] of mailboxes.entries()) {
      this.#passwordHashes.set(mailbox.id, mailbox.passwordHash);
      if (mailbox.keepsSubmitted) this.#keepingSubmitted.add(mailbox.id);
      if (mailbox.unsubscribed) this.#unsubscribed.set(mailbox.id, mailbox.unsubscribed);
      if (mailbox.deliverable) this.#deliverable.set(mailbox.id, mailbox.deliverable);
      for (const address of mailbox.addresses) this.#add(`mailboxes[${index}]`, mailbox, address);
    }
    for (const mta of mtas) this.#mtas.set(mta.name, mta);
  }

  #add(key: string, mailbox: MailboxRecord, address: string): void {
    const parsed = parseOrAddress(address);
    if (parsed.kind === 'problem') throw new ConfigError(`${key}.address`, parsed.problem);
    const addressKey = orAddressKey(parsed.name);
    const other = this.#byAddress.get(addressKey);
    if (other !== undefined) {
      throw new ConfigError(`${key}.address`, `the same address as mailbox ${other.id}`);
    }
    this.#byAddress.set(addressKey, mailbox);
    if (!this.#names.has(mailbox.id)) this.#names.set(mailbox.id, parsed.name);
  }

  /** The mailbox of an address, or null. */
  mailboxOf(name: OrName): MailboxId | null {
    return this.#byAddress.get(orAddressKey(name))?.id ?? null;
  }

  /**
   * The same for the contents octets of an ORName. Remembered: traffic goes to few addresses, which
   * are spelled in few ways. Throws a violation where the octets are no name.
   */
  mailboxOfContents(contents: Uint8Array): MailboxId | null {
    const key = Buffer.from(contents.buffer, contents.byteOffset, contents.length).toString(
      'latin1',
    );
    const known = this.#spellings.get(key);
    if (known !== undefined) return known;
    const mailbox = this.mailboxOf(orNameOfContents(contents));
    if (this.#spellings.size >= SPELLINGS_REMEMBERED_MAX) this.#spellings.clear();
    this.#spellings.set(key, mailbox);
    return mailbox;
  }

  /** What may be delivered to a mailbox; null: everything. */
  deliverableOf(mailbox: MailboxId): Deliverable | null {
    return this.#deliverable.get(mailbox) ?? null;
  }

  /** Whether a copy is kept of what the user submits without saying. */
  keepsSubmitted(mailbox: MailboxId): boolean {
    return this.#keepingSubmitted.has(mailbox);
  }

  /** What the user of a mailbox is to be refused as not subscribed to; null: nothing. */
  unsubscribedOf(mailbox: MailboxId): Unsubscribed | null {
    return this.#unsubscribed.get(mailbox) ?? null;
  }

  /** The name by which the store answers for a mailbox; for null, for the first there is. */
  nameOf(mailbox: MailboxId | null): OrName | null {
    const [first] = this.#names.values();
    return (mailbox === null ? first : this.#names.get(mailbox)) ?? null;
  }

  /** The hash of a mailbox's password, as long as its user has not changed that. */
  passwordHashOf(mailbox: MailboxId): string {
    return present(this.#passwordHashes.get(mailbox), 'a mailbox has a password');
  }

  /**
   * The mailbox that the user may bind to, or null: unknown and wrong password look the same.
   * `changedHash` is that of the password that the user has set, null where there is none.
   */
  async authenticateUser(
    name: OrName,
    password: Uint8Array | null,
    changedHash: string | null = null,
  ): Promise<MailboxId | null> {
    const mailbox = this.#byAddress.get(orAddressKey(name));
    const hash = changedHash ?? mailbox?.passwordHash ?? null;
    const isRight = await this.#passwords.verify(password ?? new Uint8Array(0), hash);
    return isRight && password !== null ? (mailbox?.id ?? null) : null;
  }

  /** The MTA that has proved to be it, or null. */
  async authenticateMta(name: string, password: Uint8Array | null): Promise<MtaRecord | null> {
    const mta = this.#mtas.get(name);
    const hash = mta?.passwordHash ?? null;
    const isRight = await this.#passwords.verify(password ?? new Uint8Array(0), hash);
    return isRight && password !== null ? (mta ?? null) : null;
  }
}
