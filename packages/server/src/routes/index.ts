import type { App } from '../app.js';
import type { ServerLimits } from '../limits.js';
import type { ServerDependencies } from '../ports.js';
import { addActivityRoutes } from './activity.js';
import { addFoldAgainRoute } from './fold-again.js';
import { addHealthRoutes } from './health.js';
import { addListRoutes } from './lists.js';
import { addMerchantRoutes } from './merchants.js';
import { addMethodRefusals } from './method-refusals.js';
import { addParkedRoutes } from './parked.js';
import { addSessionEventRoutes } from './session-events.js';
import { addSessionRoutes } from './sessions.js';

export const addRoutes = (app: App, dependencies: ServerDependencies, limits: ServerLimits): void => {
  addSessionRoutes(app, dependencies);
  addSessionEventRoutes(app, dependencies);
  addMerchantRoutes(app, dependencies);
  addListRoutes(app, dependencies, limits);
  addActivityRoutes(app, dependencies, limits);
  addFoldAgainRoute(app, dependencies);
  addParkedRoutes(app, dependencies, limits);
  addHealthRoutes(app, dependencies);
  addMethodRefusals(app);
};
