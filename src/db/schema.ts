// Every table, for drizzle-kit, the store and the API.
export * from './entities.js';
export * from './facts.js';
export * from './system.js';
