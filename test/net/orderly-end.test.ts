/** Nobody is left without an answer, however an association ends. */
import { describe, expect, test } from 'vitest';
import { OrderlyEnd } from '../../src/net/orderly-end.js';

function setUp() {
  const said: string[] = [];
  const end = new OrderlyEnd({
    unbindResponse: () => said.push('released'),
    abort: () => said.push('aborted'),
  });
  return { end, said };
}

describe('the orderly end of an association', () => {
  test('a release waits for what is on its way, and is answered once', () => {
    const { end, said } = setUp();
    end.bound();
    end.begun();
    end.begun();
    end.release();
    end.done();
    expect(said).toEqual([]);
    expect(end.isLeaving).toBe(true);
    end.done();
    expect(said).toEqual(['released']);
    end.stop();
    end.begun();
    expect(said).toEqual(['released', 'aborted']);
  });

  test('a stop aborts when everything is answered', () => {
    const { end, said } = setUp();
    end.bound();
    end.begun();
    end.stop();
    expect(said).toEqual([]);
    end.done();
    expect(said).toEqual(['aborted']);
  });

  test('a stop during the bind ends it when it is accepted', () => {
    const { end, said } = setUp();
    end.stop();
    expect(said).toEqual([]);
    end.bound();
    expect(said).toEqual(['aborted']);
  });

  test('a peer that is gone is told nothing', () => {
    const { end, said } = setUp();
    end.bound();
    end.begun();
    end.release();
    end.closed();
    end.done();
    end.stop();
    expect(said).toEqual([]);
  });
});
