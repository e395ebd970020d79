import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { PipelineObserver } from './pipeline.js';

/** Numbers of one indexer. */
export interface IndexerMetrics extends PipelineObserver {
  readonly registry: Registry;
}

/** Creates the indexer's metrics in a registry of their own. */
export function createMetrics(): IndexerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const head = new Gauge({ name: 'assay_indexer_head_height', help: 'Last height in the tables, verified.', registers });
  const target = new Gauge({ name: 'assay_indexer_target_height', help: 'Height of the chain as the endpoints tell it.', registers });
  const blocks = new Counter({ name: 'assay_indexer_blocks_total', help: 'Blocks stored.', registers });
  const rows = new Counter({ name: 'assay_indexer_rows_total', help: 'Rows stored.', registers });
  const unread = new Counter({ name: 'assay_indexer_unread_events_total', help: 'Events of our modules that could not be read. Must be 0.', registers });
  const retries = new Counter({ name: 'assay_indexer_retries_total', help: 'Failures waited out, by code.', labelNames: ['code'], registers });
  const quarantined = new Counter({ name: 'assay_indexer_quarantined_total', help: 'Endpoints that lied, by code.', labelNames: ['code'], registers });
  const seconds = new Histogram({ name: 'assay_indexer_store_seconds', help: 'Time of one store transaction.', buckets: [0.005, 0.02, 0.1, 0.5, 2, 10], registers });
  const stored = new Gauge({ name: 'assay_indexer_last_stored_timestamp_seconds', help: 'When the last block was stored.', registers });
  return {
    registry,
    target: (height) => target.set(height),
    stored(height, count, rowCount, took) {
      head.set(height);
      blocks.inc(count);
      rows.inc(rowCount);
      seconds.observe(took);
      stored.setToCurrentTime();
    },
    unread: (count) => unread.inc(count),
    retry: (error) => retries.inc({ code: error.code }),
    quarantined: (error) => quarantined.inc({ code: error.code }),
  };
}
