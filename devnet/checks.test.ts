import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { describe, hasCode } from '../src/errors.js';
import { freeBasePort, isPortFree, requireDisk, requirePort, requireTool } from './checks.js';

test('a missing tool is one sentence with what to do', () => {
  assert.match(requireTool('node', ''), /node$/);
  assert.throws(() => requireTool('no-such-tool-of-assay', 'Install it.'), (e) => {
    assert.equal(describe(e), 'TOOL_MISSING: no-such-tool-of-assay is needed and cannot be executed. Install it.');
    return hasCode(e, 'TOOL_MISSING');
  });
});

test('too little disk says what is needed and what was found', async () => {
  await requireDisk(tmpdir(), 1);
  await assert.rejects(requireDisk(tmpdir(), 1e12), (e) => hasCode(e, 'DISK_SPACE') && /needed in .*found \d+ MB/.test(describe(e)));
});

test('a busy port is named, and a free block is found around it', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    assert.equal(await isPortFree(port), false);
    await assert.rejects(requirePort(port), (e) => hasCode(e, 'PORT_BUSY') && describe(e).includes(String(port)));
    const base = await freeBasePort([0], port, 1, 50);
    assert.ok(base > port);
    await assert.rejects(freeBasePort([0], port, 1, 1), (e) => hasCode(e, 'PORT_BUSY'));
  } finally {
    server.close();
  }
  assert.equal(await isPortFree(port), true);
});
