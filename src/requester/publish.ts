import { decimalToWire, message, type Sender, type Sent } from '../chain/index.js';
import { ArtifactKind, type Tolerance } from '../chain/generated/assay/registry/v1/registry.js';
import { MsgPublishArtifact, MsgPublishArtifactResponse, type ParentClaim } from '../chain/generated/assay/registry/v1/tx.js';
import type { Manifest } from './manifest.js';

/** What every publication states. */
export interface PublicationOptions {
  readonly name: string;
  /** SPDX expression */
  readonly licence: string;
  /** base URLs of blob servers */
  readonly uris?: readonly string[];
  readonly parents?: readonly ParentClaim[];
}

/** A prepared program, as much of it as the chain needs. */
export interface ProgramPublication extends PublicationOptions {
  /** canonical bytes of the record */
  readonly record: Uint8Array;
  readonly weightsRoot: Uint8Array;
  readonly sourceDigest?: Uint8Array;
  /** default output tolerance, decimals */
  readonly tolerance: { readonly abs: string; readonly rel: string };
  /** default MODEL; PROGRAM for one without learned weights */
  readonly kind?: ArtifactKind.ARTIFACT_KIND_MODEL | ArtifactKind.ARTIFACT_KIND_PROGRAM;
}

/** What the chain assigned. */
export type Published = MsgPublishArtifactResponse & Pick<Sent, 'height' | 'hash'>;

/** A tolerance in the form that messages carry. @throws AssayError DECIMAL_INVALID */
export function toleranceToWire(tolerance: { readonly abs: string; readonly rel: string }): Tolerance {
  return { abs: decimalToWire(tolerance.abs), rel: decimalToWire(tolerance.rel) };
}

/** Publishes a program; the chain validates the whole record. @throws AssayError from the chain */
export async function publishProgram(sender: Sender, p: ProgramPublication): Promise<Published> {
  return publish(sender, p, {
    kind: p.kind ?? ArtifactKind.ARTIFACT_KIND_MODEL,
    program: p.record,
    weightsRoot: p.weightsRoot,
    sourceDigest: p.sourceDigest ?? new Uint8Array(),
    defaultTolerance: toleranceToWire(p.tolerance),
  });
}

/** Publishes a DATASET, ADAPTER or REPORT. @throws AssayError from the chain */
export async function publishManifest(
  sender: Sender,
  manifest: Manifest,
  options: PublicationOptions & { readonly kind?: ArtifactKind },
): Promise<Published> {
  return publish(sender, options, {
    kind: options.kind ?? ArtifactKind.ARTIFACT_KIND_DATASET,
    manifestRoot: manifest.root,
    entries: BigInt(manifest.entries.length),
  });
}

async function publish(sender: Sender, options: PublicationOptions, own: Partial<MsgPublishArtifact>): Promise<Published> {
  const { name, licence, uris = [], parents = [] } = options;
  const value: MsgPublishArtifact = {
    publisher: sender.address, kind: ArtifactKind.ARTIFACT_KIND_UNSPECIFIED, name, licence, sourceDigest: new Uint8Array(),
    parents: [...parents], uris: [...uris], program: new Uint8Array(), weightsRoot: new Uint8Array(),
    defaultTolerance: { abs: '0', rel: '0' }, manifestRoot: new Uint8Array(), entries: 0n, ...own,
  };
  const { response, height, hash } = await sender.call(message(MsgPublishArtifact, value), MsgPublishArtifactResponse);
  return { ...response, height, hash };
}
