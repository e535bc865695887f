import { foldedAgainAnswer, paths, sessionParams } from '@lapse/api';
import type { App } from '../app.js';
import { ProblemError } from '../http/problem-error.js';
import type { ServerDependencies } from '../ports.js';
import { codeSets, problemResponses } from './describe.js';

/** The rows of one session, built anew without a rebuild of everything. */
export const addFoldAgainRoute = (app: App, { views }: ServerDependencies): void => {
  app.post(
    paths.foldAgain,
    {
      schema: {
        tags: ['lists'],
        summary: "Fold a session's row from its stream again",
        description: 'Puts right a row that is not what the stream says, and names the columns that were wrong.',
        params: sessionParams,
        response: {
          200: foldedAgainAnswer,
          ...problemResponses(...codeSets.body, ...codeSets.views, 'no-such-session'),
        },
      },
    },
    async ({ params: { id } }) => {
      if (views === undefined)
        throw new ProblemError('no-views', 'This process keeps no read side: ask one that does.');
      const folded = await views.foldAgain(id);
      if (folded === undefined) throw new ProblemError('no-such-session', `The read models know no session ${id}.`);
      return { sessionId: id, revision: folded.revision, changed: [...folded.changed] };
    },
  );
};
