import {
  artifactKindToJSON, artifactStatusToJSON, evidenceToJSON, parentRoleToJSON, ParentRole, policyStatusToJSON,
  type Artifact, type Policy,
} from '../../src/chain/generated/assay/registry/v1/registry.js';
import type { EventArtifactStatusChanged } from '../../src/chain/generated/assay/registry/v1/events.js';
import { edit, fact, put, type Change } from './changes.js';
import * as v from './values.js';

/** A publication and the edges to what it came from. */
export function artifactChanges(a: Artifact, height: number): Change[] {
  const row = put('artifacts', {
    id: v.id(a.id),
    kind: v.enumName(artifactKindToJSON, 'ARTIFACT_KIND_', a.kind),
    digest: v.bytes(a.digest),
    publisher: a.publisher,
    name: a.name,
    licence: a.licence,
    sourceDigest: v.optionalBytes(a.sourceDigest),
    uris: a.uris,
    program: a.program ? v.program(a.program) : null,
    weightsRoot: v.optionalBytes(a.weightsRoot),
    ...v.tolerance(a.defaultTolerance),
    manifestRoot: v.optionalBytes(a.manifestRoot),
    entries: a.entries,
    status: v.enumName(artifactStatusToJSON, 'ARTIFACT_STATUS_', a.status),
    statusReason: null,
    height: v.height(a.height),
  });
  const edges = a.parents.map((p) =>
    fact('lineageEdges', {
      source: p.role === ParentRole.PARENT_ROLE_PRODUCED_BY ? `output:${p.jobId}` : `artifact:${p.artifactId}`,
      target: `artifact:${a.id}`,
      role: v.enumName(parentRoleToJSON, 'PARENT_ROLE_', p.role),
      height,
      evidence: v.optionalEnum(evidenceToJSON, 'EVIDENCE_', p.evidence),
      path: p.path,
    }),
  );
  return [row, ...edges];
}

/** A publication was deprecated or closed. */
export function artifactStatusChange(e: EventArtifactStatusChanged): Change {
  return edit('artifacts', { id: v.id(e.artifactId) }, {
    status: v.enumName(artifactStatusToJSON, 'ARTIFACT_STATUS_', e.status),
    statusReason: v.optionalText(e.reason),
  });
}

/** What governance decided about a digest. */
export function policyChange(p: Policy): Change {
  return put('policies', {
    digest: v.bytes(p.digest),
    status: v.enumName(policyStatusToJSON, 'POLICY_STATUS_', p.status),
    lambdaPpm: p.lambdaPpm,
    toleranceAbs: p.maxTolerance ? v.decimal(p.maxTolerance.abs) : null,
    toleranceRel: p.maxTolerance ? v.decimal(p.maxTolerance.rel) : null,
    reason: p.reason,
  });
}
