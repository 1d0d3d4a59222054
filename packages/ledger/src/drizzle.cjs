// As CommonJS, whatever the rest is: Node reads a package's package.json anew for each ES module of it, and this one lists
// 447 exports. Imported as ES modules drizzle takes half a second and 150 MiB of every process that opens the ledger.
module.exports = {
  ...require('drizzle-orm'),
  ...require('drizzle-orm/pg-core'),
  ...require('drizzle-orm/node-postgres'),
  ...require('drizzle-orm/node-postgres/migrator'),
};
