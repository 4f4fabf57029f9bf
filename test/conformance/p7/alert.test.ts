/** Rows MS-010 and MS-148 to MS-152 of the semantics checklist: auto-alert. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { composeReport } from '../../../src/client/index.js';
import { type Bench, conformanceBench, EDITIONS } from '../../support/conformance.js';
import { deliver, ipm, mtaLink } from '../../support/fixture-f1.js';
import {
  autoAlert,
  equality,
  int,
  P7User,
  priority,
  typesOf,
  valuesOf,
} from '../../support/p7-user.js';
import { addressOf } from '../../support/server.js';

const ENTRY_TYPE = '2.6.4.3.16';
const PRIORITY = '2.6.4.3.31';
const SUBJECT = '2.6.1.7.4';
const urgent = equality(PRIORITY, priority(2));

describe.each(EDITIONS)('auto-alert, edition %s', (edition) => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await conformanceBench(20);
  });
  afterAll(() => bench.dispose());
  const bind = (mailbox: string) => P7User.bind(bench.server, mailbox, { edition });
  /** A bound user with auto-alert 3 on urgent messages. */
  const registered = async () => {
    const user = await bind(bench.empty());
    const requestedAttributes = [{ type: PRIORITY }, { type: SUBJECT }];
    const alert = autoAlert(3, { filter: urgent, requestedAttributes });
    await user.register({ autoActionRegistrations: [alert] });
    return user;
  };
  const send = async (mailbox: string, ...priorities: ('normal' | 'urgent')[]) => {
    const mta = await mtaLink(bench.server, mailbox);
    for (const each of priorities) {
      const content = ipm(mailbox, { identifier: each, subject: 'Beta' });
      await deliver(mta, mailbox, { content, priority: each });
    }
    await mta.unbind();
  };
  const indication = async (mailbox: string) => {
    const user = await bind(mailbox);
    const { alertIndication } = user.bindResult;
    await user.unbind();
    return alertIndication;
  };

  test('MS-148, MS-149 a match alerts with what was asked for, others do not', async () => {
    const user = await registered();
    await send(user.mailbox, 'normal', 'urgent', 'normal');
    const [alert] = await user.alerted(1);
    expect(alert?.alertRegistrationIdentifier).toBe(3);
    expect(alert?.newEntry?.sequenceNumber).toBe(2);
    expect(typesOf(alert?.newEntry)).toEqual([PRIORITY, SUBJECT].sort());
    expect(valuesOf(alert?.newEntry, SUBJECT)).toEqual(['140442657461']);
    expect(user.alerts).toHaveLength(1);
    await user.unbind();
    expect(await indication(user.mailbox)).toBe(false);
  });

  test('MS-150 an alert changes no status', async () => {
    const user = await registered();
    await send(user.mailbox, 'urgent');
    await user.alerted(1);
    expect(await user.statuses()).toEqual({ 1: 0 });
  });

  test('every association of the mailbox is alerted, those of others are not', async () => {
    const user = await registered();
    const second = await bind(user.mailbox);
    const stranger = await registered();
    await send(user.mailbox, 'urgent', 'urgent');
    expect(await user.alerted(2)).toHaveLength(2);
    expect(await second.alerted(2)).toHaveLength(2);
    expect(stranger.alerts).toEqual([]);
  });

  test('reports alert as well; what has no parameter alerts always, and tells the number', async () => {
    const user = await bind(bench.empty());
    const reports = autoAlert(1, { filter: equality(ENTRY_TYPE, int(1)) });
    const { registrationParameter: _, ...bare } = autoAlert(2);
    await user.register({ autoActionRegistrations: [reports, bare] });
    const mta = await mtaLink(bench.server, user.mailbox);
    await mta.report(composeReport({ recipient: addressOf('x'), outcome: 'delivery' }));
    await mta.unbind();
    const alerts = await user.alerted(2);
    expect(alerts.map(({ newEntry }) => newEntry)).toEqual([
      { sequenceNumber: 1 },
      { sequenceNumber: 1 },
    ]);
    expect(alerts.map((alert) => alert.alertRegistrationIdentifier)).toEqual([1, 2]);
  });

  test('MS-010, MS-151 nobody bound: indicated at the next bind, once', async () => {
    const user = await registered();
    await user.unbind();
    expect(await indication(user.mailbox)).toBe(false);
    await send(user.mailbox, 'normal');
    expect(await indication(user.mailbox)).toBe(false);
    await send(user.mailbox, 'urgent', 'urgent');
    expect(await indication(user.mailbox)).toBe(true);
    expect(await indication(user.mailbox)).toBe(false);
  });

  test('MS-152 an alert that is not taken is indicated, and the entry is as it was', async () => {
    const user = await registered();
    user.alertError = edition === '88' ? 26 : 12;
    await send(user.mailbox, 'urgent');
    await user.alerted(1);
    expect(await user.statuses()).toEqual({ 1: 0 });
    await user.unbind();
    expect(await indication(user.mailbox)).toBe(true);
    expect(await indication(user.mailbox)).toBe(false);
  });

  test('an alert that is taken later makes up for one that was not', async () => {
    const user = await registered();
    user.alertError = 26;
    await send(user.mailbox, 'urgent');
    await user.alerted(1);
    user.alertError = null;
    await send(user.mailbox, 'urgent');
    await user.alerted(2);
    await user.list();
    await user.unbind();
    expect(await indication(user.mailbox)).toBe(false);
  });

  if (edition === '88')
    test('a condition outlives the server', async () => {
      const user = await registered();
      await user.unbind();
      await send(user.mailbox, 'urgent');
      await bench.server.kill();
      await bench.server.start();
      expect(await indication(user.mailbox)).toBe(true);
      await bench.server.stop();
      await bench.server.start();
      expect(await indication(user.mailbox)).toBe(false);
    });
});
