import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isDriverFault } from './driver-fault';

function faultOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('a fault of the driver', () => {
  it('is told from other errors by its message and where it comes from', () => {
    const absent = null as unknown as { write(): void; read(): void };
    const nextWrite = () => absent.write();
    expect(isDriverFault(faultOf(nextWrite))).toBe(true);
    expect(isDriverFault(faultOf(() => absent.read()))).toBe(false);
    expect(isDriverFault(new Error("Cannot read properties of null (reading 'write')"))).toBe(false);
    expect(isDriverFault('no error')).toBe(false);
  });

  it('is of this version of the driver: look again when there is a newer one', () => {
    const { version } = JSON.parse(readFileSync('node_modules/postgres/package.json', 'utf8'));
    expect(version).toBe('3.4.9');
  });
});
