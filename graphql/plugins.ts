import { eq } from 'drizzle-orm';
import { getOperationAST, parse, type DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { schema } from '../src/db/index.js';
import { requestedHeight } from './at.js';
import type { Context } from './context.js';
import { apiError } from './errors.js';
import { LIMITS } from './limits.js';

/** Refuses documents of too many tokens while they are read. */
export function limitTokens(): Plugin<Context> {
  return {
    onParse({ setParseFn }) {
      setParseFn((source: string): DocumentNode => {
        try {
          return parse(source, { maxTokens: LIMITS.tokens });
        } catch (error) {
          if (error instanceof Error && error.message.includes('tokens. Parsing aborted')) throw apiError('QUERY_TOO_LARGE', `expected at most ${LIMITS.tokens} tokens`, { max: LIMITS.tokens });
          throw error;
        }
      });
    },
  };
}

/** Sets the height that a request speaks of, before anything is resolved, and names it in the answer. */
export function pinHeight(): Plugin<Context> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const context = args.contextValue as Context;
      const operation = getOperationAST(args.document as DocumentNode, args.operationName);
      const query = args.schema.getQueryType();
      if (!operation || !query) return undefined;
      try {
        context.height = requestedHeight(args.document as DocumentNode, operation, query, args.variableValues ?? {}, context.index);
      } catch (error) {
        setResultAndStopExecution({ data: null, errors: [error as never] });
        return undefined;
      }
      return {
        async onExecuteDone({ result, setResult }) {
          if (Symbol.asyncIterator in result) return;
          const chain = await chainAt(context);
          setResult({ ...result, extensions: { ...('extensions' in result ? result.extensions : {}), chain } });
        },
      };
    },
  };
}

/** What `extensions.chain` says: which block an answer speaks of. The hash is null at genesis. */
async function chainAt({ db, index, height }: Context): Promise<{ chainId: string; height: number; hash: string | null; time: string | null }> {
  const [block] = await db.select({ hash: schema.blocks.hash, time: schema.blocks.time }).from(schema.blocks).where(eq(schema.blocks.height, height));
  return { chainId: index.chainId, height, hash: block?.hash.toString('hex') ?? null, time: block?.time.toISOString() ?? null };
}
