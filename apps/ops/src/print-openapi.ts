import process from 'node:process';
import { openApiDocument, operations } from '@salio/operations';

/** Prints the document of the ops API: npm run openapi */
process.stdout.write(`${JSON.stringify(openApiDocument(Object.values(operations)), null, 2)}\n`);
