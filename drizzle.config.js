// drizzle-kit reads the compiled schema, because it does not resolve the `.js` suffixes of TypeScript sources.
// `npm run build && npx drizzle-kit generate --name <what changed>` writes the next migration, offline.
export default { dialect: 'postgresql', schema: './dist/src/db/schema.js', out: './migrations' };
