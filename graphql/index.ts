// The index over GraphQL.
export { exampleQueries, type ExampleQuery } from './examples.js';
export { startGraphql, type GraphqlConfig, type GraphqlServer } from './start.js';
