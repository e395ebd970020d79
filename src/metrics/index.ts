// Prometheus metrics, health and readiness of a daemon.
export { Metrics, type Readiness } from './metrics.js';
