import { keyFromFile, operatorGrants } from '../../src/chain/index.js';
import { freshKey, startAssay, waitForLine, writeSettings } from '../services.js';
import { GAS_PRICE, type Stage } from '../stage.js';

/** Starts the network's randomness and, beside every validator, a sidecar on a hot key that its operator grants. */
export async function openNetwork(stage: Stage): Promise<{ beacon: string }> {
  const { story, network, processes, paths, chain } = stage;
  const signer = startAssay(processes, 'beacon', ['devnet', 'beacon', '--key', network.beaconFile, ...(stage.sabotage === 'beacon' ? ['--fault', 'withhold'] : [])]);
  const beacon = await waitForLine(processes, signer, /^beacon (\S+)$/m);
  story.say(`randomness is signed at ${beacon}, one round a second, as a drand relay serves it`);

  const expiresMs = Date.now() + 24 * 3_600_000;
  await Promise.all(network.nodes.map(async (node, i) => {
    const operator = stage.sender(`validator-${i}`);
    const keyFile = freshKey(paths, `hot-${i}`);
    const hot = await keyFromFile(keyFile);
    await operator.send(operatorGrants({ operator: node.operator, hotKey: hot.address, expiresMs, spendLimit: { amount: '10000000000', denom: network.denom } }));
    const config = writeSettings(paths, `sidecar-${i}`, {
      ...stage.settings(i),
      'key.file': keyFile,
      'sidecar.operator': node.operator,
      'sidecar.dir': `${paths.data}/sidecar-${i}`,
      'sidecar.beacon': [beacon],
      'sidecar.assayd': process.env['ASSAYD'] ?? 'build/assayd',
      ...(stage.sabotage === 'prover' ? { 'sidecar.mode': 'attest' } : {}),
    });
    const child = startAssay(processes, `sidecar-${i}`, ['sidecar', '--config', config]);
    await waitForLine(processes, child, /^sidecar of (\S+)/m);
  }));
  story.say(`a sidecar runs beside each validator; its hot key may attest, challenge and prove, and can spend nothing (gas ${GAS_PRICE})`);
  const verifiers = await chain.query.compute.Verifiers({ pagination: undefined });
  story.expect('verifiers registered', verifiers.verifiers.length, network.nodes.length);
  return { beacon };
}

