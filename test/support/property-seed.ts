/**
 * `npm test` draws the same cases each time, so that it says something about the change and not about luck; `npm run long` draws others.
 * `PROPERTY_SEED` (a whole number) draws what somebody else saw.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_129) });
