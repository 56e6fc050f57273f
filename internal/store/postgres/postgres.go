// Package postgres is what of the engine for PostgreSQL there is: the tables, which the checks use
// to prove that the statements of the store run there. The program cannot use it yet and does not
// link it.
package postgres

import "embed"

// Migrations are the steps that make the tables, in the order of their names in migration/.
//
//go:embed migration/*.sql
var Migrations embed.FS
